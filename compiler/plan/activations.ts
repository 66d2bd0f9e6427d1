// Activation memory: elements that the forward pass of one training sample saves for the backward pass. Counted from
// the model alone, tensor by tensor as the differentiated programs save them (docs/plan.md has the table); a test
// compares the count with the programs.
import { activations } from "../ops/activations.js";
import { positionRuleOf } from "../positions/index.js";
import { roleLayer } from "../spec/parameter.js";
import { expertFor, layersOf, throughTrunk } from "../spec/routing.js";
import { parameterGroups } from "../spec/parameter-list.js";
import { sizeOf } from "../ir/types.js";
import { ruleOf } from "../heads/index.js";
import { maskAmong } from "../heads/masks.js";
import { patchesPerSide, pixelsPerPatch, tokensOf } from "../spec/geometry.js";
import type { ExpertSpec, HeadSpec, Modality, ModelSpec, ObjectiveSpec, StageSpec } from "../spec/spec.js";
import { tokensRead, trunkPasses, type ForwardPass } from "./forward-passes.js";

/** Counts of elements. */
export interface Activations {
  /** Per sample: saved from the forward pass until the backward pass has used them. */
  readonly kept: number;
  /** Per sample: temporaries at peak memory, as large as what one layer of the largest pass saves, or what a head declares. */
  readonly working: number;
  /** Per run, whatever the number of samples: position biases, and weights with scales folded into them. */
  readonly fixed: number;
}

/** Activations of a stage's training step. */
export function activationsOf(stage: StageSpec): Activations {
  const trained = trainedParts(stage);
  const run = trunkPasses(stage);
  const passes = run.map((pass) => layerByLayer(stage.model, pass, trained));
  const heads = stage.learn.map(({ head }) => headElements(stage.model, head));
  const kept = [embeddingElements(stage, trained), ...passes.flat(), ...heads].reduce((sum, count) => sum + count, 0);
  const fixed = Math.max(0, ...run.map((pass) => biasElements(stage.model, pass)));
  const atHeads = stage.learn.map(({ head }) => ruleOf(head).working?.(stage.model, head) ?? 0);
  return { kept, working: Math.max(0, ...passes.flat(), ...atHeads), fixed: fixed + foldedElements(stage) };
}

/**
 * Elements of the trained projections of the layers: each has a norm before it or a layer scale after it
 * (passes/fold-scales.ts).
 */
