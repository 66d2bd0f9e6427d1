// The types of numbers: units and bounds.
import { spanText, type Fix, type Remedy } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { ValueNode } from "../resolve/blocks.js";
import type { Duration } from "../spec/duration.js";
import { memoized } from "../spec/memoize.js";
import { decimalComma } from "./decimal.js";
import { valueField, type Input, type JsonSchema } from "./fields.js";
import { most as largest } from "./most.js";
import { measureWords, quantityOf, quantityText, type Measure, type Quantity } from "./quantity.js";

/** The number in a text with a unit. */
const digits = String.raw`[\d.]+(e[+-]?\d+)?`;

type Open = "low" | "high" | "both";

interface NumberRule {
  readonly wanted: string;
  /** Example values in the first measure, for messages: the first within the bounds is shown. */
  readonly examples: readonly number[];
  readonly measures: readonly Measure[];
  /** Whether it must be an integer: always, or only in this measure. */
  readonly whole?: true | Measure;
  readonly least?: number;
  readonly most?: number;
  /** Which of the bounds are exclusive. */
  readonly open?: Open;
}

function readNumber(node: ValueNode, input: Input, rule: NumberRule): Quantity | null {
  const isWhole = rule.whole !== undefined;
  const says = { label: input.label, wanted: rule.wanted, isWhole, ...exampleHelp(rule) };
  const quantity = quantityOf(node, input.reading, says);
  if (quantity === null) return null;
  const wrong = rule.measures.includes(quantity.measure) ? outside(quantity, rule) : "measure";
  if (wrong === null) return quantity;
  const { report } = input.reading;
  const used = quantity.span.file === node.expression.span.file && quantity.span.start === node.expression.span.start;
  const related = used ? [] : [{ span: node.expression.span, message: `the value of \`${input.label}\`` }];
  const extra = { related, ...decimalComma(quantity.span, isWhole ? "whole number" : "number") };
  if (wrong === "measure") {
    const holes = { key: input.label, wanted: rule.wanted, found: measureWords[quantity.measure] };
    report(
      diagnose("V205", quantity.span, holes, {
        ...exampleHelp(rule),
        ...extra,
        ...unitFix(quantity, rule, input.label),
      }),
    );
    return null;
  }
  const value = quantityText(quantity);
  if (wrong === "ratio")
    report(diagnose("V206", quantity.span, { key: input.label, value }, { ...extra, ...percentHelp(quantity) }));
  else
    report(
      diagnose(
        "V207",
        quantity.span,
        { key: input.label, wanted: wrong, value },
        { ...boundHelp(quantity, rule), ...extra },
      ),
    );
  return null;
}

const helps = new WeakMap<NumberRule, Remedy>();

function exampleHelp(rule: NumberRule): Remedy {
  return memoized(helps, rule, () => {
    const [measure = "none"] = rule.measures;
    const inside = [...rule.examples, rule.least ?? 0].find((value) => outside({ value, measure }, rule) === null);
    return { help: `write it as in \`${quantityText({ value: inside ?? 0, measure })}\`` };
  });
}

/** The violated bound, if it is inclusive; otherwise an example. */
function boundHelp({ value, measure }: Quantity, rule: NumberRule): Remedy {
  const [least, most] = boundsOf(rule, measure);
  const bound = Math.min(Math.max(value, least), most);
  if (bound === value || outside({ value: bound, measure }, rule) !== null) return exampleHelp(rule);
  return { help: `write \`${quantityText({ value: bound, measure })}\` or ${value < least ? "more" : "less"}` };
}

function unitFix(quantity: Quantity, rule: NumberRule, label: string): { help?: string; fix?: Fix } {
  const text = spanText(quantity.span);
  const bare = text.replace(/\s*(px|x|steps|epochs)$/, "");
  // In `steps: 20 epochs` both words are keys.
  if (quantity.measure !== label && [quantity.measure, label].every((each) => lengths.includes(each)))
    return { help: `write \`${quantity.measure}: ${bare}\`` };
  const [measure] = rule.measures;
  const missing = measure === "px" ? "px" : measure === "steps" ? " steps" : undefined;
  if (quantity.measure === "none" && missing !== undefined && literal.test(text))
    return { help: `write \`${text}${missing}\``, fix: { span: quantity.span, text: `${text}${missing}` } };
  // A percentage has another value than its digits.
  if (
    quantity.measure === "ratio" &&
    measure === "none" &&
    outside({ value: quantity.value, measure }, rule) === null
  ) {
    const share = String(Number(quantity.value.toPrecision(12)));
    return { help: `write \`${share}\``, fix: { span: quantity.span, text: share } };
  }
  // A unit where no unit is allowed, as in `steps: 200k steps`, can only be removed.
  if (rule.measures.length > 1 || measure !== "none" || bare === text || !literal.test(bare)) return {};
  return { help: `write \`${bare}\``, fix: { span: quantity.span, text: bare } };
}

