// The types of values, as zod schemas over what was written: each reads one value, reports what is wrong with it at
// its place, and gives the plain result. Blocks and constructors are made of these.
import { z } from "zod";
import { didYouMean, plainName, spanText, type Expression, type Fix } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { BlockNode, MergedNode, ValueNode } from "../resolve/blocks.js";
import type { Duration } from "../spec/spec.js";
import {
  describe,
  follow,
  measureWords,
  paramNamed,
  quantityOf,
  quantityText,
  type Measure,
  type Quantity,
  type Reading,
} from "./quantity.js";

/** What a field reads: a value or a block, with the name it goes by in messages. */
export interface Input {
  readonly node: MergedNode;
  readonly label: string;
  readonly reading: Reading;
}

/** The type of a field as the reference page names it; empty where it was made by other means. */
export function typeOf(field: z.core.$ZodType): string {
  return String(z.globalRegistry.get(field)?.["type"] ?? "");
}

/** A field from a reader of written values; the reader reports what is wrong and then gives null. */
export function valueField<T>(type: string, read: (node: ValueNode, input: Input) => T | null) {
  return inputField<T>(type, (input) => {
    if (input.node.kind === "value") return read(input.node, input);
    const wanted = `a value: write \`${input.label}: …\``;
    input.reading.report(diagnose("V214", input.node.key, { key: input.label, wanted }));
    return null;
  });
}

/** A field from a reader of blocks: `attention { … }`. */
export function blockField<T>(type: string, read: (node: BlockNode, input: Input) => T | null) {
  return inputField<T>(type, (input) => {
    if (input.node.kind === "block") return read(input.node, input);
    const wanted = `a section: write \`${input.label} { … }\``;
    input.reading.report(diagnose("V214", input.node.key, { key: input.label, wanted }));
    return null;
  });
}

function inputField<T>(type: string, read: (input: Input) => T | null) {
  return z
    .custom<Input>((value) => value !== undefined)
    .transform((input, context): T => {
      const result = read(input);
      if (result !== null) return result;
      context.addIssue({ code: "custom", message: "reported" });
      return z.NEVER;
    })
    .meta({ type });
}

type Open = "low" | "high" | "both";

interface NumberRule {
  readonly wanted: string;
  readonly measures: readonly Measure[];
  readonly whole?: boolean;
  readonly least?: number;
  readonly most?: number;
  /** Which of the bounds are not allowed themselves. */
  readonly open?: Open;
}

function readNumber(node: ValueNode, input: Input, rule: NumberRule): Quantity | null {
  const quantity = quantityOf(node, input.reading, { label: input.label, wanted: rule.wanted });
  if (quantity === null) return null;
  const { report } = input.reading;
  const used = quantity.span.file === node.expression.span.file && quantity.span.start === node.expression.span.start;
  const related = used ? [] : [{ span: node.expression.span, message: `the value of \`${input.label}\`` }];
  const extra = { related };
  if (!rule.measures.includes(quantity.measure)) {
    const holes = { key: input.label, wanted: rule.wanted, found: measureWords[quantity.measure] };
    report(diagnose("V205", quantity.span, holes, { ...extra, ...unitFix(quantity, rule) }));
    return null;
  }
  const wrong = outside(quantity, rule);
  if (wrong === null) return quantity;
  const value = quantityText(quantity);
  if (wrong === "ratio")
    report(diagnose("V206", quantity.span, { key: input.label, value }, { ...extra, ...percentHelp(quantity) }));
  else report(diagnose("V207", quantity.span, { key: input.label, wanted: wrong, value }, extra));
  return null;
}

function unitFix(quantity: Quantity, rule: NumberRule): { help?: string; fix?: Fix } {
  const text = spanText(quantity.span);
  const [measure] = rule.measures;
  const missing = measure === "px" ? "px" : measure === "steps" ? " steps" : undefined;
  if (quantity.measure === "none" && missing !== undefined && literal.test(text))
    return { help: `write \`${text}${missing}\``, fix: { span: quantity.span, text: `${text}${missing}` } };
  // A unit that measures nothing here, as in `steps: 200k steps`, can only go; `50%` of something is another number.
  const plain = text.replace(/\s*(px|x|steps|epochs)$/, "");
  if (rule.measures.length > 1 || measure !== "none" || plain === text || !literal.test(plain)) return {};
  return { help: `write \`${plain}\``, fix: { span: quantity.span, text: plain } };
}

/** A number as it is written without a unit. */
const literal = /^[\d_.]+([eE][+-]?\d+)?[kMB]?$/;

