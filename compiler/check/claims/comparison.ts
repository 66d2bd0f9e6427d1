// Parses a comparison of `expect` or `test`: numbers, lists, sums, ranges, tolerances, and the leaves that the caller knows.
import { spanText, type Comparison, type Expression } from "../../../grammar/index.js";
import { diagnose } from "../../codes.js";
import type { ValueNode } from "../../resolve/blocks.js";
import { describe, measureWords, paramNamed, quantityOf, type Measure, type Quantity } from "../../schema/quantity.js";
import {
  isComparable,
  kindOf,
  type ComparisonSpec,
  type Side,
  type Term,
  type Tolerance,
} from "../../spec/comparison.js";
import type { Context } from "../context.js";

/** How a side is parsed. */
export interface Reader<Leaf> {
  /** The keyword for messages: `expect` or `test`. */
  readonly label: string;
  /** Attaches the scope in which the names of an expression are looked up. */
  readonly node: (expression: Expression) => ValueNode;
  /** The term of a call or path. Null: it is wrong and was reported; undefined: it is not a leaf. */
  readonly leaf: (node: ValueNode) => Term<Leaf> | null | undefined;
}

/** The comparison, or null if something in it is wrong and was reported. */
export function readComparison<Leaf>(
  comparison: Comparison,
  reader: Reader<Leaf>,
  context: Context,
): ComparisonSpec<Leaf> | null {
  const { operator, span } = comparison;
  const [left, right] = [comparison.left, comparison.right].map((expression): Side<Leaf> | null => {
    const term = readTerm(expression, reader, context);
    return term === null ? null : { term, span: expression.span };
  });
  if (left === null || left === undefined || right === null || right === undefined) return null;
  if (isComparable(kindOf(left.term), operator, kindOf(right.term))) return { left, operator, right, span };
  const holes = { left: describe(comparison.left), right: describe(comparison.right), operator };
  context.report(diagnose("V603", span, holes));
  return null;
}

function readTerm<Leaf>(expression: Expression, reader: Reader<Leaf>, context: Context): Term<Leaf> | null {
  switch (expression.kind) {
    case "range": {
      const [low, high] = [readNumber(expression.low, reader, context), readNumber(expression.high, reader, context)];
      if (low === null || high === null) return null;
      if (low.kind !== "number" || high.kind !== "number" || low.value <= high.value)
        return { kind: "range", low, high };
      return downwards(expression, context);
    }
    case "tolerance": {
      const known = hasLeaf(expression.value, reader) ? undefined : constant(expression.value, reader, context);
      const value = known === undefined ? readNumber(expression.value, reader, context) : asNumber(known);
      const by = readTolerance(expression.by, known?.measure ?? "none", reader, context);
      return value === null || by === null ? null : { kind: "tolerance", value, by };
    }
    case "list":
      return readList(expression.elements, reader, context);
    default:
      return readNumber(expression, reader, context);
  }
}

/** An empty range, whose ends are swapped. */
function downwards({ low, high, span }: Extract<Expression, { kind: "range" }>, context: Context): null {
  const text = `${spanText(high.span)}..${spanText(low.span)}`;
  const holes = { key: "in", wanted: "a range that runs upwards", value: spanText(span) };
  context.report(diagnose("V207", span, holes, { help: `write \`${text}\``, fix: { span, text } }));
  return null;
}

/** Names stand for themselves, unless they are params with a number. */
function readList<Leaf>(elements: readonly Expression[], reader: Reader<Leaf>, context: Context): Term<Leaf> | null {
  const items = elements.map((element) => {
    if (element.kind === "reference" && isLeaf(element, reader)) return spanText(element.span);
    return constant(element, reader, context)?.value ?? null;
  });
  const known = items.filter((item) => item !== null);
  return known.length === items.length ? { kind: "list", items: known } : null;
}

/** A number, a leaf, or a sum of them. A list among the terms of a sum is an error. */
function readNumber<Leaf>(expression: Expression, reader: Reader<Leaf>, context: Context): Term<Leaf> | null {
  if (expression.kind === "unary" && hasLeaf(expression, reader)) {
    const right = readNumber(expression.operand, reader, context);
    return right === null ? null : { kind: "binary", operator: "-", left: { kind: "number", value: 0 }, right };
  }
  if (expression.kind === "binary" && hasLeaf(expression, reader)) {
    const { operator } = expression;
    const [left, right] = [readNumber(expression.left, reader, context), readNumber(expression.right, reader, context)];
    if (left === null || right === null) return null;
    const odd = kindOf(left) === "number" ? (kindOf(right) === "number" ? null : expression.right) : expression.left;
    if (odd === null) return { kind: "binary", operator, left, right };
    const holes = { left: describe(expression.left), right: describe(expression.right), operator };
    context.report(diagnose("V213", expression.span, holes));
    return null;
  }
  const leaf = isLeaf(expression, reader) ? reader.leaf(reader.node(expression)) : undefined;
  return leaf === undefined ? asNumber(constant(expression, reader, context)) : leaf;
}

function asNumber(quantity: Quantity | null): { readonly kind: "number"; readonly value: number } | null {
  return quantity === null ? null : { kind: "number", value: quantity.value };
}

/** A call, or a path that is not a param. */
function isLeaf<Leaf>(expression: Expression, reader: Reader<Leaf>): boolean {
  if (expression.kind === "call") return true;
  return expression.kind === "reference" && paramNamed(reader.node(expression)) === undefined;
}

function hasLeaf<Leaf>(expression: Expression, reader: Reader<Leaf>): boolean {
  if (expression.kind === "binary") return hasLeaf(expression.left, reader) || hasLeaf(expression.right, reader);
  if (expression.kind === "unary") return hasLeaf(expression.operand, reader);
  return isLeaf(expression, reader);
}

/** Units of facts and measurements. */
const measures: readonly Measure[] = ["none", "ratio", "bytes"];

function constant<Leaf>(expression: Expression, { label, node }: Reader<Leaf>, context: Context): Quantity | null {
  const quantity = quantityOf(node(expression), context.reading, { label, wanted: "a number" });
  if (quantity === null || measures.includes(quantity.measure)) return quantity;
  const holes = { key: label, wanted: "a plain number, a ratio or bytes", found: measureWords[quantity.measure] };
  context.report(diagnose("V205", quantity.span, holes));
  return null;
}

/** `± 2` is absolute, `± 1%` relative to the value; for a value in per cent, percentage points. */
export function readTolerance<Leaf>(
  expression: Expression,
  of: Measure,
  reader: Pick<Reader<Leaf>, "label" | "node">,
  context: Context,
): Tolerance | null {
  const quantity = quantityOf(reader.node(expression), context.reading, { label: reader.label, wanted: "a tolerance" });
  if (quantity === null) return null;
  if (!measures.includes(quantity.measure) || !(quantity.value >= 0)) {
    const holes = { key: "±", wanted: "a number or a ratio, at least 0", value: spanText(expression.span) };
    context.report(diagnose("V207", expression.span, holes));
    return null;
  }
  return { amount: quantity.value, relative: quantity.measure === "ratio" && of !== "ratio" };
}
