// FLOPs of the trunk and heads, counted over matrix products only (two for a multiply-add), as published counts are.
// Norms, softmax and other elementwise work are left out.
import { expertFor, expertServing, fusedFrom, layersOf, throughTrunk } from "../spec/routing.js";
import { isFused, ruleOf } from "../heads/index.js";
import { patchesPerSide, pixelsPerPatch, tokensOf } from "../spec/geometry.js";
import type { ExpertSpec, HeadSpec, Modality, ModelSpec, ObjectiveSpec, View } from "../spec/spec.js";

/** FLOPs of one forward pass of a view of one sample through the trunk, patch embedding included. */
export function viewFlops(model: ModelSpec, view: View): number {
  const tokens = tokensOf(model, view);
  return (
    patchFlops(model, tokens.image > 0) +
    layersOf(model).reduce((sum, layer) => sum + layerFlops(model, view, layer), 0)
  );
}

function patchFlops(model: ModelSpec, image: boolean): number {
  if (!image) return 0;
  return 2 * patchesPerSide(model) ** 2 * model.width * pixelsPerPatch(model);
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

/** The additional branch of a fused contrast for one modality: its sequence through the pair experts at the top. */
function fusedFlops(model: ModelSpec, view: Modality): number {
  const from = fusedFrom(model);
  if (from === null) return 0;
  const tokens = tokensOf(model, view)[view];
  const layers = layersOf(model).filter((layer) => layer >= from);
  const one = (layer: number): number =>
    attentionFlops(model, tokens) + expertFlops(model, expertServing(model, "pair", layer), tokens);
  return layers.reduce((sum, layer) => sum + one(layer), 0);
}

/** Forward passes of the trunk that a head's loss needs, before any sharing. */
function passesOf(head: HeadSpec): readonly View[] {
  // Several layers of one view are read from one pass.
  const passes = new Map(throughTrunk(head).map(({ view, image }) => [`${view} ${image}`, view]));
  const times = ruleOf(head).ownPasses ?? 1;
  return [...passes.values()].flatMap((view) => Array.from({ length: times }, () => view));
}

/** Forward FLOPs of one sample of a stage: every pass of every head, and the heads. */
export function stageFlops(model: ModelSpec, learn: readonly ObjectiveSpec[]): number {
  return learn.reduce((sum, { head }) => {
    const passes = passesOf(head).reduce((total, view) => total + viewFlops(model, view), 0);
    const rule = ruleOf(head);
    const fused = isFused(head) ? fusedFlops(model, "image") + fusedFlops(model, "text") : 0;
    return sum + passes + fused + rule.flops(model, head);
  }, 0);
}
