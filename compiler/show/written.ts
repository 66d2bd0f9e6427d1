// The text of a value with its params substituted, and which params these were.
import { children, pathText, positionAt, spanText, stringText, type Node, type Span } from "../../grammar/index.js";
import { z } from "zod";
import type { BlockNode, MergedNode, ValueNode } from "../resolve/blocks.js";
import type { Declared } from "../resolve/module.js";
import type { Params } from "../resolve/params.js";
import { families } from "../schema/constructors.js";
import { readField, string } from "../schema/fields.js";
import { changedElements, elementsOf } from "../schema/lists.js";
import { argumentsOf, callOf } from "../schema/read.js";
import type { Signature } from "../schema/signature.js";
import { follow, paramNamed, quantityOf, quantityText, type Reading } from "../schema/quantity.js";
import type { ParamUse, Origin } from "./shown.js";

/** Context for writing values: the params, and memoized results. */
export interface Writer {
  readonly params: Params;
  readonly known: Map<Declared, ParamText>;
}

/** The text of a value with params substituted. */
export interface Text {
  readonly text: string;
  readonly params: readonly ParamUse[];
}

/** The origin of a span within a declaration. */
export function placeOf(span: Span, declared: Declared): Origin {
  const { line } = positionAt(span.file, span.start);
  return { file: span.file.path, line, declaration: declared.name };
}

/** A value as it would be written without params and comments; arithmetic over params is evaluated. */
export function writtenText(node: ValueNode, writer: Writer): Text {
  const { expression, subjectOrigin, changes, ...rest } = node;
  // The call of a moved placement and its layers come from two declarations; changes apply to the call.
  const moved = subjectOrigin !== undefined || changes !== undefined;
  if (expression.kind === "placement" && expression.subject !== undefined && moved) {
    const subject: ValueNode = { ...rest, expression: expression.subject, origin: subjectOrigin ?? node.origin };
    const call = writtenText(changes === undefined ? subject : { ...subject, changes }, writer);
    const { end } = expression.subject.span;
    // If both are in one expression, the call is cut off.
    const span = { ...expression.span, start: subjectOrigin === undefined ? end : expression.span.start };
    const place = substituted({ ...rest, expression: { ...expression, subject: undefined, span } }, writer);
    return joinedText([call, { ...place, text: place.text.trim() }], " ");
  }
  return changes === undefined ? substituted(node, writer) : changedText(node, changes, writer);
}

function joinedText(parts: readonly Text[], mark: string): Text {
  return { text: parts.map(({ text }) => text).join(mark), params: parts.flatMap(({ params }) => params) };
}

/** A call, or a list of calls, with the arguments that were changed separately. */
function changedText(node: ValueNode, changes: BlockNode, writer: Writer): Text {
  const real = follow(node, silent(writer)) ?? node;
  const changed = { ...real, changes };
  if (real.expression.kind === "list") {
    const elements = changedElements(changed, silent(writer)) ?? [];
    const inner = joinedText(
      elements.map((each) => writtenText(each, writer)),
      ", ",
    );
    return { ...inner, text: `[${inner.text}]` };
  }
  const call = callOf(real);
  if (call === null) return substituted(real, writer);
  const name = pathText(call.callee);
  const signature = signatureNamed(name);
  const args = argumentsOf(call, changed, signature, silent(writer));
  const texts = [...args].flatMap(([key, argument]) => {
    if (key !== signature.rest || argument.kind === "block") return [keyedText(key, argument, writer)];
    return elementsOf(argument.expression).map((expression) => writtenText({ ...argument, expression }, writer));
  });
  const inner = joinedText(texts, ", ");
  return { ...inner, text: `${name}(${inner.text})` };
}

function keyedText(key: string, node: MergedNode, writer: Writer): Text {
  const value = node.kind === "block" ? blockText(node, writer) : writtenText(node, writer);
  return { ...value, text: `${key}: ${value.text}` };
}

function blockText({ entries }: BlockNode, writer: Writer): Text {
  const inner = joinedText(
    [...entries].map(([key, { node }]) => keyedText(key, node, writer)),
    ", ",
  );
  return { ...inner, text: `{ ${inner.text} }` };
}

const open: Signature = { doc: "", schema: z.object({}) };

function signatureNamed(name: string): Signature {
  const all: readonly Readonly<Record<string, Signature>>[] = Object.values(families);
  return all.find((family) => Object.hasOwn(family, name))?.[name] ?? open;
}

function substituted(node: ValueNode, writer: Writer): Text {
  const { expression } = node;
  const comments = commentsIn(node).map((span) => ({ span, text: "" }));
  const edits = paramEdits(expression, node, writer);
  const uses = paramsIn(expression, node).flatMap((declared) => paramText(declared, writer).all);
  return { text: edited(expression.span, [...comments, ...edits]), params: uses.filter(firstOfName) };
}

