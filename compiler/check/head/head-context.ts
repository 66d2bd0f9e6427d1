// Context for checking a head by its record: other heads by name, and where to report.
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import type { Declared } from "../../resolve/module.js";
import type { HeadSpec } from "../../spec/spec.js";
import type { Context } from "../context.js";
import { named } from "../named.js";

/** A checked head whose hidden width may still be a multiple of the model's. */
export interface HeadDraft {
  readonly declared: Declared;
  readonly head: HeadSpec;
  readonly relativeHidden: number | null;
  /** The head whose parameters this one uses, if it shares. */
  readonly owner: HeadDraft | null;
  /** The head whose similarities hard negatives are mined by. */
  readonly minesFrom: Declared | null;
  /** The head whose codes it predicts. */
  readonly codesFrom: HeadDraft | null;
}

/** A head by its declaration, checked at its first use; null if it is wrong and was reported. */
export type HeadLookUp = (declared: Declared) => HeadDraft | null;

/** A head that is being read. */
export interface HeadContext {
  readonly declared: Declared;
  readonly kind: string;
  readonly other: HeadLookUp;
  readonly context: Context;
}

/** The head of a kind that hard negatives are mined by; mistakes in that head itself are reported at its own declaration. */
export function minedHead(
  wanted: string,
  node: ValueNode,
  { declared, kind: own, other, context }: HeadContext,
): Declared | null {
  const source = named(node, "head", context);
  if (source === null) return null;
  const kind = source === declared ? own : other(source)?.head.kind;
  if (kind === undefined || kind === wanted) return source;
  const related = [{ span: source.node.name.span, message: `\`${source.name}\` is \`${kind}\`` }];
  context.report(diagnose("V405", node.expression.span, { head: source.name, kind: `\`${kind}\`` }, { related }));
  return null;
}
