// The passes through the trunk in one training step of a stage: heads that read the same tokens of the same view share
// a pass, as in the builder.
import { fusedFrom, throughTrunk } from "../spec/routing.js";
import { isFused, ruleOf } from "../heads/index.js";
import { maskAmong } from "../heads/masks.js";
import { patchesPerSide, tokensOf } from "../spec/geometry.js";
import type { FeatureSpec, HeadSpec, ModelSpec, StageSpec, View } from "../spec/spec.js";

/** One pass, for counting cost and memory. */
export interface ForwardPass {
  readonly view: View;
  /** The view whose experts process its tokens: a fused contrast routes a text through the pair experts. */
  readonly route: View;
  /** The lowest layer of the pass. */
  readonly from: number;
  /** Sequences per sample. */
  readonly times: number;
  /** Tokens of a sequence that are read above the top layer. */
  readonly read: number;
}

/** The passes of a stage, without duplicates. */
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

/** Number of the feature's tokens that the head reads; a masked head reads only the masked ones. */
export function tokensRead(model: ModelSpec, head: HeadSpec, feature: FeatureSpec): number {
  if (feature.part === "cls" || feature.part === "pooled") return 1;
  const { text, image } = tokensOf(model, feature.view);
  const mask = ruleOf(head).mask?.(head);
  if (mask === undefined) return text + image;
  const maskable = { text, image: patchesPerSide(model) ** 2 };
  return Math.ceil(mask.share * maskable[mask.of]);
}
