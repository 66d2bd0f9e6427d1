// Reads a block or a call by its zod schema: every key separately, so that one wrong value hides no other mistake.
import { z } from "zod";
import {
  closest,
  pathText,
  plainName,
  spanText,
  type Argument,
  type Call,
  type Span,
  listed,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { mergeNodes, readEntries, type BlockNode, type MergedNode, type ValueNode } from "../resolve/blocks.js";
import { decimalComma } from "./decimal.js";
import { argumentHelp, bare, keyHelp, nothingToChange, readField, type Input } from "./fields.js";
import { keyFor, keyMeant } from "./meant.js";
import type { Reading } from "./quantity.js";
import type { Signature } from "./signature.js";
import { structureOf } from "./structure.js";

/** A block's name in messages, and the span to report missing keys at. */
export interface Owner {
  readonly what: string;
  readonly span: Span;
}

/** The valid part of a block. */
export interface PartlyRead<Shape extends z.ZodRawShape> {
  /** The values, with defaults; wrong or missing keys without a default are absent. */
  readonly values: Partial<z.output<z.ZodObject<Shape>>>;
  /** The keys that are wrong, or missing without a default. */
  readonly failed: ReadonlySet<string>;
  /** The same if all are there, else null. */
  readonly whole: z.output<z.ZodObject<Shape>> | null;
}

/** The values of a block, with defaults, or null if a value without a default is wrong or missing. */
export function readBlock<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  block: BlockNode,
  owner: Owner,
  reading: Reading,
): z.output<z.ZodObject<Shape>> | null {
  return readPartly(schema, block, owner, reading).whole;
}

/** As `readBlock`, with the valid part of a block with mistakes. */
export function readPartly<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  block: BlockNode,
  owner: Owner,
  reading: Reading,
): PartlyRead<Shape> {
  const keys = Object.keys(schema.shape);
  for (const [key, { reference, node }] of block.entries)
    if (!keys.includes(key)) {
      const value = node.kind === "value" ? spanText(node.expression.span) : undefined;
      const otherwise = keys.length === 0 ? "leave it out" : `its keys are ${listed(keys)}`;
      const given = block.entries.keys();
      const remedy = keyMeant({ span: reference.span, key, keys, given, value, otherwise });
      reading.report(diagnose("V201", reference.span, { owner: owner.what, key }, remedy));
    }
  for (const item of block.items) {
    const near = closest(spanText(item.expression.span), keys);
    const help = near === undefined ? {} : { help: `write \`${near}: …\`` };
    reading.report(diagnose("V215", item.expression.span, { owner: owner.what }, help));
  }
  const input = (key: string): Input | undefined => {
    const entry = block.entries.get(key);
    return entry === undefined ? undefined : { node: entry.node, label: key, reading };
  };
  return readFields(schema, input, (key) => {
    if (isForgiven(key, block, keys)) return;
    reading.report(diagnose("V203", owner.span, { owner: owner.what, key }, keyHelp(schema, key)));
  });
}

/** Whether a missing key was already reported: by a failed `extends`, or as a misspelt key. */
export function isForgiven(key: string, block: BlockNode, keys: readonly string[]): boolean {
  if (block.incomplete === true) return true;
  return [...block.entries.keys()].some((given) => !keys.includes(given) && keyFor(given, keys) === key);
}

