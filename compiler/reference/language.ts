// The language as data: every block, head, data format and constructor with its keys, from the schemas that the checker
// uses. Source of the reference page, the JSON Schema and `vlmo explain`.
import { z } from "zod";
import { featureNames } from "../check/head/features.js";
import { factNames } from "../check/claims/static-facts.js";
import { headFeatures } from "../check/head/features-fit.js";
import { headKinds, ruleOf } from "../heads/index.js";
import { evaluationSchema, modelSchema, modelSections, originSchema, stageSchema } from "../schema/blocks.js";
import { families } from "../schema/constructors.js";
import { supplies, supplyWords } from "../schema/data.js";
import { defaultText, innerField } from "../schema/defaults.js";
import { docOf, fieldType, type JsonSchema } from "../schema/fields.js";
import { blockKeys, formatNames } from "../schema/formats.js";
import type { Signature } from "../schema/signature.js";

/** One key of a block, or one argument of a constructor. */
export interface Key {
  readonly name: string;
  readonly type: string;
  /** The JSON Schema of its values, as `vlmo show --json` prints them. */
  readonly json: JsonSchema;
  readonly doc: string;
  /** In the syntax of the language; null if there is none. */
  readonly default: string | null;
  readonly isRequired: boolean;
  /** What its constructors build: `optimizer`. Null for other values. */
  readonly family: string | null;
  /** The keys of a section. */
  readonly section: readonly Key[] | null;
}

/** A block or a constructor. */
export interface Entry {
  readonly name: string;
  /** How it is written. */
  readonly form: string;
  readonly doc: string;
  readonly keys: readonly Key[];
}

/** Entries under one heading; `what` names one of them: `optimizer`. */
export interface Group {
  readonly kind: "block" | "head" | "data" | "constructor";
  readonly what: string;
  readonly entries: readonly Entry[];
}

/** Everything that has keys or arguments. */
export function language(): Group[] {
  return [
    { kind: "block", what: "block", entries: blocks() },
    { kind: "head", what: "head", entries: heads() },
    { kind: "data", what: "data format", entries: formats() },
    ...Object.entries(families).map(([what, table]): Group => ({ kind: "constructor", what, entries: callsOf(table) })),
  ];
}

/** The type of a key and its default: `count, required`, `ratio, by default 15%`. */
export function howText({ type, isRequired, default: value }: Key): string {
  if (isRequired) return `${type}, required`;
  return value === null ? type : `${type}, by default ${value}`;
}

/** The kinds of data, and what a sample of each contains. */
export const dataKinds: readonly (readonly [kind: string, holds: string])[] = Object.entries(supplies).map(
  ([kind, held]) => [kind, held.map((each) => supplyWords[each]).join(", ")],
);

export { factNames, featureNames };

function blocks(): Entry[] {
  return [
    entry("model", "model NAME [extends OTHER] { … }", modelSchema, modelSections),
    entry("stage", "stage NAME [extends OTHER] [from ORIGIN] { … }", stageSchema),
    entry("from checkpoint", 'stage NAME from checkpoint("FILE", layout: …) { … }', originSchema),
    entry("evaluate", "evaluate NAME on DATA using STAGE { … }", evaluationSchema),
  ];
}

function heads(): Entry[] {
  return headKinds.map((kind) => {
    const rule = ruleOf({ kind });
    const made = entry(kind, `head NAME: ${kind}(…) { … }`, rule.schema);
    return { ...made, doc: `${made.doc} Takes ${headFeatures(rule)}.` };
  });
}

function formats(): Entry[] {
  return formatNames.map((format) => entry(format, `data NAME: KIND { format: ${format}, … }`, blockKeys(format)));
}

function callsOf(table: Readonly<Record<string, Signature>>): Entry[] {
  return Object.entries(table).map(([name, signature]) => ({
    name,
    form: formOf(name, signature),
    doc: signature.doc,
    keys: keysOf(signature.schema),
  }));
}

/** `hard(head, from: …)`: positional arguments first, then the others. */
function formOf(name: string, { schema, positional = [], rest }: Signature): string {
  const first = rest === undefined ? positional : [`${rest}…`];
  const named = Object.keys(schema.shape).filter((key) => key !== rest && !positional.includes(key));
  const written = [...first, ...named.map((key) => `${key}: …`)];
  return written.length === 0 ? name : `${name}(${written.join(", ")})`;
}

type Sections = Readonly<Record<string, z.ZodObject>>;

function entry(name: string, form: string, schema: z.ZodObject, sections: Sections = {}): Entry {
  return { name, form, doc: docOf(schema), keys: keysOf(schema, sections) };
}

function keysOf(schema: z.ZodObject, sections: Sections = {}): Key[] {
  return Object.entries(schema.shape).map(([name, field]) => {
    const { section = sections[name], family } = innerField(field);
    const { type, json } = fieldType(field);
    return {
      name,
      type: section === undefined ? type : "section",
      json,
      doc: docOf(field),
      default: defaultText(field) ?? null,
      isRequired: !z.safeParse(field, undefined).success,
      family: family === undefined ? null : nameOf(family),
      section: section === undefined ? null : keysOf(section),
    };
  });
}

function nameOf(family: Readonly<Record<string, Signature>>): string | null {
  return Object.entries(families).find(([, table]) => table === family)?.[0] ?? null;
}
