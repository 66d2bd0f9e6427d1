// The table of heads. A new head is a file and a line here; `tsc` says when the language knows a head that has none.
import type { BuildContext } from "../build/context.js";
import type { HeadKind, HeadSpec } from "../spec/spec.js";
import { caption } from "./caption.js";
import { classify } from "./classify.js";
import { compare } from "./compare.js";
import { contrastive } from "./contrastive.js";
import type { HeadResult, HeadRule } from "./head.js";
import { maskedPatches } from "./masked-patches.js";
import { maskedTokens } from "./masked-tokens.js";
import { matching } from "./matching.js";
import { segment } from "./segment.js";
import { visualTokenizer } from "./visual-tokenizer.js";

const heads = {
  masked_patches: maskedPatches,
  visual_tokenizer: visualTokenizer,
  masked_tokens: maskedTokens,
  contrastive,
  matching,
  classify,
  compare,
  segment,
  caption,
} satisfies { readonly [Kind in HeadKind]: { readonly kind: Kind } };

/** The kinds of heads, in the order of the language's reference. */
export const headKinds = Object.keys(heads) as readonly HeadKind[]; // the keys of the table above

/** Whether the language knows a head of that name. */
export function isHeadKind(name: string): name is HeadKind {
  return Object.hasOwn(heads, name);
}

/** The record of a kind, for any head of it. */
export function ruleFor(kind: HeadKind): HeadRule {
  return heads[kind] as unknown as HeadRule; // each rule takes heads of its own kind, which callers look it up by
}

/** What the language knows of a head. */
export function ruleOf(head: HeadSpec): HeadRule {
  return ruleFor(head.kind);
}

/** The file that holds a head's weights, which no stage trains; null: a stage does. */
export function weightsFileOf(head: HeadSpec): string | null {
  return ruleOf(head).weightsFile?.(head) ?? null;
}

/** Adds `head` to a program. */
export function lowerHead(context: BuildContext, head: HeadSpec, full: boolean): HeadResult {
  return ruleOf(head).lower(context, head, full);
}