/** A wrong value is reported and replaced by its default, if it has one, so that checks that depend on it still run. */
function readFields<Shape extends z.ZodRawShape>(
  schema: z.ZodObject<Shape>,
  input: (key: string) => Input | undefined,
  missing: (key: string) => void,
): PartlyRead<Shape> {
  const values: Record<string, unknown> = {};
  const failed = new Set<string>();
  let isWhole = true;
  for (const [key, field] of Object.entries(schema.shape)) {
    // Boundary: zod's core type of a shape's members lacks the methods that every schema made by `z` has.
    const type = field as unknown as z.ZodType;
    const given = input(key);
    const known = given === undefined ? undefined : withDefault(type, given);
    const result = known === undefined ? absent(type) : known === null ? failure : readField(type, known);
    const filled = result.success || given === undefined ? result : absent(type);
    if (filled.success) values[key] = filled.data;
    else isWhole = false;
    if (!result.success) failed.add(key);
    if (!filled.success && given === undefined) missing(key);
  }
  // Boundary: each member was just read by the member of the schema with the same key.
  const read = values as z.output<z.ZodObject<Shape>>;
  return { values: read, failed, whole: isWhole ? read : null };
}

const failure = { success: false } as const;

/**
 * The input of a field for which only arguments of its default are given: `schedule.warmup: 100 steps`. Null: there is
 * no default to change, which was reported.
 */
export function withDefault(type: z.core.$ZodType, given: Input): Input | null {
  const { node, reading } = given;
  if (node.kind === "value" || node.isPath !== true || structureOf(bare(type)).family === undefined) return given;
  const kind = kindOf(z.safeParse(type, undefined).data);
  if (kind === undefined) return nothingToChange(node.key, reading, `no \`${given.label}\` is inherited`);
  const { key, origin } = node;
  const name = { kind: "name", text: kind, span: key } as const;
  const segment = { kind: "segment", name, layers: undefined, span: key } as const;
  const expression = { kind: "reference", segments: [segment], span: key } as const;
  return { ...given, node: { kind: "value", expression, origin, key, changes: node } };
}

function kindOf(value: unknown): string | undefined {
  if (typeof value !== "object" || value === null || !("kind" in value)) return undefined;
  return String(value.kind);
}

const absences = new WeakMap<z.ZodType, z.ZodSafeParseResult<unknown>>();

/** What a schema returns for a key that is left out: its default, undefined, or an error. Most keys are left out. */
function absent(type: z.ZodType): z.ZodSafeParseResult<unknown> {
  const known = absences.get(type);
  if (known !== undefined) return known;
  const result = type.safeParse(undefined);
  absences.set(type, result);
  return result;
}

/** The required keys. */
export function neededIn(schema: z.ZodObject): string[] {
  return Object.keys(schema.shape).filter((key) => {
    // Boundary: zod's core type of a shape's members lacks the methods that every schema made by `z` has.
    const type = schema.shape[key] as unknown as z.ZodType;
    return !absent(type).success;
  });
}

/** The arguments of a call by name; mistakes in the list itself are reported. */
export function argumentsOf(
  call: Call,
  { changes, ...origin }: ValueNode,
  signature: Signature,
  reading: Reading,
): Map<string, MergedNode> {
  const found = new Map<string, MergedNode>();
  const owner = pathText(call.callee);
  const names = Object.keys(signature.schema.shape).filter((name) => name !== signature.rest);
  const node = (argument: Argument): ValueNode => ({ ...origin, expression: argument.value, key: argument.span });
  const unnamed = call.args.filter((argument) => argument.name === undefined);
  const places = signature.positional ?? [];
  if (signature.rest !== undefined && unnamed.length > 0) {
    const elements = unnamed.map((argument) => argument.value);
    found.set(signature.rest, { ...origin, expression: { kind: "list", bracketed: false, elements, span: call.span } });
  } else {
    unnamed.forEach((argument, i) => {
      const place = places[i];
      if (place !== undefined) found.set(place, node(argument));
      else {
        const count = countText(places.length, names.length);
        const remedy = decimalComma(argument.span) ?? { help: nameFor(argument, call, signature) ?? namesHelp(names) };
        reading.report(diagnose("V212", argument.span, { owner, count }, remedy));
      }
    });
  }
  for (const argument of call.args) {
    if (argument.name === undefined) continue;
    const name = argument.name.text;
    if (!names.includes(name)) {
      const { span } = argument.name;
      const value = spanText(argument.value.span);
      const remedy = keyMeant({ span, key: name, keys: names, value, otherwise: namesHelp(names) });
      reading.report(diagnose("V210", span, { owner, name }, remedy));
    } else if (found.has(name)) reading.report(diagnose("V202", argument.name.span, { key: name }));
    else found.set(name, node(argument));
  }
  for (const [name, { reference, node: change }] of changes?.entries ?? []) {
    const { span } = reference;
    if (names.includes(name)) found.set(name, changed(found.get(name), change, reading));
    else {
      const remedy = keyMeant({ span, key: name, keys: names, value: undefined, otherwise: namesHelp(names) });
      reading.report(diagnose("V210", span, { owner, name }, remedy));
    }
  }
  return found;
}