function foldedElements({ model, heads, trained }: StageSpec): number {
  return parameterGroups(model, heads)
    .filter(({ role }) => roleLayer(role) !== null)
    .flatMap(({ parameters }) => parameters.filter(({ name, shape }) => shape.length === 2 && trained.has(name)))
    .reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

function biasElements(model: ModelSpec, { view }: ForwardPass): number {
  const { text, image } = tokensOf(model, view);
  return positionRuleOf(model.attention.position).biasElements(model, text + image);
}

/**
 * The pixels of the images as patches, and the word embeddings before and after their norm, where the embeddings are
 * trained.
 */
function embeddingElements({ model, learn }: StageSpec, trained: Trained): number {
  const features = learn.flatMap(({ head }) => throughTrunk(head));
  const images = Math.max(0, ...features.filter(({ view }) => view !== "text").map(({ image }) => image ?? 1));
  const heads = learn.map(({ head }) => head);
  const masks = learn.filter(readsText).map(({ head }) => maskAmong(head, heads));
  const texts = new Set(masks.map((mask) => (mask?.of === "text" ? mask.from : null))).size;
  const pixels = patchesPerSide(model) ** 2 * pixelsPerPatch(model);
  const words = (model.text?.length ?? 0) * model.width;
  return (
    (isTrained(trained, "embed.image") ? images * pixels : 0) +
    (isTrained(trained, "embed.text") ? 2 * texts * words : 0)
  );
}

function readsText({ head }: ObjectiveSpec): boolean {
  return head.features.some(({ view }) => view !== "image");
}

/** Paths of the trained parts, each with its layers; parts without layers are in layer 0. */
type Trained = ReadonlyMap<string, ReadonlySet<number>>;

function isTrained(trained: Trained, part: string, layer = 0): boolean {
  return trained.get(part)?.has(layer) ?? false;
}

function trainedParts(stage: StageSpec): Trained {
  const parts = new Map<string, Set<number>>();
  for (const { role, path, parameters } of parameterGroups(stage.model, stage.heads)) {
    if (!parameters.some(({ name }) => stage.trained.has(name))) continue;
    const layers = parts.get(path);
    const layer = roleLayer(role) ?? 0;
    if (layers === undefined) parts.set(path, new Set([layer]));
    else layers.add(layer);
  }
  return parts;
}

/** Elements saved by each layer of a pass; none below the lowest layer with trained parameters. */
function layerByLayer(model: ModelSpec, pass: ForwardPass, trained: Trained): number[] {
  const lowest = lowestLearning(model, pass, trained);
  const layers = layersOf(model).filter((layer) => layer >= pass.from && layer >= lowest);
  return layers.map((layer) => pass.times * layerElements(model, pass, layer, trained));
}

function lowestLearning(model: ModelSpec, { view, route }: ForwardPass, trained: Trained): number {
  const sides = sidesOf(view);
  const embeddings = ["embed.type", "position", ...sides.map((side) => `embed.${side}`)];
  if (embeddings.some((part) => isTrained(trained, part))) return 0;
  const learns = (layer: number): boolean => {
    const experts = Object.values(expertFor(model, route, layer)).map((expert) => `experts.${expert?.name}`);
    return ["attention", "norm1", "layer_scale", ...experts].some((part) => isTrained(trained, part, layer));
  };
  return layersOf(model).find(learns) ?? Infinity;
}

function sidesOf(view: ForwardPass["view"]): readonly Modality[] {
  return view === "pair" ? ["text", "image"] : [view];
}

function layerElements(model: ModelSpec, pass: ForwardPass, layer: number, trained: Trained): number {
  const { text, image } = tokensOf(model, pass.view);
  const tokens = text + image;
  // In the top layer queries, experts and everything after them are computed only for the tokens that are read.
  const share = layer === model.layers ? pass.read / tokens : 1;
  const scaled = isTrained(trained, "layer_scale", layer);
  const route = expertFor(model, pass.route, layer);
  const branchOf = (expert: ExpertSpec | null): Branch => ({
    trained: isTrained(trained, `experts.${expert?.name}`, layer),
    scaled,
  });
  return (
    attentionElements(
      model,
      { tokens, read: tokens * share },
      { trained: isTrained(trained, "attention", layer), scaled },
    ) +
    expertElements(model, route.text ?? route.image, text * share, branchOf(route.text)) +
    expertElements(model, route.image ?? route.text, image * share, branchOf(route.image))
  );
}

interface Tokens {
  readonly tokens: number;
  readonly read: number;
}

/** Whether the projections of a branch, and the layer scale of its output, are trained. */
interface Branch {
  readonly trained: boolean;
  readonly scaled: boolean;
}

/** Rows saved for the gradient of the layer scale: none if the scale is folded into trained projections. */
function beforeScale({ trained, scaled }: Branch): number {
  return scaled && !trained ? 1 : 0;
}

/**
 * State (the norm's output if the projections are trained), q, k, v, attention weights, weighted values; the input of
 * the last projection if it is trained.
 */
function attentionElements({ width, attention }: ModelSpec, { tokens, read }: Tokens, branch: Branch): number {
  const folds = attention.share === "all";
  const sequences = (branch.trained && !folds ? 4 : 3) * tokens * width;
  const unscaled = folds ? beforeScale(branch) : Number(branch.scaled);
  const queries = (2 + Number(branch.trained) + unscaled) * read * width;
  return sequences + queries + attention.heads * read * tokens;
}

/** State, the saved tensors of the activation, and the input of the second layer if it is trained. */
function expertElements({ width }: ModelSpec, expert: ExpertSpec | null, tokens: number, branch: Branch): number {
  if (expert === null) return tokens * width;
  const states = (1 + beforeScale(branch)) * width;
  const hidden = Math.round(expert.ratio * width);
  const inside = activations[expert.activation].kept;
  return tokens * (states + (inside + Number(branch.trained)) * hidden);
}

function headElements(model: ModelSpec, head: HeadSpec): number {
  const rows = head.features.reduce((sum, feature) => sum + tokensRead(model, head, feature), 0);
  return ruleOf(head).elements(model, head, rows);
}
