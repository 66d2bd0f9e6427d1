// The table of heads. A new head is a file and a line here: its name, keys and settings come from its record.
import type { BuildContext } from "../build/context.js";
import type { HeadSpec } from "../spec/spec.js";
import { caption } from "./caption.js";
import { classify } from "./classify.js";
import { compare } from "./compare.js";
import { contrastive } from "./contrastive.js";
import type { HeadResult, HeadRule, MadeBy } from "./head.js";
import { maskedPatches } from "./masked-patches.js";
import { maskedTokens } from "./masked-tokens.js";
import { matching } from "./matching.js";
import { segment } from "./segment.js";
import { visualTokenizer } from "./visual-tokenizer.js";

/** In the order of the language's reference. */
const heads = [
  maskedPatches,
  visualTokenizer,
  maskedTokens,
  contrastive,
  matching,
  classify,
  compare,
  segment,
  caption,
] as const;

/** A kind of head. */
export type HeadKind = (typeof heads)[number]["kind"];

/** A head with the settings of its kind, discriminated by `kind`; for code that makes heads by hand. */
export type AnyHead = {
  [Rule in (typeof heads)[number] as Rule["kind"]]: MadeBy<Rule["make"]> & { readonly kind: Rule["kind"] };
}[HeadKind];

/** The kinds of heads, in the order of the language's reference. */
export const headKinds: readonly HeadKind[] = heads.map(({ kind }) => kind);

/** The record of a kind of head by name; undefined for an unknown name. */
export function ruleNamed(kind: string): HeadRule | undefined {
  const rule = heads.find((each) => each.kind === kind);
  return rule as unknown as HeadRule | undefined; // each record takes heads of its own kind, by which callers look it up
}

/** The record of a head's kind. */
export function ruleOf({ kind }: Pick<HeadSpec, "kind">): HeadRule {
  const rule = ruleNamed(kind);
  if (rule === undefined) throw new Error(`internal: no head ${kind}`);
  return rule;
}

/** The file with a head's weights, which no stage trains; null: a stage trains them. */
export function weightsFileOf(head: HeadSpec): string | null {
  return ruleOf(head).weightsFile?.(head) ?? null;
}

/** Whether a head also runs the sequence of each of its features through the pair experts. */
export function isFused(head: HeadSpec): boolean {
  return ruleOf(head).fused?.(head) === true;
}

/** Adds `head` to a program. */
export function lowerHead(context: BuildContext, head: HeadSpec, full: boolean): HeadResult {
  return ruleOf(head).lower(context, head, full);
}