function percentHelp(quantity: Quantity): { help?: string; fix?: Fix } {
  const text = spanText(quantity.span);
  const percent = quantity.measure === "none" && quantity.value > 1 && quantity.value <= 100;
  if (!percent) return {};
  const help = `did you mean \`${quantity.value}%\`?`;
  return literal.test(text) ? { help, fix: { span: quantity.span, text: `${text}%` } } : { help };
}

/** What a number outside of its bounds should have been, or null where it is inside. */
function outside({ value, measure }: Quantity, rule: NumberRule): string | null {
  if (rule.whole === true && !Number.isSafeInteger(value)) return "a whole number";
  const share = measure === "ratio" || (rule.measures.includes("ratio") && rule.most === 1);
  if (share && (value < 0 || value > 1)) return "ratio";
  const { least = -Infinity, most = Infinity } = rule;
  const below = excludes(rule, "low") ? value <= least : value < least;
  const above = excludes(rule, "high") ? value >= most : value > most;
  return below || above ? boundsText(rule, below, measure === "ratio" ? "%" : "") : null;
}

/** Whether a bound is itself not allowed. */
function excludes({ open }: NumberRule, bound: "low" | "high"): boolean {
  return open === bound || open === "both";
}

function boundsText(rule: NumberRule, below: boolean, unit: "%" | ""): string {
  const { least = -Infinity, most = Infinity, open } = rule;
  const text = (bound: number): string => (unit === "%" ? `${bound * 100}%` : String(bound));
  if (open === undefined && least > -Infinity && most < Infinity) return `in ${text(least)}…${text(most)}`;
  if (below) return `${excludes(rule, "low") ? "above" : "at least"} ${text(least)}`;
  return `${excludes(rule, "high") ? "below" : "at most"} ${text(most)}`;
}

/** A whole number, by default at least 1. */
export function count(options: { readonly least?: number; readonly most?: number } = {}) {
  const rule = { wanted: "a count", measures: ["none"], whole: true, least: 1, ...options } as const;
  return valueField("count", (node, input) => readNumber(node, input, rule)?.value ?? null);
}

/** A number without a unit, by default at least 0. */
export function real(options: { readonly least?: number; readonly most?: number; readonly open?: Open } = {}) {
  const rule = { wanted: "a plain number", measures: ["none"], least: 0, ...options } as const;
  return valueField("real", (node, input) => readNumber(node, input, rule)?.value ?? null);
}

/** A share of the whole, 0…1, as `15%` or `0.15`; `open` leaves out nothing, all or both. */
export function ratio(options: { readonly open?: Open } = {}) {
  const rule = { wanted: "a ratio", measures: ["ratio", "none"], least: 0, most: 1, ...options } as const;
  return valueField("ratio", (node, input) => readNumber(node, input, rule)?.value ?? null);
}

/** A length in pixels. */
export function pixels() {
  const rule = { wanted: "pixels (`px`)", measures: ["px"], whole: true, least: 1 } as const;
  return valueField("px", (node, input) => readNumber(node, input, rule)?.value ?? null);
}

/** A factor, `20x` or `20`. */
export function factor(options: { readonly open?: Open } = {}) {
  const rule = { wanted: "a factor (`x`)", measures: ["factor", "none"], least: 0, ...options } as const;
  return valueField("factor", (node, input) => readNumber(node, input, rule)?.value ?? null);
}

/** Bytes or seconds, as a plain number of them. */
export function measured(measure: "bytes" | "time") {
  const rule = { wanted: measureWords[measure], measures: [measure], least: 0 } as const;
  return valueField(measure, (node, input) => readNumber(node, input, rule)?.value ?? null);
}

/** `10k steps`, `3 epochs`, and where `share` is true also `10%` of the stage. */
export function duration({ share, ...bounds }: { readonly share: boolean; readonly open?: Open }) {
  const measures: readonly Measure[] = share ? ["steps", "epochs", "ratio"] : ["steps", "epochs"];
  const wanted = share ? "a duration (`steps`, `epochs` or `%`)" : "a duration (`steps` or `epochs`)";
  return valueField("duration", (node, input): Duration | null => {
    const quantity = readNumber(node, input, { wanted, measures, least: 0, ...bounds });
    if (quantity === null) return null;
    const { measure, value } = quantity;
    return { unit: measure === "steps" || measure === "epochs" ? measure : "stage", value };
  });
}

/** A width: `2x` of the model's, or a count of features. */
export function width() {
  const rule = {
    wanted: "a width (`2x` the model's, or a count)",
    measures: ["factor", "none"],
    least: 0,
    open: "low",
  } as const;
  return valueField("width", (node, input) => {
    const quantity = readNumber(node, input, rule);
    return quantity === null ? null : { relative: quantity.measure === "factor", value: quantity.value };
  });
}

