// The types of values, as zod schemas over syntax nodes: each reads one value, reports mistakes at their spans, and
// returns the plain result. Blocks and constructors are made of these; numbers are in numbers.ts.
import { z } from "zod";
import { listed, plainName, spanText, type Expression, type Fix, type Remedy, type Span } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { BlockNode, MergedNode, ValueNode } from "../resolve/blocks.js";
import { optionPath } from "../resolve/module.js";
import { nameMeant } from "./meant.js";
import { most } from "./most.js";
import { describe, follow, paramNamed, type Reading } from "./quantity.js";
import type { Placed } from "./signature.js";

/** Input of a field: a value or a block, and its name in messages. */
export interface Input {
  readonly node: MergedNode;
  readonly label: string;
  readonly reading: Reading;
}

/** A JSON Schema, or a part of one. */
export type JsonSchema = Readonly<Record<string, unknown>>;

/** A field in the reference: the name of its type, and the JSON Schema of its values. */
export interface FieldType {
  readonly type: string;
  readonly json: JsonSchema;
  /** Whether its reader handles changes by path: `optimizer.lr: 5e-5`. */
  readonly changeable?: boolean;
}

const types = new WeakMap<z.core.$ZodType, FieldType>();

/** The type of a field; without a name if it was not made by this module. */
export function typeOf(field: z.core.$ZodType): FieldType {
  // Documenting a field makes a copy of it.
  const original = field._zod.parent;
  return types.get(field) ?? (original === undefined ? nameless : typeOf(original));
}

const nameless: FieldType = { type: "", json: {} };

/** The field inside `default`, `optional` and `none` wrappers, which knows its type. */
export function bare(field: z.core.$ZodType): z.core.$ZodType {
  let inner = field;
  while (typeOf(inner).type === "") {
    if (inner instanceof z.ZodDefault || inner instanceof z.ZodOptional || inner instanceof z.ZodNullable)
      inner = inner.def.innerType;
    else if (inner instanceof z.ZodPipe) inner = inner.def.in;
    else return inner;
  }
  return inner;
}

/** The type of the field inside the wrappers. */
export function fieldType(field: z.core.$ZodType): FieldType {
  return typeOf(bare(field));
}

/** Documents a key; its type stays. */
export function doc<T extends z.ZodType>(field: T, text: string): T {
  return field.meta({ ...field.meta(), description: text });
}

/** The documentation of a key, a sentence. */
export function docOf(schema: z.core.$ZodType): string {
  return z.globalRegistry.get(schema)?.description ?? "";
}

/** How to write a missing key, and what it is for. */
export function keyHelp(schema: z.ZodObject, key: string): { help: string } {
  return helpOf(schema, key, `${key}${keyForm(typeIn(schema, key))}`);
}

/** How to write a call with its missing argument, and what that is for: `hard(…)`, `adamw(lr: …)`. */
export function argumentHelp(signature: Placed, owner: string, key: string): { help: string } {
  return helpOf(signature.schema, key, `${owner}(${argumentForm(signature, key)})`);
}

/** An argument as it is written: a positional one by the first of its words, `image`, if it has any. */
export function argumentForm({ schema, positional = [], rest }: Placed, key: string): string {
  if (key !== rest && !positional.includes(key)) return `${key}: …`;
  const [, word = "…"] = /^(?:list of )?(\w+) \| /.exec(typeIn(schema, key)) ?? [];
  return word;
}

function helpOf(schema: z.ZodObject, key: string, form: string): { help: string } {
  const field = schema.shape[key];
  const doc = field === undefined ? "" : docOf(field).replace(/\.$/, "");
  return { help: `write \`${form}\`${doc === "" ? "" : ` (${doc})`}` };
}

function typeIn(schema: z.ZodObject, key: string): string {
  const field = schema.shape[key];
  if (field === undefined) throw new Error(`internal: no key ${key}`);
  return fieldType(field).type;
}

/** The text after a key: ` { … }` for a section, `: adamw(…)` for a constructor. */
function keyForm(type: string): string {
  if (type === "section") return " { … }";
  const family = /^[a-z ]+: (\w+)/.exec(type)?.[1];
  return family === undefined ? ": …" : `: ${family}(…)`;
}

