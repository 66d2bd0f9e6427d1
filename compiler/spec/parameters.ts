// Which tensors a model with heads holds: name, shape, role, initial value, weight decay. The one list that the
// builder, selectors, checkpoints, the optimizer and `plan` read.
import {
  bert,
  drawn,
  inGroups,
  linear,
  norm,
  parameter,
  rolePath,
  trunk,
  zero,
  type Fresh,
  type Initial,
  type ParameterGroup,
  type ParameterSpec,
  type Role,
} from "./parameter.js";
import type { ExpertSpec, HeadSpec, InitScheme, ModelSpec } from "./spec.js";

/** What initial values follow from. */
type Drawn = Fresh & { readonly initParts?: ModelSpec["initParts"] | undefined };

/** The initial value by the longest path in `init` that leads to a parameter. */
function byPart(parameter: ParameterSpec, parts: ReadonlyMap<string, InitScheme>, width: number): ParameterSpec {
  const { initial, role } = parameter;
  if (initial.kind !== "normal" && initial.kind !== "truncated") return parameter;
  const path = rolePath(role);
  const leading = [...parts].filter(([part]) => path === part || path.startsWith(`${part}.`));
  const [longest] = leading.sort(([a], [b]) => b.length - a.length);
  if (longest === undefined) return parameter;
  const [, scheme] = longest;
  return { ...parameter, initial: drawn(scheme === "beit" ? "truncated" : initial.kind, scheme, width) };
}

/** Patches along one side of the image. */
export function patchesPerSide(model: ModelSpec): number {
  return model.image === null ? 0 : model.image.size / model.image.patch;
}

/** Tokens of an image view: its patches and the class token. */
export function imageTokens(model: ModelSpec): number {
  return model.image === null ? 0 : patchesPerSide(model) ** 2 + 1;
}

/** Rows of the relative position table: image offsets + 3, two cross rows, text offsets (facts.md §2). */
export function relativeRows(model: ModelSpec, span: number): number {
  return (2 * patchesPerSide(model) - 1) ** 2 + 3 + 2 * span + 2;
}

/** The embedding of images: heads that mask patches add to it. */
export function imageGroups(model: ModelSpec, heads: readonly HeadSpec[]): ParameterGroup[] {
  const masksPatches = heads.some((head) => head.kind === "masked_patches");
  return groupsIn(model, imageEmbedding(model, masksPatches));
}

/** What no head has a say in: all of the trunk but the embedding of images. */
export function bodyGroups(model: ModelSpec): ParameterGroup[] {
  const embeddings = groupsIn(model, [...textEmbedding(model), ...positions(model)]);
  return [...embeddings, ...layers(model), ...groupsIn(model, finals(model))];
}

/** What a head holds itself; one that shares holds nothing. */
export function headGroups(model: ModelSpec, head: HeadSpec): ParameterGroup[] {
  return head.parametersOf === head.name ? groupsIn(model, headParameters(model, head)) : [];
}

const none: ReadonlyMap<string, InitScheme> = new Map();

function groupsIn(model: Drawn, parameters: readonly ParameterSpec[]): ParameterGroup[] {
  const { initParts = none, width } = model;
  return inGroups(initParts.size === 0 ? parameters : parameters.map((each) => byPart(each, initParts, width)));
}

function imageEmbedding(model: ModelSpec, masked: boolean): ParameterSpec[] {
  if (model.image === null) return [];
  const { width } = model;
  const { patch, channels } = model.image;
  const bound = 1 / Math.sqrt(channels * patch * patch);
  const framework: Initial = { kind: "uniform", bound };
  const role: Role = { part: "embed.image" };
  return [
    parameter("embed.image.patch.weight", [width, channels, patch, patch], role, "matrix", framework),
    parameter("embed.image.patch.bias", [width], role, "bias", framework),
    parameter("embed.image.cls", [width], role, "token", trunk(model)),
    ...(masked ? [parameter("embed.image.mask", [width], role, "token", trunk(model))] : []),
  ];
}

function textEmbedding(model: ModelSpec): ParameterSpec[] {
  const types = model.image === null ? 1 : 1 + model.image.types;
  const type = parameter(
    "embed.type.weight",
    [types < 2 ? 2 : types, model.width],
    { part: "embed.type" },
    "table",
    bert(model),
  );
  if (model.text === null) return [type];
  const { width, text } = model;
  const role: Role = { part: "embed.text" };
  return [
    parameter("embed.text.word.weight", [text.tokenizer.vocabulary, width], role, "table", bert(model)),
    parameter("embed.text.types.weight", [2, width], role, "table", bert(model)),
    ...norm("embed.text.norm", width, role),
    ...(text.unreadPositions
      ? [parameter("embed.text.unread_positions", [text.length, width], role, "table", bert(model))]
      : []),
    type,
  ];
}

