// Fields of several values: lists, and ranges.
import type { z } from "zod";
import { pathText, spanText, type Expression } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { ValueNode } from "../resolve/blocks.js";
import { mismatch, nothingToChange, readField, typeOf, valueField, type Input } from "./fields.js";
import { follow, type Reading } from "./quantity.js";

interface ListOptions<T> {
  /** No duplicates, by value or by this key. */
  readonly distinct?: true | ((value: T) => unknown);
  readonly least?: number;
  readonly most?: number;
}

/** A list whose elements `element` reads; a single value is a list of one. */
export function list<T>(element: z.ZodType<T>, { distinct, least = 0, most = Infinity }: ListOptions<T> = {}) {
  const { type, json, changeable = false } = typeOf(element);
  const all = {
    type: "array",
    items: json,
    ...(distinct !== undefined && { uniqueItems: true }),
    ...(least > 0 && { minItems: least }),
    ...(most < Infinity && { maxItems: most }),
  };
  return valueField({ type: `list of ${type}`, json: all, changeable }, (node, input): T[] | null => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    const parts = elementsOf(real.expression);
    const nodes = changedElements(
      { ...real, ...(node.changes !== undefined && { changes: node.changes }) },
      input.reading,
    );
    const read = nodes?.map((each) => readField(element, { ...input, node: each })) ?? [];
    const values = read.flatMap((result) => (result.success ? [result.data] : []));
    if (values.length < parts.length) return null;
    if (!hasLength(parts, { least, most }, real, input)) return null;
    if (distinct !== undefined) reportRepeated(distinct === true ? values : values.map(distinct), parts, input.reading);
    return values;
  });
}

/** Whether the length of a list is within its bounds; otherwise that is reported. */
export function hasLength(
  parts: readonly Expression[],
  { least, most }: { readonly least: number; readonly most: number },
  { expression }: ValueNode,
  { label, reading }: Pick<Input, "label" | "reading">,
): boolean {
  if (parts.length >= least && parts.length <= most) return true;
  const isShort = parts.length < least;
  const wanted = `a list of ${isShort ? `at least ${least}` : `at most ${most}`}`;
  const help = isShort ? "write what is missing in it" : "take out what is too many, or leave the key out";
  reading.report(diagnose("V207", expression.span, { key: label, wanted, value: `one of ${parts.length}` }, { help }));
  return false;
}

/** The elements of a list; a single value is a list of one. */
export function elementsOf(expression: Expression): readonly Expression[] {
  return expression.kind === "list" ? expression.elements : [expression];
}

/**
 * The elements as values, each with the changes that paths make to it: `augment.flip.rate`. Null: a path matches no
 * element, which was reported.
 */
export function changedElements({ changes, ...list }: ValueNode, reading: Reading): ValueNode[] | null {
  const nodes = elementsOf(list.expression).map((expression): ValueNode => {
    const own = changes?.entries.get(constructorOf(expression) ?? "")?.node;
    return { ...list, expression, ...(own?.kind === "block" && { changes: own }) };
  });
  const names = elementsOf(list.expression).map(constructorOf);
  for (const [name, { reference, node }] of changes?.entries ?? []) {
    if (node.kind === "block" && names.includes(name)) continue;
    const reason = names.includes(name) ? "it names no argument" : `there is no \`${name}\` in the list`;
    return nothingToChange(reference.span, reading, reason);
  }
  return nodes;
}

function constructorOf(expression: Expression): string | undefined {
  if (expression.kind === "call") return pathText(expression.callee);
  return expression.kind === "reference" ? pathText(expression) : undefined;
}

/** Reports every value of a list that occurs before; `parts` are their spans. */
export function reportRepeated(values: readonly unknown[], parts: readonly Expression[], reading: Reading): void {
  const first = new Map<unknown, Expression>();
  values.forEach((value, i) => {
    const part = parts[i];
    const before = first.get(value);
    if (part === undefined) return;
    if (before === undefined) first.set(value, part);
    else {
      const related = [{ span: before.span, message: "first here" }];
      reading.report(
        diagnose("V202", part.span, { key: spanText(part.span) }, { related, help: "keep one of the two" }),
      );
    }
  });
}

/** A list with one value for each of these names, in their order: `[left, top, width, height]`. */
export function tuple<const Names extends readonly string[], T>(names: Names, element: (name: string) => z.ZodType<T>) {
  type Values = { [I in keyof Names]: T };
  const fields = names.map(element);
  const shape = `[${names.join(", ")}]`;
  const json = {
    type: "array",
    prefixItems: fields.map((field) => typeOf(field).json),
    items: false,
    minItems: names.length,
  };
  return valueField({ type: shape, json }, (node, input): Values | null => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    const { expression } = real;
    if (expression.kind !== "list" || expression.elements.length !== fields.length)
      return mismatch(real, input, `\`${shape}\``);
    const values = fields.flatMap((field, i) => {
      const part = expression.elements
        .slice(i, i + 1)
        .map((each) => ({ ...input, node: { ...real, expression: each } }));
      return part.map((each) => readField(field, each)).flatMap((result) => (result.success ? [result.data] : []));
    });
    // Boundary: there is one value for each of the names.
    return values.length < fields.length ? null : (values as unknown as Values);
  });
}

/** `low..high`, both ends read by `element`. */
export function range<T>(element: z.ZodType<T>) {
  const { type, json } = typeOf(element);
  const pair = { type: "array", prefixItems: [json, json], items: false, minItems: 2 };
  return valueField({ type: `range of ${type}`, json: pair }, (node, input): [T, T] | null => {
    const real = follow(node, input.reading);
    if (real === null) return null;
    const { expression } = real;
    if (expression.kind !== "range") return mismatch(real, input, "a range `low..high`", bothEnds(expression));
    const ends = [expression.low, expression.high].map((end) =>
      readField(element, { ...input, node: { ...real, expression: end } }),
    );
    const [low, high] = ends;
    if (low?.success !== true || high?.success !== true) return null;
    return isUpwards(low.data, high.data) ? [low.data, high.data] : downwards(expression, input);
  });
}

/** How to write a single number as a range; whether it was meant as one end of a wider range is unknown. */
function bothEnds({ kind, span }: Expression): { help?: string } {
  if (kind !== "number") return {};
  const one = spanText(span);
  return { help: `write \`${one}..${one}\` for this one value` };
}

function isUpwards(low: unknown, high: unknown): boolean {
  return typeof low !== "number" || typeof high !== "number" || low <= high;
}

function downwards({ low, high, span }: Extract<Expression, { kind: "range" }>, { label, reading }: Input): null {
  const text = `${spanText(high.span)}..${spanText(low.span)}`;
  const holes = { key: label, wanted: "a range that runs upwards", value: spanText(span) };
  reading.report(diagnose("V207", span, holes, { help: `write \`${text}\``, fix: { span, text } }));
  return null;
}
