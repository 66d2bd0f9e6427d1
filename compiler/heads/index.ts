// The head table. A new head is a file and a line here; `tsc` says when the language knows a head that has none.
import type { BuildContext } from "../build/context.js";
import type { HeadKind, HeadSpec } from "../spec/spec.js";
import { classify, compare } from "./classify.js";
import { contrastive } from "./contrastive.js";
import type { HeadLowering, HeadResult } from "./head.js";
import { maskedPatches } from "./masked-patches.js";
import { maskedTokens } from "./masked-tokens.js";
import { matching } from "./matching.js";

/** `deferred`: in the language and checked, not lowered yet. */
export const lowerings = {
  masked_patches: maskedPatches,
  masked_tokens: maskedTokens,
  contrastive,
  matching,
  classify,
  compare,
  visual_tokenizer: "deferred",
  segment: "deferred",
  caption: "deferred",
} satisfies { readonly [Kind in HeadKind]: HeadLowering<Kind> | "deferred" };

/** Whether programs can be made of a kind of head. */
export function isLowered(kind: HeadKind): boolean {
  return lowerings[kind] !== "deferred";
}

/** Adds `head` to a program. Callers ask `isLowered` first: the checker takes every head that the language knows. */
export function lowerHead(context: BuildContext, head: HeadSpec, full: boolean): HeadResult {
  const lowering = lowerings[head.kind] as HeadLowering<HeadKind> | "deferred"; // indexed by the head's own kind
  if (lowering === "deferred") throw new Error(`internal: the head ${head.name} is not lowered`);
  return lowering.lower(context, head as never, full);
}
