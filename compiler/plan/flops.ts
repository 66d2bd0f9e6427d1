// Floating-point operations of the trunk and heads, counted over matrix products alone (two for a multiply-add), as
// published counts are. Norms, softmax and other elementwise work are left out.
import { expertFor, expertServing, fusedFrom, layersOf } from "../check/routing.js";
import { imageTokens, patchesPerSide } from "../spec/parameters.js";
import type {
  ExpertSpec,
  HeadSpec,
  MaskedPatchesHead,
  Modality,
  ModelSpec,
  ObjectiveSpec,
  View,
} from "../spec/spec.js";

/** Tokens of a view, by modality; a modality the view or the model lacks has none. */
export function tokensOf(model: ModelSpec, view: View): Readonly<Record<Modality, number>> {
  const text = view === "image" ? 0 : (model.text?.length ?? 0);
  return { text, image: view === "text" ? 0 : imageTokens(model) };
}

/** One forward pass of a view of one sample through the trunk, patch embedding included. */
export function viewFlops(model: ModelSpec, view: View): number {
  const tokens = tokensOf(model, view);
  return (
    patchFlops(model, tokens.image > 0) +
    layersOf(model).reduce((sum, layer) => sum + layerFlops(model, view, layer), 0)
  );
}

function patchFlops(model: ModelSpec, image: boolean): number {
  if (!image || model.image === null) return 0;
  return 2 * patchesPerSide(model) ** 2 * model.width * model.image.channels * model.image.patch ** 2;
}

function layerFlops(model: ModelSpec, view: View, layer: number): number {
  const tokens = tokensOf(model, view);
  const route = expertFor(model, view, layer);
  const experts = expertFlops(model, route.text, tokens.text) + expertFlops(model, route.image, tokens.image);
  return attentionFlops(model, tokens.text + tokens.image) + experts;
}

function attentionFlops({ width }: ModelSpec, tokens: number): number {
  return 8 * tokens * width ** 2 + 4 * tokens ** 2 * width;
}

function expertFlops({ width }: ModelSpec, expert: ExpertSpec | null, tokens: number): number {
  return expert === null ? 0 : 4 * tokens * width * Math.round(expert.ratio * width);
}

/** The second branch of a fused contrast for one modality: its sequence through the pair experts at the top. */
function fusedFlops(model: ModelSpec, view: Modality): number {
  const from = fusedFrom(model);
  if (from === null) return 0;
  const tokens = tokensOf(model, view)[view];
  const layers = layersOf(model).filter((layer) => layer >= from);
  const one = (layer: number): number =>
    attentionFlops(model, tokens) + expertFlops(model, expertServing(model, "pair", layer), tokens);
  return layers.reduce((sum, layer) => sum + one(layer), 0);
}

/** Forward passes of the trunk that a head's loss asks for, before any sharing. */
export function passesOf(head: HeadSpec): readonly View[] {
  // The pair as it is, with another image, with another text.
  if (head.kind === "matching") return ["pair", "pair", "pair"];
  // Several layers of one view come from one pass.
  const passes = new Map(head.features.map(({ view, image }) => [`${view} ${image}`, view]));
  return [...passes.values()];
}

/** Forward operations of one sample of a stage: every pass of every head, and the heads. */
export function stageFlops(model: ModelSpec, learn: readonly ObjectiveSpec[]): number {
  return learn.reduce((sum, { head }) => {
    const passes = passesOf(head).reduce((total, view) => total + viewFlops(model, view), 0);
    const fused =
      head.kind === "contrastive" && head.fused ? fusedFlops(model, "image") + fusedFlops(model, "text") : 0;
    return sum + passes + fused + headFlops(model, head);
  }, 0);
}

function headFlops(model: ModelSpec, head: HeadSpec): number {
  const { width } = model;
  switch (head.kind) {
    case "masked_tokens":
      return 2 * tokensOf(model, "text").text * width * (width + (model.text?.tokenizer.vocabulary ?? 0));
    case "masked_patches":
      return 2 * patchesPerSide(model) ** 2 * head.mask.ratio * width * patchWidth(model, head);
    case "contrastive":
      return (head.fused ? 8 : 4) * width ** 2;
    case "matching":
      return 3 * (2 * width ** 2 + 4 * width);
    case "classify":
    case "compare": {
      const input = head.kind === "compare" ? 2 * width : width;
      return head.hidden === null ? 2 * input * head.classes : 2 * head.hidden * (input + head.classes);
    }
    default:
      return 0;
  }
}

/** What is told of one masked patch: a code's scores, or its pixels. */
function patchWidth({ image }: ModelSpec, { targets }: MaskedPatchesHead): number {
  if (targets.kind === "tokens") return targets.count;
  return image === null ? 0 : image.channels * image.patch ** 2;
}
