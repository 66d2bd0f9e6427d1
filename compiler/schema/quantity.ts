// Numbers with units: evaluates a numeric expression, or reports the one reason why it has no value.
import {
  didYouMean,
  magnitude,
  plainName,
  spanText,
  type Expression,
  type NumberLiteral,
  type Span,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { ValueNode } from "../resolve/blocks.js";
import { decimalComma } from "./decimal.js";
import { lookUp, namesIn } from "../resolve/modules.js";
import type { Declared, Report } from "../resolve/module.js";

/** The dimension of a number; `none` is a number without a unit. */
export type Measure = "none" | "ratio" | "px" | "factor" | "steps" | "epochs" | "bytes" | "time";

/** A number in its base unit, with its dimension. */
export interface Quantity {
  readonly value: number;
  readonly measure: Measure;
  readonly span: Span;
}

/** Context for reading a value. */
export interface Reading {
  readonly report: Report;
  /** The value of a param after `--set`; null if it is wrong and was reported. */
  param(declared: Declared): ParamValue | null;
}

/** The value of a param, never the name of another param. */
export interface ParamValue {
  readonly node: ValueNode;
  /** Its number, if it is one; computed once, however often the param is used. */
  readonly quantity: Quantity | null;
}

/** Dimensions in words, for messages. */
export const measureWords = {
  none: "a plain number",
  ratio: "a ratio",
  px: "pixels (`px`)",
  factor: "a factor (`x`)",
  steps: "`steps`",
  epochs: "`epochs`",
  bytes: "bytes (`MiB`, `GiB`)",
  time: "a time (`s`, `min`, `h`)",
} satisfies Record<Measure, string>;

const unitMeasures = {
  "%": "ratio",
  px: "px",
  x: "factor",
  steps: "steps",
  epochs: "epochs",
  MiB: "bytes",
  GiB: "bytes",
  s: "time",
  min: "time",
  h: "time",
} satisfies Record<NonNullable<NumberLiteral["unit"]>, Measure>;

/** An expression in words, for messages: ``the name `x` ``, `a list`. */
export function describe(expression: Expression): string {
  switch (expression.kind) {
    case "number":
      return expression.unit === undefined
        ? `the number ${spanText(expression.span)}`
        : `\`${spanText(expression.span)}\``;
    case "string":
      return "a string";
    case "boolean":
      return `\`${expression.value}\``;
    case "reference":
      return `the name \`${spanText(expression.span)}\``;
    case "call":
      return `\`${spanText(expression.callee.span)}(…)\``;
    case "record":
      return "a block";
    case "binary":
      return `a ${{ "+": "sum", "-": "difference", "*": "product", "/": "quotient" }[expression.operator]}`;
    case "unary":
      return "a negative value";
    case "every":
      return "an interval";
    default:
      return `a ${expression.kind}`;
  }
}

/** Resolves the name of a param to its value. Null: the param is wrong and was reported. */
export function follow(node: ValueNode, reading: Reading): ValueNode | null {
  const declared = paramNamed(node);
  return declared === undefined ? node : (reading.param(declared)?.node ?? null);
}

/** The param whose plain name a value is, if any. */
export function paramNamed(node: ValueNode): Declared | undefined {
  const name = plainName(node.expression);
  const declared = name === undefined ? undefined : lookUp(node.origin.module, name.text);
  if (declared?.kind !== "param") return undefined;
  if (name?.span.file === declared.module.file.source) declared.module.usedParams.add(declared);
  return declared;
}

/** Description of an expected number, for messages. */
export interface ExpectedNumber {
  readonly label: string;
  readonly wanted: string;
  readonly isWhole?: boolean;
  /** How it may be written. */
  readonly help?: string;
}

/** The quantity of a value, or null with the reason reported. */
export function quantityOf(node: ValueNode, reading: Reading, says: ExpectedNumber): Quantity | null {
  return valueOf(node.expression, node, reading, says);
}

/** The quantity of a subexpression; `within` is the value around it. */
function valueOf(expression: Expression, within: ValueNode, reading: Reading, says: ExpectedNumber): Quantity | null {
  switch (expression.kind) {
    case "number":
      return { value: magnitude(expression), measure: measureOf(expression), span: expression.span };
    case "unary": {
      const operand = valueOf(expression.operand, within, reading, says);
      return operand === null ? null : { ...operand, value: -operand.value, span: expression.span };
    }
    case "binary": {
      const left = valueOf(expression.left, within, reading, says);
      const right = valueOf(expression.right, within, reading, says);
      if (left === null || right === null) return null;
      const result = combine(expression.operator, left, right);
      if (result !== null) return { value: result.value, measure: result.measure, span: expression.span };
      const holes = { left: quantityText(left), right: quantityText(right), operator: expression.operator };
      const isUnitless = combined(expression.operator, left, right) !== null;
      reading.report(diagnose("V213", expression.span, holes, isUnitless ? { help: noNumber(right) } : {}));
      return null;
    }
    default: {
      const node = { ...within, expression };
      const param = paramNamed(node);
      const known = param === undefined ? undefined : reading.param(param);
      if (known === null) return null;
      if (known !== undefined && known.quantity !== null) return known.quantity;
      // The value of a param refers to names of its own file.
      if (known !== undefined) return valueOf(known.node.expression, known.node, reading, says);
      reportNotNumber(node, reading, says);
      return null;
    }
  }
}

function measureOf(literal: NumberLiteral): Measure {
  return literal.unit === undefined ? "none" : unitMeasures[literal.unit];
}

function reportNotNumber(node: ValueNode, reading: Reading, says: ExpectedNumber): void {
  const { expression } = node;
  const name = plainName(expression);
  if (name === undefined || lookUp(node.origin.module, name.text) !== undefined) {
    const holes = { key: says.label, wanted: says.wanted, found: describe(expression) };
    // A quoted number is meant without the quotes.
    const quoted =
      expression.kind === "string" && /^\d+(\.\d+)?(e[+-]?\d+)?(px|%| steps| epochs)?$/i.test(expression.value);
    const extra = quoted
      ? { help: `write \`${expression.value}\``, fix: { span: expression.span, text: expression.value } }
      : (decimalComma(expression.span, says.isWhole === true ? "whole number" : "number") ??
        (says.help === undefined ? {} : { help: says.help }));
    reading.report(diagnose("V204", expression.span, holes, extra));
    return;
  }
  const known = namesIn(node.origin.module, ["param"]);
  const hint = didYouMean(name.span, known, `\`${says.label}\` wants ${says.wanted}`, name.text);
  reading.report(diagnose("V106", name.span, { wanted: "param", name: name.text }, hint));
}

type Plain = Omit<Quantity, "span">;

/** The reason why two compatible operands still do not make a number. */
function noNumber(right: Plain): string {
  return right.value === 0 ? "division by zero" : "the result is larger than any number: write a smaller one";
}

function combine(operator: "+" | "-" | "*" | "/", left: Plain, right: Plain): Plain | null {
  const result = combined(operator, left, right);
  return result !== null && Number.isFinite(result.value) ? result : null;
}

function combined(operator: "+" | "-" | "*" | "/", left: Plain, right: Plain): Plain | null {
  const same = left.measure === right.measure;
  if (operator === "+") return same ? { value: left.value + right.value, measure: left.measure } : null;
  if (operator === "-") return same ? { value: left.value - right.value, measure: left.measure } : null;
  if (operator === "*") {
    if (left.measure !== "none" && right.measure !== "none") return null;
    return { value: left.value * right.value, measure: left.measure === "none" ? right.measure : left.measure };
  }
  if (right.measure !== "none" && !same) return null;
  return { value: left.value / right.value, measure: same ? "none" : left.measure };
}

/** `224px`, `15%`, `10000 steps`: a quantity in the syntax of the language. */
export function quantityText({ value, measure }: Plain): string {
  switch (measure) {
    case "ratio":
      return `${Number((value * 100).toPrecision(12))}%`;
    case "px":
      return `${value}px`;
    case "factor":
      return `${value}x`;
    case "steps":
    case "epochs":
      return `${value} ${measure}`;
    case "bytes":
      return `${value / 2 ** 20}MiB`;
    case "time":
      return `${value}s`;
    case "none":
      return `${value}`;
  }
}