/** A field from a reader of values; the reader reports mistakes and then returns null. */
export function valueField<T>(type: FieldType, read: (node: ValueNode, input: Input) => T | null) {
  return inputField<T>(type, (input) => {
    const { node } = input;
    if (node.kind === "value" && node.changes !== undefined && type.changeable !== true)
      return nothingToChange(node.changes.key, input.reading, `\`${input.label}\` has no arguments of its own`);
    if (node.kind === "value") return read(node, input);
    const help = `write \`${input.label}${keyForm(type.type)}\``;
    input.reading.report(diagnose("V214", input.node.key, { key: input.label, wanted: "a value" }, { help }));
    return null;
  });
}

/** A field from a reader of blocks: `attention { … }`. */
export function blockField<T>(type: FieldType, read: (node: BlockNode, input: Input) => T | null) {
  return inputField<T>(type, (input) => {
    if (input.node.kind === "block") return read(input.node, input);
    const help = `write \`${input.label} { … }\``;
    input.reading.report(diagnose("V214", input.node.key, { key: input.label, wanted: "a section" }, { help }));
    return null;
  });
}

/** Reports a path with nothing to change; returns null. */
export function nothingToChange(path: Span, { report }: Reading, reason: string): null {
  report(diagnose("V651", path, { path: spanText(path), reason }));
  return null;
}

function inputField<T>(type: FieldType, read: (input: Input) => T | null) {
  const field = z
    .custom<Input>((value) => value !== undefined)
    .transform((input, context): T => {
      const result = read(input);
      if (result !== null) return result;
      context.addIssue({ code: "custom", message: "reported" });
      return z.NEVER;
    });
  types.set(field, type);
  readers.set(field, read);
  return field;
}

type Reader = (input: Input) => unknown;

const readers = new WeakMap<z.core.$ZodType, Reader | null>();

/** The reader of a field, if zod wraps it in nothing but `default` or `optional`. */
function readerOf(field: z.core.$ZodType): Reader | null {
  const known = readers.get(field);
  if (known !== undefined) return known;
  const checked = (field._zod.def.checks ?? []).length > 0;
  const inside = checked
    ? undefined
    : (field._zod.parent ?? (isOptional(field) ? field._zod.def.innerType : undefined));
  const reader = inside === undefined ? null : readerOf(inside);
  readers.set(field, reader);
  return reader;
}

function isOptional(field: z.core.$ZodType): field is z.core.$ZodOptional | z.core.$ZodDefault {
  const { type } = field._zod.def;
  return type === "optional" || type === "default";
}

type FieldResult<T> = { readonly success: true; readonly data: T } | { readonly success: false };

/** Equivalent to `safeParse`, but several times as fast if the value only passes through zod to its own reader. */
export function readField<T>(field: z.ZodType<T>, input: Input): FieldResult<T> {
  const reader = readerOf(field);
  if (reader === null) return field.safeParse(input);
  const data = reader(input);
  // Boundary: a field returns what its reader returns.
  return data === null ? { success: false } : { success: true, data: data as T };
}

/** A string, strings joined by `+`, or a param with a string. */
export function string() {
  return valueField({ type: "string", json: { type: "string" } }, textOf);
}

function textOf(node: ValueNode, input: Input): string | null {
  const real = follow(node, input.reading);
  if (real === null) return null;
  const { expression } = real;
  if (expression.kind === "string") return expression.value;
  const typed = spanText(expression.span);
  // The shell strips quotes from the arguments of an option.
  if (expression.span.file.path === optionPath && !typed.includes('"')) return typed;
  if (expression.kind !== "binary" || expression.operator !== "+")
    return mismatch(real, input, "a string", unquotedString(real));
  const [left, right] = [expression.left, expression.right].map((part) => textOf({ ...real, expression: part }, input));
  if (typeof left !== "string" || typeof right !== "string") return null;
  const length = left.length + right.length;
  if (length <= most.characters) return left + right;
  const holes = { key: input.label, wanted: `at most ${most.characters} characters long`, value: `${length}` };
  input.reading.report(diagnose("V207", expression.span, holes));
  return null;
}

/** `b.txt` for `"b.txt"`. */
function unquotedString({ expression }: ValueNode): { help?: string; fix?: Fix } {
  if (expression.kind !== "reference") return {};
  const text = `"${spanText(expression.span)}"`;
  return { help: `write \`${text}\``, fix: { span: expression.span, text } };
}

/** `true` or `false`, or a param with one of them. */
export function flag() {
  return valueField({ type: "true or false", json: { type: "boolean" } }, (node, input): boolean | null => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    if (real.expression.kind === "boolean") return real.expression.value;
    return mismatch(real, input, "`true` or `false`", flagMeant(real));
  });
}

