// The passes through the trunk that one training step of a stage runs: heads that read the same tokens of the same view
// share one, as the builder does.
import { fusedFrom, throughTrunk } from "../spec/routing.js";
import { isFused, ruleOf } from "../heads/index.js";
import { maskAmong } from "../heads/masks.js";
import { patchesPerSide, tokensOf } from "../spec/geometry.js";
import type { FeatureSpec, HeadSpec, ModelSpec, StageSpec, View } from "../spec/spec.js";

/** One pass, for cost and memory; nothing is built of it. */
export interface ForwardPass {
  readonly view: View;
  /** Whose experts its tokens meet: a fused contrast takes a text through the experts of pairs. */
  readonly route: View;
  /** The lowest layer it goes through. */
  readonly from: number;
  /** How many sequences a sample has in it. */
  readonly times: number;
  /** Tokens of a sequence that anybody reads above the top layer. */
  readonly read: number;
}

/** The passes of a stage, each once. */
export function trunkPasses({ model, learn }: Pick<StageSpec, "model" | "learn">): ForwardPass[] {
  const passes = new Map<string, ForwardPass>();
  const add = (key: string, pass: ForwardPass): void => {
    const known = passes.get(key);
    passes.set(key, known === undefined ? pass : { ...known, read: Math.max(known.read, pass.read) });
  };
  const heads = learn.map(({ head }) => head);
  for (const head of heads) {
    const { ownPasses } = ruleOf(head);
    const masked = maskAmong(head, heads)?.from ?? "plain";
    for (const feature of throughTrunk(head)) {
      const { view } = feature;
      const pass: ForwardPass = { view, route: view, from: 1, times: 1, read: tokensRead(model, head, feature) };
      if (ownPasses !== undefined) add(`own ${head.name}`, { ...pass, times: ownPasses });
      else add(`${view} ${feature.image} ${feature.causal} ${masked}`, pass);
      const from = isFused(head) ? fusedFrom(model) : null;
      if (from !== null) add(`fused ${view}`, { ...pass, route: "pair", from });
    }
  }
  return [...passes.values()];
}

/** Tokens of the feature that the head looks at; a masked head looks at the masked ones alone. */
export function tokensRead(model: ModelSpec, head: HeadSpec, feature: FeatureSpec): number {
  if (feature.part === "cls" || feature.part === "pooled") return 1;
  const { text, image } = tokensOf(model, feature.view);
  const mask = ruleOf(head).mask?.(head);
  if (mask === undefined) return text + image;
  const maskable = { text, image: patchesPerSide(model) ** 2 };
  return Math.ceil(mask.share * maskable[mask.of]);
}
