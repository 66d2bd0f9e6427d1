// `learn: itc + itm + 0.25 * mlm`: a weighted sum of heads.
import { plainName, spanText, type Expression, type Span } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { lookUp } from "../../resolve/modules.js";
import { decimalComma } from "../../schema/decimal.js";
import { describe, follow } from "../../schema/quantity.js";
import { isWeight, readWeight } from "../../schema/weight.js";
import type { Context } from "../context.js";
import type { HeadDraft, HeadLookUp } from "./head-context.js";

/** One term of the sum. */
export interface Term {
  readonly draft: HeadDraft;
  readonly weight: number;
  readonly span: Span;
}

/** The terms of an objective; wrong ones are reported and left out, and `whole` is false if there are any. */
export function readObjective(node: ValueNode, heads: HeadLookUp, context: Context): { terms: Term[]; whole: boolean } {
  const terms: Term[] = [];
  let whole = true;
  for (const part of addends(node, context)) {
    const term = part === null ? null : readTerm(part, heads, context);
    const before = term === null ? undefined : terms.find(({ draft }) => draft === term.draft);
    if (term === null) whole = false;
    else if (before === undefined) terms.push(term);
    else {
      whole = false;
      const related = [{ span: before.span, message: "first here" }];
      context.report(diagnose("V410", term.span, { head: term.draft.head.name }, { related }));
    }
  }
  return { terms, whole };
}

/** The terms between plus signs; null for anything that is not a sum, which is reported. */
function addends(node: ValueNode, context: Context): (ValueNode | null)[] {
  const real = isNumber(node, context) ? node : follow(node, context.reading);
  if (real === null) return [null];
  const { expression } = real;
  if (expression.kind === "binary" && expression.operator === "+") {
    const inside = (part: Expression): (ValueNode | null)[] => addends({ ...real, expression: part }, context);
    return [...inside(expression.left), ...inside(expression.right)];
  }
  const product = expression.kind === "binary" && expression.operator !== "-";
  if (product || expression.kind === "reference") return [real];
  return [notASum(real, context)];
}

function notASum(node: ValueNode, context: Context): null {
  const { expression } = node;
  const heads = expression.kind === "list" ? expression.elements.map(({ span }) => spanText(span)) : [];
  const text = heads.join(" + ");
  const comma = expression.kind === "list" ? decimalComma(expression.span) : undefined;
  const plus = heads.length > 1 ? { help: `write \`${text}\``, fix: { span: expression.span, text } } : {};
  context.report(diagnose("V409", expression.span, { found: describe(expression) }, comma ?? plus));
  return null;
}

function readTerm(node: ValueNode, heads: HeadLookUp, context: Context): Term | null {
  const { expression } = node;
  const span = expression.span;
  if (expression.kind === "reference") return named(node, { weight: 1, span }, heads, context);
  if (expression.kind !== "binary") return notASum(node, context);
  const [left, right] = [expression.left, expression.right].map((part) => ({ ...node, expression: part }));
  if (left === undefined || right === undefined) return null;
  const leads = isNumber(left, context) || (isHead(right) && !isNumber(right, context));
  if (expression.operator === "/" && leads) return notASum(node, context);
  const weight = readWeight(leads ? left : right, "weight", context.reading);
  if (weight === null) return null;
  const value = expression.operator === "/" ? 1 / weight.value : weight.value;
  return named(leads ? right : left, { weight: value, span }, heads, context);
}

function isHead({ expression, origin }: ValueNode): boolean {
  const name = plainName(expression);
  return name !== undefined && lookUp(origin.module, name.text)?.kind === "head";
}

/** Whether a factor is the weight of a product: anything but the name of a head. */
function isNumber(node: ValueNode, context: Context): boolean {
  const { expression } = node;
  if (expression.kind === "number" || expression.kind === "unary") return true;
  if (expression.kind === "binary")
    return (
      isNumber({ ...node, expression: expression.left }, context) &&
      isNumber({ ...node, expression: expression.right }, context)
    );
  const name = plainName(expression);
  const declared = name === undefined ? undefined : lookUp(node.origin.module, name.text);
  return declared?.kind === "param" && context.reading.param(declared)?.quantity?.measure !== undefined;
}

function named(
  node: ValueNode,
  term: { weight: number; span: Span },
  heads: HeadLookUp,
  context: Context,
): Term | null {
  const real = follow(node, context.reading);
  if (real === null) return null;
  const name = plainName(real.expression);
  if (name === undefined) return notASum(real, context);
  const declared = context.find(real.origin, name, ["head"]);
  if (declared === undefined) return null;
  const draft = heads(declared);
  if (draft === null) return null;
  if (isWeight(term.weight)) return { draft, ...term };
  context.report(diagnose("V408", term.span, { head: name.text, weight: term.weight }));
  return null;
}