function positions(model: ModelSpec): ParameterSpec[] {
  const { position, heads } = model.attention;
  const role: Role = { part: "position" };
  if (position.kind === "none") return [];
  if (position.kind === "relative") {
    const rows = relativeRows(model, position.span);
    // A table per layer and one table with a column per layer and head hold the same numbers; both are one tensor.
    return [
      {
        ...parameter("position.relative", [rows, heads * model.layers], role, "table", zero),
        decay: { by_role: false, original: false },
      },
    ];
  }
  const tables: ParameterSpec[] = [];
  if (position.image && model.image !== null)
    tables.push(parameter("position.image", [imageTokens(model), model.width], role, "token", trunk(model)));
  if (position.text && model.text !== null)
    tables.push(parameter("position.text", [model.text.length, model.width], role, "token", bert(model)));
  return tables;
}

/** All that the parameters of a layer follow from but its number and its experts. */
interface Layered extends Drawn, Pick<ModelSpec, "layerScale"> {
  readonly attention: Pick<ModelSpec["attention"], "share" | "bias">;
}

function layers(model: ModelSpec): ParameterGroup[] {
  const { width, init, initParts, layerScale } = model;
  const attention = { share: model.attention.share, bias: model.attention.bias };
  // Not the model itself: what is kept must not hold on to the text that it was read from.
  const layered: Layered = { width, init, initParts, layerScale, attention };
  const key = JSON.stringify([layered, [...(initParts ?? [])]]);
  const common = recent(key, (layer) => groupsIn(layered, layerParameters(layered, layer)));
  const experts = model.experts.map(({ name, ratio, layers: at }) => {
    const make: InLayer = (layer) => groupsIn(layered, expertParameters({ name, ratio }, layered, layer));
    return { at, inLayer: recent(`${name} ${ratio} ${key}`, make) };
  });
  const groups: ParameterGroup[] = [];
  for (let layer = 1; layer <= model.layers; layer += 1) {
    groups.push(...common(layer));
    for (const { at, inLayer } of experts) if (at.includes(layer)) groups.push(...inLayer(layer));
  }
  return groups;
}

type InLayer = (layer: number) => readonly ParameterGroup[];

// Models are mostly alike, those of two stages above all. What is equal in them is the same object then, which makes
// their comparison quick.
const known = new Map<string, InLayer>();
const mostRecent = 64;

/** What `make` gives for each layer, made once; `key`: all that it follows from, as text. */
function recent(key: string, make: InLayer): InLayer {
  const before = known.get(key);
  if (before !== undefined) return before;
  const made: (readonly ParameterGroup[])[] = [];
  const inLayer: InLayer = (layer) => (made[layer] ??= make(layer));
  const [oldest = ""] = known.size < mostRecent ? [] : known.keys();
  known.delete(oldest);
  known.set(key, inLayer);
  return inLayer;
}

/** What all layers hold, whatever their experts. */
function layerParameters(model: Layered, layer: number): ParameterSpec[] {
  const { width, layerScale } = model;
  const prefix = `layers.${layer}`;
  const role: Role = { part: "layer_scale", layer };
  const initial: Initial = { kind: "constant", value: layerScale ?? 1 };
  const gamma = (branch: string): ParameterSpec =>
    parameter(`${prefix}.layer_scale.${branch}`, [width], role, "scale", initial);
  return [
    ...norm(`${prefix}.norm1`, width, { part: "norm1", layer }),
    ...attentionParameters(model, layer),
    ...(layerScale === null ? [] : [gamma("attention"), gamma("ffn")]),
  ];
}

/** The prefixes of a layer's attention: one, or one per modality where attention is not shared. */
export function attentionPrefixes({ attention }: Pick<Layered, "attention">, layer: number): string[] {
  const base = `layers.${layer}.attention`;
  return attention.share === "all" ? [base] : [`${base}.text`, `${base}.image`];
}

function attentionParameters(model: Layered, layer: number): ParameterSpec[] {
  const { width, attention } = model;
  const role: Role = { part: "attention", layer };
  return attentionPrefixes(model, layer).flatMap((prefix) => [
    parameter(`${prefix}.qkv.weight`, [3 * width, width], role, "matrix", trunk(model)),
    ...(["query", "key", "value"] as const)
      .filter((which) => attention.bias.includes(which))
      .map((which) => parameter(`${prefix}.${which}_bias`, [width], role, "bias", zero)),
    parameter(`${prefix}.proj.weight`, [width, width], role, "matrix", trunk(model)),
    parameter(`${prefix}.proj.bias`, [width], role, "bias", zero),
  ]);
}