interface Edit {
  readonly span: Span;
  readonly text: string;
}

/** Replaces params by their values, starting with the outermost expression that has a value. */
function paramEdits(part: Node, node: ValueNode, writer: Writer): Edit[] {
  if (part.kind === "binary" || part.kind === "unary") {
    const text = workedOut({ ...node, expression: part }, writer);
    if (text !== null) return [{ span: part.span, text }];
  }
  if (part.kind === "reference") {
    const declared = paramNamed({ ...node, expression: part });
    if (declared === undefined) return children(part).flatMap((inner) => paramEdits(inner, node, writer));
    const { text, compound } = paramText(declared, writer);
    return [{ span: part.span, text: compound && part !== node.expression ? `(${text})` : text }];
  }
  return valuesUnder(part).flatMap((inner) => paramEdits(inner, node, writer));
}

/** The value of an expression over params, if all are numbers or all are strings. */
function workedOut(node: ValueNode, writer: Writer): string | null {
  const values = paramsIn(node.expression, node).map((declared) => writer.params.get(declared));
  if (values.length === 0) return null;
  if (values.every((value) => value !== null && value.quantity !== null)) {
    const quantity = quantityOf(node, silent(writer), noWords);
    return quantity === null ? null : quantityText(quantity);
  }
  if (!values.every((value) => value?.node.expression.kind === "string")) return null;
  const joined = readField(string(), { node, label: "", reading: silent(writer) });
  return joined.success ? stringText(joined.data) : null;
}

const noWords = { label: "", wanted: "" };

/** A reading that reports nothing: mistakes are reported by the checker. */
export function silent({ params }: Writer): Reading {
  return { report: () => undefined, param: params.get };
}

/** Subexpressions that may be values: neither callees nor keys. */
function valuesUnder(node: Node): readonly Node[] {
  if (node.kind === "call") return node.args;
  if (node.kind === "setting") return [node.value];
  if (node.kind === "section") return [node.body];
  return children(node);
}

/** The params that occur in a value, in source order. */
function paramsIn(part: Node, node: ValueNode): Declared[] {
  const declared = part.kind === "reference" ? paramNamed({ ...node, expression: part }) : undefined;
  return declared === undefined ? valuesUnder(part).flatMap((inner) => paramsIn(inner, node)) : [declared];
}

function firstOfName({ name }: ParamUse, i: number, all: readonly ParamUse[]): boolean {
  return all.findIndex((other) => other.name === name) === i;
}

function commentsIn({ expression: { span }, origin }: ValueNode): Span[] {
  if (span.file !== origin.module.file.source) return [];
  return origin.module.file.comments
    .map((comment) => comment.span)
    .filter(({ start, end }) => start >= span.start && end <= span.end);
}

interface ParamText {
  readonly text: string;
  /** Whether it needs parentheses inside another value. */
  readonly compound: boolean;
  /** The use of the param, and of the params in its value. */
  readonly all: readonly ParamUse[];
}

/** Longest text: params that contain params may double it at every step; a longer one is shown as written, with their names. */
const longest = 2000;

/** The text of a param's value, and its derivation; memoized. */
export function paramText(declared: Declared, writer: Writer): ParamText {
  const known = writer.known.get(declared);
  if (known !== undefined) return known;
  const found = findParamText(declared, writer);
  writer.known.set(declared, found);
  return found;
}

function findParamText(declared: Declared, writer: Writer): ParamText {
  if (declared.node.kind !== "param") throw new Error("internal: not a param");
  const value = writer.params.get(declared);
  const replacement = writer.params.replacement(declared);
  const expression = replacement ?? declared.node.value;
  const own: ValueNode = { kind: "value", expression, origin: declared, key: declared.node.name.span };
  // A param with a mistake or in a cycle is shown as written.
  const full = value === null ? null : writtenText(own, writer);
  const below = full !== null && full.text.length <= longest ? full : { text: spanText(expression.span), params: [] };
  const use: ParamUse = {
    name: declared.name,
    value: below.text,
    place: placeOf(declared.node.span, declared),
    over: replacement === undefined ? null : spanText(declared.node.value.span),
  };
  const kind = value?.quantity === null ? value.node.expression.kind : undefined;
  const compound = kind === "binary" || kind === "placement";
  return { text: below.text, compound, all: [use, ...below.params] };
}

function edited(span: Span, edits: readonly Edit[]): string {
  let text = "";
  let at = span.start;
  for (const edit of edits.toSorted((a, b) => a.span.start - b.span.start)) {
    text += span.file.text.slice(at, edit.span.start) + edit.text;
    at = edit.span.end;
  }
  return text + span.file.text.slice(at, span.end);
}
