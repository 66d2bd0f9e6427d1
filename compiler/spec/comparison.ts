// The two sides of a comparison in `expect` and `test`, and their values. A leaf is what is only
// known later: in a `test` it is measured on an engine; in an `expect` there are none, every fact is a number by then.
import type { ComparisonOperator, Span } from "../../grammar/index.js";

/** A side's value as a tree; `Leaf` is what only a run can measure. */
export type Term<Leaf> =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "list"; readonly items: readonly (number | string)[] }
  | { readonly kind: "leaf"; readonly leaf: Leaf }
  | {
      readonly kind: "binary";
      readonly operator: "+" | "-" | "*" | "/";
      readonly left: Term<Leaf>;
      readonly right: Term<Leaf>;
    }
  | { readonly kind: "range"; readonly low: Term<Leaf>; readonly high: Term<Leaf> }
  | { readonly kind: "tolerance"; readonly value: Term<Leaf>; readonly by: Tolerance };

/** How far a value may be off: by a number, or by a share of what it is compared with. */
export interface Tolerance {
  readonly amount: number;
  readonly relative: boolean;
}

/** A term with its place, for the message when the comparison fails. */
export interface Side<Leaf> {
  readonly term: Term<Leaf>;
  readonly span: Span;
}

/** A comparison; without leaves (`never`) it can be decided without a run. */
export interface ComparisonSpec<Leaf = never> {
  readonly left: Side<Leaf>;
  readonly operator: ComparisonOperator;
  readonly right: Side<Leaf>;
  readonly span: Span;
}

/** Both ends belong to it. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The value of a side: a number, names and numbers one by one, or everything between two numbers. */
export type Value =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "list"; readonly items: readonly (number | string)[] }
  | ({ readonly kind: "range" } & Bounds);

/** The kind of value that a term has, whatever its leaves turn out to be. */
export function kindOf<Leaf>({ kind }: Term<Leaf>): Value["kind"] {
  if (kind === "list") return "list";
  return kind === "range" || kind === "tolerance" ? "range" : "number";
}

/** Evaluates a term; `measure` gives the numbers of its leaves. */
export function valueOf<Leaf>(term: Term<Leaf>, measure: (leaf: Leaf) => number): Value {
  if (term.kind === "list") return term;
  if (term.kind === "range")
    return { kind: "range", low: numberOf(term.low, measure), high: numberOf(term.high, measure) };
  if (term.kind === "tolerance") return { kind: "range", ...boundsAround(numberOf(term.value, measure), term.by) };
  return { kind: "number", value: numberOf(term, measure) };
}

function numberOf<Leaf>(term: Term<Leaf>, measure: (leaf: Leaf) => number): number {
  switch (term.kind) {
    case "number":
      return term.value;
    case "leaf":
      return measure(term.leaf);
    case "binary": {
      const [left, right] = [numberOf(term.left, measure), numberOf(term.right, measure)];
      return { "+": left + right, "-": left - right, "*": left * right, "/": left / right }[term.operator];
    }
    case "range":
    case "tolerance":
    case "list":
      throw new Error(`internal: the checker let a ${term.kind} pass for a number`);
  }
}

/** Everything that a tolerance allows around a value. */
export function boundsAround(value: number, { amount, relative }: Tolerance): Bounds {
  const by = relative ? amount * Math.abs(value) : amount;
  return { low: value - by, high: value + by };
}

/** Whether two kinds of values can be compared by an operator. */
export function isComparable(left: Value["kind"], operator: ComparisonOperator, right: Value["kind"]): boolean {
  const equality = operator === "==" || operator === "!=";
  if (right === "range") return left === "number" && (equality || operator === "in");
  if (left === "list" || right === "list") return left === right && equality;
  return left === "number" && operator !== "in";
}

/** Whether a comparison holds, of values that can be compared by it. */
export function holds(left: Value, operator: ComparisonOperator, right: Value): boolean {
  if (left.kind === "list" && right.kind === "list") return sameItems(left.items, right.items) === (operator === "==");
  if (left.kind !== "number") return false;
  if (right.kind === "range") return (right.low <= left.value && left.value <= right.high) === (operator !== "!=");
  return right.kind === "number" && ordered[operator](left.value, right.value);
}

function sameItems(left: readonly unknown[], right: readonly unknown[]): boolean {
  return left.length === right.length && left.every((item, i) => item === right[i]);
}

const ordered: Readonly<Record<ComparisonOperator, (left: number, right: number) => boolean>> = {
  "==": (left, right) => left === right,
  "!=": (left, right) => left !== right,
  "<": (left, right) => left < right,
  "<=": (left, right) => left <= right,
  ">": (left, right) => left > right,
  ">=": (left, right) => left >= right,
  in: () => false,
};