function expertParameters(
  { name, ratio }: Pick<ExpertSpec, "name" | "ratio">,
  model: Layered,
  layer: number,
): ParameterSpec[] {
  const { width } = model;
  const prefix = `layers.${layer}.experts.${name}`;
  const role: Role = { part: "experts", expert: name, layer };
  const hidden = Math.round(ratio * width);
  // The original's list of undecayed names has `norm2.weight`, which its expert norms do not contain (facts.md §6).
  const [weight, bias] = norm(`${prefix}.norm`, width, role);
  return [
    { ...weight, decay: { by_role: false, original: true } },
    bias,
    ...linear(`${prefix}.fc1`, [hidden, width], role, trunk(model)),
    ...linear(`${prefix}.fc2`, [width, hidden], role, trunk(model)),
  ];
}

function finals(model: ModelSpec): ParameterSpec[] {
  return [
    ...norm("final_norm", model.width, { part: "final_norm" }),
    ...linear("pooler", [model.width, model.width], { part: "pooler" }, bert(model)),
  ];
}

type HeadOf<Kind extends HeadSpec["kind"]> = Extract<HeadSpec, { kind: Kind }>;
type HeadTensors<Kind extends HeadSpec["kind"]> = (
  model: ModelSpec,
  head: HeadOf<Kind>,
  prefix: string,
  role: Role,
) => ParameterSpec[];

function headParameters(model: ModelSpec, head: HeadSpec): ParameterSpec[] {
  const tensors = headTensors[head.kind] as HeadTensors<HeadSpec["kind"]>; // indexed by the head's own kind
  return tensors(model, head, `heads.${head.name}`, { part: "heads", head: head.name });
}

const nothing = (): ParameterSpec[] => [];

/** What each kind of head holds. */
const headTensors: { readonly [Kind in HeadSpec["kind"]]: HeadTensors<Kind> } = {
  masked_patches: (model, head, prefix, role) => {
    const pixels = model.image === null ? 0 : model.image.channels * model.image.patch ** 2;
    const outputs = head.targets.kind === "pixels" ? pixels : head.targets.count;
    return linear(`${prefix}.decoder`, [outputs, model.width], role, trunk(model));
  },
  masked_tokens: (model, head, prefix, role) => {
    const vocabulary = model.text?.tokenizer.vocabulary ?? 0;
    const decoder = parameter(`${prefix}.decoder.weight`, [vocabulary, model.width], role, "matrix", bert(model));
    return [
      ...linear(`${prefix}.transform`, [model.width, model.width], role, bert(model)),
      ...norm(`${prefix}.norm`, model.width, role),
      ...(head.decoder === "free" ? [decoder] : []),
      parameter(`${prefix}.decoder.bias`, [vocabulary], role, "bias", zero),
    ];
  },
  contrastive: (model, head, prefix, role) => {
    const start: Initial = { kind: "constant", value: Math.log(1 / head.temperature) };
    const branch = (name: string): ParameterSpec[] => [
      ...["image", "text"].map((side) =>
        parameter(`${prefix}.${name}${side}.weight`, [model.width, model.width], role, "matrix", bert(model)),
      ),
      parameter(`${prefix}.${name}scale`, [], role, "scale", start),
    ];
    return [...branch(""), ...(head.fused ? branch("fused_") : [])];
  },
  matching: (model, _head, prefix, role) => linear(`${prefix}.fc`, [2, model.width], role, bert(model)),
  classify: (model, head, prefix, role) => classifier(prefix, { input: model.width, ...head }, role, bert(model)),
  compare: (model, head, prefix, role) => classifier(prefix, { input: 2 * model.width, ...head }, role, bert(model)),
  visual_tokenizer: nothing,
  segment: nothing,
  caption: nothing,
};

function classifier(
  prefix: string,
  size: { readonly input: number; readonly hidden: number | null; readonly classes: number },
  role: Role,
  initial: Initial,
): ParameterSpec[] {
  if (size.hidden === null) return linear(`${prefix}.fc2`, [size.classes, size.input], role, initial);
  const [weight, bias] = norm(`${prefix}.norm`, size.hidden, role);
  return [
    ...linear(`${prefix}.fc1`, [size.hidden, size.input], role, initial),
    // A LayerNorm whose name in the original, `classifier.1.weight`, is on no list of undecayed names.
    { ...weight, decay: { by_role: false, original: true } },
    bias,
    ...linear(`${prefix}.fc2`, [size.classes, size.hidden], role, initial),
  ];
}
