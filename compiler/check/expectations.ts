// `expect "title" { parameters(Base) in 174M..178M }`: comparisons of static facts with what the spec says they are.
import { spanText, type Comparison, type Expression, type Span } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { ValueNode } from "../resolve/blocks.js";
import type { Declared, Module } from "../resolve/modules.js";
import { describe, quantityOf } from "../schema/quantity.js";
import type { Context } from "./context.js";
import { readFact, type Fact } from "./facts.js";
import type { Parts } from "./stages.js";

/** What became of one comparison. */
export interface Expectation {
  readonly title: string;
  readonly span: Span;
  readonly holds: boolean;
}

/** A value that can be compared: a fact, or a range of numbers, both ends included. */
type Compared =
  | { readonly kind: "fact"; readonly fact: Fact }
  | { readonly kind: "range"; readonly low: number; readonly high: number };

/** Works out every comparison of a file. Those that do not hold are reported only where `strict`. */
export function checkExpectations(module: Module, parts: Parts, strict: boolean, context: Context): Expectation[] {
  const found: Expectation[] = [];
  const anchor = [...module.own.values()][0];
  if (anchor === undefined) return found;
  for (const declaration of module.file.declarations) {
    if (declaration.kind !== "expect") continue;
    for (const comparison of declaration.comparisons) {
      const holds = checkComparison(comparison, { anchor, parts, strict }, context);
      if (holds !== null) found.push({ title: declaration.title.value, span: comparison.span, holds });
    }
  }
  return found;
}

interface Looking {
  /** Any declaration of the file: names are looked up there. */
  readonly anchor: Declared;
  readonly parts: Parts;
  readonly strict: boolean;
}

function checkComparison(comparison: Comparison, looking: Looking, context: Context): boolean | null {
  const node = (expression: Expression): ValueNode => ({
    kind: "value",
    expression,
    origin: looking.anchor,
    key: comparison.span,
  });
  const left = evaluate(node(comparison.left), looking.parts, context);
  const right = evaluate(node(comparison.right), looking.parts, context);
  if (left === null || right === null) return null;
  const holds = compare(left, right, comparison.operator);
  if (holds === null) {
    const holes = { left: describe(comparison.left), right: describe(comparison.right), operator: comparison.operator };
    context.report(diagnose("V603", comparison.span, holes));
    return null;
  }
  if (!holds && looking.strict) {
    const wanted = `\`${spanText(comparison.left.span)} ${comparison.operator} ${spanText(comparison.right.span)}\``;
    context.report(diagnose("V601", comparison.span, { wanted, found: comparedText(left) }, difference(left, right)));
  }
  return holds;
}

function difference(left: Compared, right: Compared): { help?: string } {
  if (left.kind !== "fact" || right.kind !== "fact" || typeof left.fact !== "number" || typeof right.fact !== "number")
    return {};
  const by = left.fact - right.fact;
  return { help: `it is ${Math.abs(by)} too ${by > 0 ? "many" : "few"}` };
}

function comparedText(value: Compared): string {
  if (value.kind === "range") return `${value.low}..${value.high}`;
  return typeof value.fact === "number" ? `${value.fact}` : `[${value.fact.join(", ")}]`;
}

function evaluate(node: ValueNode, parts: Parts, context: Context): Compared | null {
  const { expression } = node;
  const inside = (part: Expression): number | null => numberOf({ ...node, expression: part }, parts, context);
  switch (expression.kind) {
    case "range": {
      const [low, high] = [inside(expression.low), inside(expression.high)];
      return low === null || high === null ? null : { kind: "range", low, high };
    }
    case "tolerance": {
      const [value, by] = [inside(expression.value), inside(expression.by)];
      return value === null || by === null ? null : { kind: "range", low: value - by, high: value + by };
    }
    case "list":
      return listOf(expression.elements, node, parts, context);
    case "call": {
      const fact = readFact(expression, node, parts, context);
      return fact === null ? null : { kind: "fact", fact };
    }
    default: {
      const fact = inside(expression);
      return fact === null ? null : { kind: "fact", fact };
    }
  }
}

/** Names stand for themselves, unless they are params with a number. */
function listOf(elements: readonly Expression[], node: ValueNode, parts: Parts, context: Context): Compared | null {
  const items = elements.map((element) => {
    const param = element.kind === "reference" ? node.origin.module.own.get(spanText(element.span)) : undefined;
    if (element.kind === "reference" && param?.kind !== "param") return spanText(element.span);
    return numberOf({ ...node, expression: element }, parts, context);
  });
  const known = items.filter((item) => item !== null);
  return known.length === items.length ? { kind: "fact", fact: known } : null;
}

/** A number, or a sum of facts. */
function numberOf(node: ValueNode, parts: Parts, context: Context): number | null {
  const { expression } = node;
  if (expression.kind === "call") {
    const fact = readFact(expression, node, parts, context);
    return typeof fact === "number" ? fact : null;
  }
  if (expression.kind !== "binary") {
    return quantityOf(node, context.reading, { label: "expect", wanted: "a number" })?.value ?? null;
  }
  const [left, right] = [expression.left, expression.right].map((part) =>
    numberOf({ ...node, expression: part }, parts, context),
  );
  if (left === null || left === undefined || right === null || right === undefined) return null;
  return { "+": left + right, "-": left - right, "*": left * right, "/": left / right }[expression.operator];
}

/** Whether a comparison holds; null where the two sides are of different kinds. */
function compare(left: Compared, right: Compared, operator: Comparison["operator"]): boolean | null {
  if (left.kind === "range") return null;
  const { fact } = left;
  if (right.kind === "range") return typeof fact === "number" ? within(fact, right, operator) : null;
  if (typeof fact === "number" && typeof right.fact === "number") return ordered(fact, right.fact, operator);
  if (typeof fact === "number" || typeof right.fact === "number") return null;
  const same =
    fact.length === right.fact.length &&
    fact.every((item, i) => typeof right.fact !== "number" && item === right.fact[i]);
  return operator === "==" ? same : operator === "!=" ? !same : null;
}

function within(
  value: number,
  { low, high }: { low: number; high: number },
  operator: Comparison["operator"],
): boolean | null {
  const inside = low <= value && value <= high;
  if (operator === "in" || operator === "==") return inside;
  return operator === "!=" ? !inside : null;
}

function ordered(left: number, right: number, operator: Comparison["operator"]): boolean | null {
  switch (operator) {
    case "==":
      return left === right;
    case "!=":
      return left !== right;
    case "<":
      return left < right;
    case "<=":
      return left <= right;
    case ">":
      return left > right;
    case ">=":
      return left >= right;
    case "in":
      return null;
  }
}