/** Units that are also keys, for the length of a stage. */
const lengths: readonly string[] = ["steps", "epochs"] satisfies Measure[];

/** A number literal without a unit. */
const literal = /^[\d_.]+([eE][+-]?\d+)?[kMB]?$/;

function percentHelp(quantity: Quantity): { help?: string; fix?: Fix } {
  const text = spanText(quantity.span);
  const percent = quantity.measure === "none" && quantity.value > 1 && quantity.value <= 100;
  if (!percent) return {};
  const help = `did you mean \`${quantity.value}%\`?`;
  return literal.test(text) ? { help, fix: { span: quantity.span, text: `${text}%` } } : { help };
}

/** The allowed values, in words, if a number is out of bounds; null if it is within them. */
function outside({ value, measure }: Omit<Quantity, "span">, rule: NumberRule): string | null {
  const isWhole = countsWhole(rule, measure);
  if (isWhole && !Number.isInteger(value)) return "a whole number";
  const share = measure === "ratio" || (rule.measures.includes("ratio") && rule.most === 1);
  if (share && (value < 0 || value > 1)) return "ratio";
  const [least, most] = boundsOf(rule, measure);
  const below = excludes(rule, "low") ? value <= least : value < least;
  const above = excludes(rule, "high") ? value >= most : value > most;
  if (below || above) return boundsText(rule, below, measure);
  return !isWhole && value !== 0 && Math.abs(value) < smallest ? `at least ${smallest}` : null;
}

/** Engines compute in float32, whose smallest normal number is 1.2e-38: values far below it become 0. */
const smallest = 1e-30;

/** The bounds of a rule, combined with those of all numbers: counts are exact integers. */
function boundsOf({ least, most, ...rule }: NumberRule, measure: Measure): [number, number] {
  const end = countsWhole(rule, measure) ? Number.MAX_SAFE_INTEGER : largest.real;
  return [Math.max(least ?? -end, -end), Math.min(most ?? end, end)];
}

function countsWhole({ whole }: NumberRule, measure: Measure): boolean {
  return whole === true || whole === measure;
}

function excludes({ open }: NumberRule, bound: "low" | "high"): boolean {
  return open === bound || open === "both";
}

function boundsText(rule: NumberRule, below: boolean, measure: Measure): string {
  const [least, most] = boundsOf(rule, measure);
  const { open } = rule;
  const unit = measure === "px" ? "px" : "";
  const text = (bound: number): string => (measure === "ratio" ? `${bound * 100}%` : `${numberText(bound)}${unit}`);
  // For a wide range naming the violated bound is enough.
  if (open === undefined && most - least <= 1000) return `in ${text(least)}…${text(most)}`;
  if (below) return `${excludes(rule, "low") ? "above" : "at least"} ${text(least)}`;
  return `${excludes(rule, "high") ? "below" : "at most"} ${text(most)}`;
}

function numberText(bound: number): string {
  return Math.abs(bound) < 10_000 || Math.abs(bound) > 1e20 ? String(bound) : bound.toLocaleString("en-US");
}

function numberField(type: string, rule: NumberRule) {
  return valueField({ type, json: numberJson(rule) }, (node, input) => readNumber(node, input, rule)?.value ?? null);
}

function numberJson(rule: NumberRule): JsonSchema {
  const { whole, least, most } = rule;
  return {
    type: whole === undefined ? "number" : "integer",
    ...(least !== undefined && { [excludes(rule, "low") ? "exclusiveMinimum" : "minimum"]: least }),
    ...(most !== undefined && { [excludes(rule, "high") ? "exclusiveMaximum" : "maximum"]: most }),
  };
}

