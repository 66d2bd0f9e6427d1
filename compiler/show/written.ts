// The text of a value with its params put in, and which params these were.
import { children, positionAt, spanText, stringText, type Node, type Span } from "../../grammar/index.js";
import type { ValueNode } from "../resolve/blocks.js";
import type { Declared } from "../resolve/module.js";
import type { Params } from "../resolve/params.js";
import { readField, string } from "../schema/fields.js";
import { paramNamed, quantityOf, quantityText, type Reading } from "../schema/quantity.js";
import type { ParamUse, Origin } from "./shown.js";

/** What values are written with: the params, and what was found of each. */
export interface Writer {
  readonly params: Params;
  readonly known: Map<Declared, ParamText>;
}

/** What a value reads as once params are put in. */
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
  const { expression, subjectOrigin } = node;
  // A moved placement has its call from one declaration and its place from another.
  if (expression.kind === "placement" && expression.subject !== undefined && subjectOrigin !== undefined) {
    const subject = { ...node, expression: expression.subject, origin: subjectOrigin };
    const call = substituted(subject, writer);
    const place = substituted({ ...node, expression: { ...expression, subject: undefined } }, writer);
    return { text: `${call.text} ${place.text}`, params: [...call.params, ...place.params] };
  }
  return substituted(node, writer);
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

/** Replaces params by their values, from the outermost expression with a value inwards. */
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

/** The value of an expression over params, where all are numbers or all are strings. */
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

/** Reads without a word: what is wrong is the checker's to say. */
export function silent({ params }: Writer): Reading {
  return { report: () => undefined, param: params.get };
}

/** What may be a value under a node: not what is called, and not a key. */
function valuesUnder(node: Node): readonly Node[] {
  if (node.kind === "call") return node.args;
  if (node.kind === "setting") return [node.value];
  if (node.kind === "section") return [node.body];
  return children(node);
}

/** The params whose names stand in a value, in the order they are written. */
function paramsIn(part: Node, node: ValueNode): Declared[] {
  const declared = part.kind === "reference" ? paramNamed({ ...node, expression: part }) : undefined;
  return declared === undefined ? valuesUnder(part).flatMap((inner) => paramsIn(inner, node)) : [declared];
}

function firstOfName({ name }: ParamUse, i: number, all: readonly ParamUse[]): boolean {
  return all.findIndex((other) => other.name === name) === i;
}

/** Comments of the file that stand inside a value. */
function commentsIn({ expression: { span }, origin }: ValueNode): Span[] {
  if (span.file !== origin.module.file.source) return [];
  return origin.module.file.comments
    .map((comment) => comment.span)
    .filter(({ start, end }) => start >= span.start && end <= span.end);
}

interface ParamText {
  readonly text: string;
  /** Whether it needs parentheses inside of another value. */
  readonly compound: boolean;
  /** The param's use, and those of the params it stands for. */
  readonly all: readonly ParamUse[];
}

/** A param that stands for names may double its text at every step: a longer one stays a name. */
const longest = 2000;

/** The value of a param, and how it is derived; computed once. */
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
  // A param that is wrong, or is in a cycle, is shown as it is written.
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

/** The text of a span with parts of it replaced. */
function edited(span: Span, edits: readonly Edit[]): string {
  let text = "";
  let at = span.start;
  for (const edit of edits.toSorted((a, b) => a.span.start - b.span.start)) {
    text += span.file.text.slice(at, edit.span.start) + edit.text;
    at = edit.span.end;
  }
  return text + span.file.text.slice(at, span.end);
}