export function string() {
  return valueField("string", (node, input): string | null => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    if (real.expression.kind === "string") return real.expression.value;
    return mismatch(real, input, "a string", unquotedString(real));
  });
}

/** `b.txt` for `"b.txt"`. */
function unquotedString({ expression }: ValueNode): { help?: string; fix?: Fix } {
  if (expression.kind !== "reference") return {};
  const text = `"${spanText(expression.span)}"`;
  return { help: `write \`${text}\``, fix: { span: expression.span, text } };
}

export function flag() {
  return valueField("true or false", (node, input): boolean | null => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    if (real.expression.kind === "boolean") return real.expression.value;
    return mismatch(real, input, "`true` or `false`", flagMeant(real));
  });
}

/** `True`, `yes` and the like, as other languages have them. */
function flagMeant({ expression }: ValueNode): { help?: string; fix?: Fix } {
  const word = expression.kind === "string" ? expression.value : wordText(expression);
  const meant = /^(true|yes|on)$/i.test(word ?? "")
    ? "true"
    : /^(false|no|off)$/i.test(word ?? "")
      ? "false"
      : undefined;
  return meant === undefined ? {} : { help: `write \`${meant}\``, fix: { span: expression.span, text: meant } };
}

/** One of a few words. */
export function choice<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return valueField<Words[number]>(words.join(" | "), (node, input) => {
    const own = wordIn(node, words);
    if (own !== undefined) return own;
    const real = paramNamed(node) === undefined ? node : follow(node, input.reading);
    if (real === null) return null;
    const word = wordIn(real, words);
    return word ?? notAWord(real, input, words);
  });
}

function wordIn<W extends string>(node: ValueNode, words: readonly W[]): W | undefined {
  const text = wordText(node.expression);
  return words.find((word) => word === text);
}

/** `"shared"` for `shared`: names are not strings. */
function unquoted({ expression }: ValueNode, words: readonly string[]): { help?: string; fix?: Fix } {
  if (expression.kind !== "string" || !words.includes(expression.value)) return {};
  return { help: `write \`${expression.value}\``, fix: { span: expression.span, text: expression.value } };
}

/** The word that an expression is: a plain name, or a constructor written without arguments. */
function wordText(expression: Expression): string | undefined {
  if (expression.kind === "reference") return plainName(expression)?.text;
  if (expression.kind === "call" && expression.args.length === 0) return plainName(expression.callee)?.text;
  return undefined;
}

function notAWord(node: ValueNode, input: Input, words: readonly string[]): null {
  const text = wordText(node.expression);
  const listed = words.map((word) => `\`${word}\``).join(", ");
  if (text === undefined)
    return mismatch(node, input, words.length === 1 ? listed : `one of ${listed}`, unquoted(node, words));
  const extra = didYouMean(node.expression.span, words, `the choices are ${listed}`, text);
  input.reading.report(diagnose("V208", node.expression.span, { key: input.label, found: text }, extra));
  return null;
}

/** `none` gives null; everything else is read by `field`. */
export function orNone<T>(field: z.ZodType<T>, type: string) {
  return inputField<{ readonly value: T | null }>(`${type} or none`, (input) => {
    if (input.node.kind === "value" && wordIn(input.node, ["none"]) !== undefined) return { value: null };
    const result = field.safeParse(input);
    return result.success ? { value: result.data } : null;
  }).transform(({ value }) => value);
}

/** A value read by `value`, or a block read by `block`. */
export function either<A, B>(value: z.ZodType<A>, block: z.ZodType<B>, type: string) {
  return inputField<{ readonly value: A } | { readonly block: B }>(type, (input) => {
    if (input.node.kind === "block") {
      const result = block.safeParse(input);
      return result.success ? { block: result.data } : null;
    }
    const result = value.safeParse(input);
    return result.success ? { value: result.data } : null;
  });
}

/** The value as written, for parts of the language with readers of their own: selectors, objectives, placements. */
export function written(type: string) {
  return valueField(type, (node) => node);
}

/** A block with free keys, as written. */
export function entries(type: string) {
  return blockField(type, (node) => node);
}

/** Reports that a value is of the wrong type; gives null. */
export function mismatch(
  node: ValueNode,
  input: Pick<Input, "label" | "reading">,
  wanted: string,
  extra: { readonly help?: string; readonly fix?: Fix } = {},
): null {
  const holes = { key: input.label, wanted, found: describe(node.expression) };
  input.reading.report(diagnose("V204", node.expression.span, holes, extra));
  return null;
}

/** The text of a value, for messages. */
export function valueText(node: ValueNode): string {
  return spanText(node.expression.span);
}
