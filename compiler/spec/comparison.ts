// The two sides of a comparison in `expect` and `test`, and their values. A leaf is a value known only at run time: in
// a `test` it is measured on an engine; in an `expect` there are none, since every fact is a number by then.
import type { ComparisonOperator, Span } from "../../grammar/index.js";

/** A side as an expression tree; a `Leaf` can be measured only by a run. */
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

/** Allowed deviation of a value: absolute, or relative to the value it is compared with. */
export interface Tolerance {
  readonly amount: number;
  readonly relative: boolean;
}

/** A term with its location, for the message if the comparison fails. */
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

/** A closed interval. */
export interface Bounds {
  readonly low: number;
  readonly high: number;
}

/** The value of a side: a number, a list of names and numbers (order matters), or an interval. */
export type Value =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "list"; readonly items: readonly (number | string)[] }
  | ({ readonly kind: "range" } & Bounds);

/** The kind of value of a term, which does not depend on its leaves. */
export function kindOf<Leaf>({ kind }: Term<Leaf>): Value["kind"] {
  if (kind === "list") return "list";
  return kind === "range" || kind === "tolerance" ? "range" : "number";
}

/** Evaluates a term; `measure` returns the value of a leaf. */
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

/** The interval that a tolerance allows around a value. */
export function boundsAround(value: number, { amount, relative }: Tolerance): Bounds {
  const by = relative ? amount * Math.abs(value) : amount;
  return { low: value - by, high: value + by };
}

/** Whether an operator can compare two kinds of values. */
export function isComparable(left: Value["kind"], operator: ComparisonOperator, right: Value["kind"]): boolean {
  const equality = operator === "==" || operator === "!=";
  if (right === "range") return left === "number" && (equality || operator === "in");
  if (left === "list" || right === "list") return left === right && equality;
  return left === "number" && operator !== "in";
}

/** Whether a comparison holds; the values must be comparable by its operator. */
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