/** `True`, `yes` and the like, from other languages. */
function flagMeant({ expression }: ValueNode): { help?: string; fix?: Fix } {
  const word = expression.kind === "string" ? expression.value : wordText(expression);
  const meant = /^(true|yes|on)$/i.test(word ?? "")
    ? "true"
    : /^(false|no|off)$/i.test(word ?? "")
      ? "false"
      : undefined;
  return meant === undefined ? {} : { help: `write \`${meant}\``, fix: { span: expression.span, text: meant } };
}

/** One of several words. */
export function choice<const Words extends readonly [string, ...string[]]>(...words: Words) {
  return valueField<Words[number]>({ type: words.join(" | "), json: { enum: words } }, (node, input) => {
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

/** `"shared"` for `shared`: names are not strings. One of `words`, or any name. */
export function unquoted(
  { expression }: Pick<ValueNode, "expression">,
  words?: readonly string[],
): { help?: string; fix?: Fix } {
  if (expression.kind !== "string") return {};
  if (words === undefined ? !/^[A-Za-z_]\w*$/.test(expression.value) : !words.includes(expression.value)) return {};
  return { help: `write \`${expression.value}\``, fix: { span: expression.span, text: expression.value } };
}

/** The word of an expression: a plain name, or a constructor written without arguments. */
function wordText(expression: Expression): string | undefined {
  const word = expression.kind === "call" && expression.args.length === 0 ? expression.callee : expression;
  return plainName(word)?.text;
}

function notAWord(node: ValueNode, input: Input, words: readonly string[]): null {
  const text = wordText(node.expression);
  const all = listed(words);
  if (text === undefined)
    return mismatch(node, input, words.length === 1 ? all : `one of ${all}`, unquoted(node, words));
  const { span } = node.expression;
  const otherwise = `the choices are ${all}`;
  const remedy = nameMeant({ span, what: input.label, names: words, otherwise, name: text });
  input.reading.report(diagnose("V208", span, { key: input.label, found: text }, remedy));
  return null;
}

/** `none` reads as null; everything else is read by `field`. */
export function orNone<T>(field: z.ZodType<T>) {
  const { type, json } = typeOf(field);
  const none = { type: `${type} or none`, json: { anyOf: [json, { type: "null" }] } };
  return inputField<{ readonly value: T | null }>(none, (input) => {
    if (input.node.kind === "value" && wordIn(input.node, ["none"]) !== undefined) return { value: null };
    if (input.node.kind === "value" && isNothing(input.node))
      return mismatch(input.node, input, "a value or `none`", instead(input.node, "none"));
    const result = readField(field, input);
    return result.success ? { value: result.data } : null;
  }).transform(({ value }) => value);
}

/** `None`, `null` and the like, from other languages, unless a param has that name. */
function isNothing(node: ValueNode): boolean {
  const { expression } = node;
  if (expression.kind === "boolean") return !expression.value;
  const word = expression.kind === "string" ? expression.value : wordText(expression);
  return /^(none|null|nil|nothing|false|off|no)$/i.test(word ?? "") && paramNamed(node) === undefined;
}

function instead({ expression: { span } }: ValueNode, text: string): Remedy {
  return { help: `write \`${text}\``, fix: { span, text } };
}

/** A value read by `value`, or a block read by `block`. */
export function either<A, B>(value: z.ZodType<A>, block: z.ZodType<B>) {
  const [one, other] = [typeOf(value), typeOf(block)];
  const type = { type: `${one.type}, or ${other.type}`, json: { anyOf: [one.json, other.json] } };
  return inputField<{ readonly value: A } | { readonly block: B }>(type, (input) => {
    if (input.node.kind === "block") {
      const result = readField(block, input);
      return result.success ? { block: result.data } : null;
    }
    const result = readField(value, input);
    return result.success ? { value: result.data } : null;
  });
}

/** The syntax node itself, for parts of the language with their own parsers: selectors, objectives, placements. */
export function written(type: string, { changeable = false } = {}) {
  return valueField({ type, json: asWritten, changeable }, (node) => node);
}

/** The text of such a value; for a list, the texts of its elements. */
const asWritten = { type: ["string", "array"], items: { type: "string" } };

/** A block with free keys, as written. */
export function entries(type: string) {
  return blockField({ type, json: { type: "object" } }, (node) => node);
}

/** Reports a value of the wrong type; returns null. */
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
