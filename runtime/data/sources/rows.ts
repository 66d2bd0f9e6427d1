// The records of a file of JSON objects, one a line: rows that hold only the fields that are asked for, and which of them
// are taken.
import type { Hash } from "node:crypto";
import { hash32 } from "../../random.js";
import { vlmoError, type Location, type VlmoError } from "../../errors/vlmo-error.js";
import { readJson, shown } from "./json-text.js";
import { otherFormat } from "./recognise.js";
import { idOf, listed } from "./record-fields.js";
import { attempted } from "./record-set.js";
import type { SourceSettings } from "./settings.js";
import { readLines } from "./text-file.js";

/** A record, of which only the fields are kept that are asked for. */
export interface Row {
  readonly line: number;
  readonly values: Readonly<Record<string, unknown>>;
  /** The names of its fields, where one that is asked for is missing. */
  readonly has?: readonly string[];
}

interface Reading {
  readonly problems: VlmoError[];
  readonly hash: Hash;
  readonly fields: readonly string[];
}

/** Reads the records of a file; what is wrong with a line goes to `problems`. Throws V910, V982. */
export async function readRows(file: string, { problems, hash, fields }: Reading): Promise<Row[]> {
  const records: Row[] = [];
  let isFirst = true;
  await readLines(file, {
    hash,
    line: ({ text, number }) => {
      if (text.trim() === "") return;
      const row = attempted(problems, () => parsed(text, { file, line: number }, fields));
      if (row !== undefined) records.push(row);
      // Where not even the first line is a record, all of the file may be something else.
      else if (isFirst) expectRecords(file);
      isFirst = false;
    },
    broken: (mistake) => problems.push(mistake),
  });
  return records;
}

function parsed(text: string, place: Location, fields: readonly string[]): Row {
  const { value, problem } = readJson(text, fields);
  if (problem !== undefined) throw vlmoError("V911", { reason: problem }, place);
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw vlmoError("V911", { reason: `it holds ${Array.isArray(value) ? "a list" : shown(value)}` }, place);
  }
  const given = fields.filter((field) => Object.hasOwn(value, field));
  const values = Object.fromEntries(given.map((field): [string, unknown] => [field, Reflect.get(value, field)]));
  const { line = 0 } = place;
  return given.length === fields.length ? { line, values } : { line, values, has: Object.keys(value) };
}

/** Holds out whole groups of records. */
type Split = NonNullable<SourceSettings<"jsonl">["split"]>;

/** Takes only the records with one of these values in a field. */
type Where = NonNullable<SourceSettings<"jsonl">["where"]>;

interface Selecting {
  readonly file: string;
  readonly problems: VlmoError[];
}

/** Whole groups go to validation in the order of their hashes until the wanted share of groups is reached. */
export function partOf(records: readonly Row[], split: Split, { file, problems }: Selecting): Row[] {
  const grouped = records.flatMap((record) => {
    const group = attempted(problems, () => groupOf(record, split.by, file));
    return group === undefined ? [] : [{ record, group }];
  });
  const order = (group: string): number => hash32("hold out", split.seed, group);
  const groups = [...new Set(grouped.map(({ group }) => group))].sort(
    (a, b) => order(a) - order(b) || (a < b ? -1 : 1),
  );
  const heldOut = new Set(groups.slice(0, Math.max(1, Math.round(split.hold_out * groups.length))));
  const wanted = split.part === "validation";
  return grouped.filter(({ group }) => heldOut.has(group) === wanted).map(({ record }) => record);
}

/** Truth values and numbers count as their texts. */
export function selected(records: readonly Row[], { field, is }: Where, { file, problems }: Selecting): Row[] {
  const wanted = new Set(is);
  return records.filter((record) => {
    const value = attempted(problems, () => scalarIn(record, field, file));
    return value !== undefined && wanted.has(value);
  });
}

function scalarIn(record: Row, field: string, file: string): string {
  const value = fieldOf(record, field, file);
  if (typeof value === "number") return String(idOf(value, field, { file, line: record.line }));
  if (typeof value !== "object" || value === null) return String(value);
  const holes = { field, wanted: "a text, a number or a truth value", got: shown(value) };
  throw vlmoError("V913", holes, { file, line: record.line });
}

/** The value of a field that groups records. Throws V912, V913. */
export function groupOf(record: Row, field: string, file: string): string {
  return String(idOf(fieldOf(record, field, file), field, { file, line: record.line }));
}

/** The value of a field. Throws V912. */
export function fieldOf({ values, has = [], line }: Row, field: string, file: string): unknown {
  if (Object.hasOwn(values, field)) return values[field];
  throw vlmoError("V912", { field, has: listed(has) }, { file, line, help: fieldHelp(field, has) });
}

/** Fields that other data sets have for ours. */
const synonyms: Readonly<Record<string, readonly string[]>> = {
  image: ["file_name", "filename", "image_path", "img", "img_path", "path", "filepath", "file", "images"],
  text: ["caption", "sentence", "question", "raw", "title", "description", "statement", "query", "captions"],
  label: ["class", "target", "category", "truth", "y"],
  answer: ["answers", "multiple_choice_answer", "label"],
  mask: ["segmentation", "mask_path", "annotation"],
};

function fieldHelp(field: string, has: readonly string[]): string {
  const skip = "set `on_error: skip` to leave such records out and count them";
  const others = Object.hasOwn(synonyms, field) ? (synonyms[field] ?? []) : [];
  const meant = others.find((name) => has.includes(name));
  if (meant === undefined) return `name the field that holds it in the data block's \`fields\`, or ${skip}`;
  const key = field === "answer" ? "answers" : field;
  return `write \`fields { ${key}: ${JSON.stringify(meant)} }\` in the data block, or ${skip}`;
}

/** Throws V982 where a file is a data set of another format. */
export function expectRecords(file: string): void {
  const other = otherFormat(file, "jsonl");
  if (other !== undefined) throw other;
}