/** An integer, by default at least 1. */
export function count(options: { readonly least?: number; readonly most?: number } = {}) {
  const rule = {
    wanted: "a count",
    examples: [4, 2, 1],
    measures: ["none"],
    whole: true,
    least: 1,
    ...options,
  } as const;
  return numberField("count", rule);
}

/** One of several integers. */
export function oneOf<Number extends number>(...numbers: readonly Number[]) {
  const wanted = `one of ${numbers.join(", ")}`;
  const rule = { wanted: "a count", examples: numbers, measures: ["none"], whole: true } as const;
  return valueField({ type: numbers.join(" | "), json: { enum: numbers } }, (node, input): Number | null => {
    const quantity = readNumber(node, input, rule);
    if (quantity === null) return null;
    const { value, span } = quantity;
    const found = numbers.find((each) => each === value);
    if (found !== undefined) return found;
    const holes = { key: input.label, wanted, value: quantityText(quantity) };
    input.reading.report(diagnose("V207", span, holes, exampleHelp(rule)));
    return null;
  });
}

/** A number without a unit, by default at least 0. */
export function real(options: { readonly least?: number; readonly most?: number; readonly open?: Open } = {}) {
  const rule = { wanted: "a plain number", examples: [0.1, 1], measures: ["none"], least: 0, ...options } as const;
  return numberField("real", rule);
}

/** A share, 0…1, as `15%` or `0.15`; `open` excludes 0, 1 or both. */
export function ratio(options: { readonly open?: Open } = {}) {
  const rule = {
    wanted: "a ratio",
    examples: [0.15],
    measures: ["ratio", "none"],
    least: 0,
    most: 1,
    ...options,
  } as const;
  return numberField("ratio", rule);
}

/** A length in pixels. */
export function pixels(options: { readonly most?: number } = {}) {
  const rule = {
    wanted: "pixels (`px`)",
    examples: [224],
    measures: ["px"],
    whole: true,
    least: 1,
    ...options,
  } as const;
  return numberField("px", rule);
}

/** A factor, `20x` or `20`. */
export function factor(options: { readonly open?: Open } = {}) {
  const rule = { wanted: "a factor (`x`)", examples: [2], measures: ["factor", "none"], least: 0, ...options } as const;
  return numberField("factor", rule);
}

/** Bytes or seconds, as a plain number. */
export function measured(measure: "bytes" | "time") {
  const rule = {
    wanted: measureWords[measure],
    examples: [measure === "bytes" ? 2 ** 30 : 60],
    measures: [measure],
    least: 0,
  } as const;
  return numberField(measure, rule);
}

/** `10k steps`, `3 epochs`, and if `share` is true also `10%` of the stage. */
export function duration({ share, ...bounds }: { readonly share: boolean; readonly open?: Open }) {
  const measures: readonly Measure[] = share ? ["steps", "epochs", "ratio"] : ["steps", "epochs"];
  const wanted = share ? "a duration (`steps`, `epochs` or `%`)" : "a duration (`steps` or `epochs`)";
  const units = share ? "( steps| epochs|%)" : " (steps|epochs)";
  const json = { type: "string", pattern: `^${digits}${units}$` };
  return valueField({ type: "duration", json }, (node, input): Duration | null => {
    const rule = { wanted, examples: [1000], measures, least: 0, most: largest.steps, ...bounds };
    const quantity = readNumber(node, input, rule);
    if (quantity === null) return null;
    const { measure, value } = quantity;
    return { unit: measure === "steps" || measure === "epochs" ? measure : "stage", value };
  });
}

/** A width: `2x` of the model's width, or a number of features. */
export function width() {
  const rule = {
    wanted: "a width (`2x` the model's, or a count)",
    examples: [2],
    measures: ["factor", "none"],
    whole: "none",
    least: 0,
    most: largest.width,
    open: "low",
  } as const;
  const json = { anyOf: [numberJson(rule), { type: "string", pattern: `^${digits}x$` }] };
  return valueField({ type: "width", json }, (node, input) => {
    const quantity = readNumber(node, input, rule);
    return quantity === null ? null : { relative: quantity.measure === "factor", value: quantity.value };
  });
}