/** An argument after a change to it, or to a part of it if it is a block or a call itself. */
function changed(before: MergedNode | undefined, change: MergedNode, reading: Reading): MergedNode {
  return before === undefined ? change : mergeNodes(blockOrValue(before, reading), change);
}

/** How to write the first unnamed value with its name, if a single required argument is missing. */
function nameFor({ span }: Argument, { args }: Call, { schema, positional = [] }: Signature): string | undefined {
  const given = new Set([...positional, ...args.map(({ name }) => name?.text)]);
  const [name, second] = neededIn(schema).filter((each) => !given.has(each));
  const isFirst = args.filter((argument) => argument.name === undefined)[positional.length]?.span === span;
  return name === undefined || second !== undefined || !isFirst ? undefined : `write \`${name}: ${spanText(span)}\``;
}

function countText(places: number, names: number): string {
  if (places === 0 && names === 0) return "no arguments";
  if (places === 0) return "only named arguments";
  return places === 1 ? "one argument without a name" : `${places} arguments without a name`;
}

function namesHelp(names: readonly string[]): string {
  if (names.length === 0) return "it takes none: leave it out";
  return `its arguments are ${listed(names)}`;
}

/** Reads the arguments of a call by their types. */
export function readCall<Shape extends z.ZodRawShape>(
  signature: Signature<Shape>,
  call: Call,
  origin: ValueNode,
  reading: Reading,
): z.output<z.ZodObject<Shape>> | null {
  // Boundary: only the names of the signature's arguments are used here.
  const found = argumentsOf(call, origin, signature as unknown as Signature, reading);
  const owner = pathText(call.callee);
  const unnamed = call.args.filter((argument) => argument.name === undefined).length;
  const odd = signature.rest === undefined && unnamed > (signature.positional ?? []).length;
  const input = (key: string): Input | undefined => {
    const node = found.get(key);
    return node === undefined ? undefined : { node: blockOrValue(node, reading), label: key, reading };
  };
  // A value without its name, or with a wrong one, explains the missing argument, and was reported.
  if (odd) return null;
  const given = [...call.args.flatMap(({ name }) => name?.text ?? []), ...(origin.changes?.entries.keys() ?? [])];
  const misnamed = given.some((name) => !Object.hasOwn(signature.schema.shape, name));
  return readFields(signature.schema, input, (name) => {
    if (misnamed) return;
    reading.report(diagnose("V211", call.span, { owner, name }, argumentHelp(signature, owner, name)));
  }).whole;
}

/** An argument `{ … }` as a block, whose keys are parts of the model; others unchanged. */
function blockOrValue(node: MergedNode, { report }: Reading): MergedNode {
  if (node.kind === "block" || node.expression.kind !== "record") return node;
  return readEntries(node.expression.body, { ...node, free: true }, report);
}

/** A constructor without arguments may be written without parentheses. */
export function callOf(node: ValueNode): Call | null {
  const { expression } = node;
  if (expression.kind === "call") return expression;
  if (expression.kind !== "reference" || plainName(expression) === undefined) return null;
  return { kind: "call", callee: expression, args: [], span: expression.span };
}
