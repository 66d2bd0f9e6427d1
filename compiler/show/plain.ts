// A declaration as plain JSON, its values after `extends`, params and defaults, for programs that read specifications.
// docs/language/vlmo.schema.json describes the format.
import { z } from "zod";
import { pathText, spanText } from "../../grammar/index.js";
import type { BlockNode, ValueNode } from "../resolve/blocks.js";
import type { Merged } from "../resolve/extend.js";
import { recordText } from "../schema/defaults.js";
import { changedElements } from "../schema/lists.js";
import { withDefault } from "../schema/read.js";
import type { Keys } from "./schemas.js";
import type { Shown, Json, JsonObject } from "./shown.js";
import { silent, writtenText, type Writer } from "./written.js";

/**
 * A declaration with its body by key. Numbers are in the unit of their type (pixels, ratios of 1); durations, relative
 * widths, and values with their own parsers (selectors, objectives, names) are text. Invalid values are kept as written.
 */
export function plainDeclaration(merged: Merged, keys: Keys, writer: Writer): JsonObject {
  const { declared, body } = merged;
  const { doc } = declared.node;
  return {
    ...(doc !== undefined && { doc }),
    ...headings(merged),
    ...(declared.kind === "evaluate" && { metrics: body.items.map((item) => writtenText(item, writer).text) }),
    ...plainBlock(body, keys, writer),
  };
}

/** The declarations of a file as one document, by kind and name. */
export function plainSpec(declarations: readonly Shown[]): JsonObject {
  const kinds = [...new Set(declarations.map(({ kind }) => kind))];
  const ofKind = (kind: string): JsonObject =>
    Object.fromEntries(
      declarations
        .filter((shown) => shown.kind === kind)
        .map(({ name, plain: own, param }): [string, Json] => [name, own ?? param?.value.value ?? null]),
    );
  return { vlmo: 1, ...Object.fromEntries(kinds.map((kind) => [kind, ofKind(kind)])) };
}

/** The clauses before the block. */
function headings({ declared: { node }, call, origin, on, using }: Merged): JsonObject {
  const what = call?.what;
  const features = node.kind === "head" && what?.args.map(({ value }) => spanText(value.span));
  return {
    ...(what !== undefined && { kind: pathText(what.callee) }),
    ...(features && { features }),
    ...(node.kind === "stage" && { word: node.word }),
    ...(origin !== undefined && { from: originText(spanText(origin.what.span)) }),
    ...(on !== undefined && { on: on.what.text }),
    ...(using !== undefined && { using: using.what.text }),
  };
}

function originText(text: string): string {
  return text.replace(/^from\s+/, "");
}

function plainBlock(block: BlockNode, keys: Keys, writer: Writer): JsonObject {
  const free = [...block.entries.keys()].filter((key) => !keys.fields.has(key));
  const values = [...keys.fields.keys(), ...free].flatMap((key): [string, Json][] => {
    const value = plainEntry(key, block, keys, writer);
    return value === undefined ? [] : [[key, value]];
  });
  return Object.fromEntries(values);
}

function plainEntry(key: string, block: BlockNode, keys: Keys, writer: Writer): Json | undefined {
  const node = block.entries.get(key)?.node;
  const field = keys.fields.get(key);
  const inner = keys.section(key);
  if (node?.kind === "block" && hasKeys(inner)) return plainBlock(node, inner, writer);
  if (field === undefined) return node === undefined ? undefined : plain(node, writer);
  const given = node === undefined ? undefined : withDefault(field, { node, label: key, reading: silent(writer) });
  const read = z.safeParse(field, given);
  if (read.success) return plain(read.data, writer);
  return node === undefined ? undefined : plain(node, writer);
}

function hasKeys({ fields }: Keys): boolean {
  return fields.size > 0;
}

/** A parsed value as JSON; undefined for a key that was left out and has no default. */
function plain(value: unknown, writer: Writer): Json | undefined {
  if (value === undefined || value === null) return value;
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  if (Array.isArray(value)) return value.map((each) => plain(each, writer) ?? null);
  if (typeof value !== "object") throw new Error("internal: a value that is no data");
  if (isValue(value)) return writtenJson(value, writer);
  if (isBlock(value)) return freeBlock(value, writer);
  return plainRecord(new Map(Object.entries(value)), writer);
}

function isValue(value: object): value is ValueNode {
  return "expression" in value && "origin" in value;
}

function isBlock(value: object): value is BlockNode {
  return "entries" in value && "origin" in value;
}

/** The text of a value with its own parser, such as a selector; for a list, the texts of its elements. */
function writtenJson(node: ValueNode, writer: Writer): Json {
  const { expression } = node;
  if (expression.kind !== "list" || !expression.bracketed) return writtenText(node, writer).text;
  const elements = changedElements(node, silent(writer));
  return elements?.map((element) => writtenText(element, writer).text) ?? writtenText(node, writer).text;
}

/** A block with free keys. */
function freeBlock({ entries }: BlockNode, writer: Writer): JsonObject {
  return Object.fromEntries([...entries].map(([key, { node }]) => [key, plain(node, writer) ?? null]));
}

/** Durations and widths; values that may also be blocks; calls, under the name of their constructor; sections. */
function plainRecord(record: ReadonlyMap<string, unknown>, writer: Writer): Json {
  if (record.has("unit")) return recordText(record);
  if (record.has("relative")) return record.get("relative") === true ? recordText(record) : Number(record.get("value"));
  if (record.size === 1 && (record.has("value") || record.has("block")))
    return plain(record.get("value") ?? record.get("block"), writer) ?? null;
  const kind = record.get("kind");
  const values = [...record].flatMap(([key, value]): [string, Json][] => {
    const json = key === "kind" || key === "place" ? undefined : plain(value, writer);
    return json === undefined ? [] : [[key, json]];
  });
  return typeof kind === "string" ? { [kind]: Object.fromEntries(values) } : Object.fromEntries(values);
}
