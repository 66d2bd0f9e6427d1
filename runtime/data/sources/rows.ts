// Records as rows, in any kind of file: the requested fields, where each record is, and which records are selected.
import type { Hash } from "node:crypto";
import path from "node:path";
import { vlmoError, type Location, type VlmoError } from "../../errors/vlmo-error.js";
import type { Note, Supply } from "./data-set.js";
import { shown } from "./json-text.js";
import { areIn, groupsOf, namedFrom } from "./hold-out.js";
import { idOf, listed } from "./record-fields.js";
import { attempted } from "./record-set.js";
import type { SourceSettings } from "./settings.js";

/** A record with only the requested fields. */
export interface Row {
  readonly file: string;
  /** The line in a text; the row in a table, from 1. */
  readonly line?: number;
  /** Its place in the file, if that is not a line: `questions[3]`, `000012`. */
  readonly at?: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** The names of its fields, if a requested one is missing. */
  readonly has?: readonly string[];
  /** For a record with several texts: the index of this one. */
  readonly entry?: number | undefined;
  /** Its id in the data set, if it has ids: the number of a question, the identifier of a statement. */
  readonly id?: string | number;
  /** Identifies a sentence that occurs with several images. */
  readonly sentence?: string;
  /** The type of a question's answer. */
  readonly answerType?: string;
  /** A number for rows that are read together: rows with another one are elsewhere on disk. */
  readonly run?: number;
}

/** The requested fields, and where mistakes go. */
export interface Reading {
  readonly fields: readonly string[];
  readonly problems: VlmoError[];
  /** Is updated with what is read. */
  readonly hash: Hash;
}

/** The content of a table. */
export interface TableRead {
  readonly rows: readonly Row[];
  readonly notes?: readonly Note[];
  /** What its records do not have, such as the labels of a test set. */
  readonly lacks?: readonly Supply[];
}

/** A source of records, one for each format. */
export interface Table {
  /** The file that names the data set. */
  readonly file: string;
  /** The size of the shuffle buffer, if records are read mostly sequentially. */
  readonly shuffle?: number;
  /** All its values are texts: a label may be a number as text. */
  readonly isUntyped?: true;
  /** Reads the rows; mistakes in single records go to `problems`. Throws V910, V982. */
  read(reading: Reading): Promise<TableRead>;
  /** Throws V982 if no record is usable because the file has another format. */
  expect?(): void;
  /** Why there may be no record. */
  readonly empty?: string;
}

/** The file and line of a row. */
export function placeOf({ file, line }: Row): Location {
  return { file, line };
}

/** The name of a row: `train.jsonl:12`, `val.json:questions[3]`. */
export function nameOf({ file, line, at, entry }: Row): string {
  return `${path.basename(file)}:${at ?? line ?? ""}${entry === undefined ? "" : `[${entry}]`}`;
}

/** The name of a field in messages, which also give its file and line. */
export function fieldName({ at, entry }: Row, field: string): string {
  return `${at === undefined ? "" : `${at}.`}${field}${entry === undefined ? "" : `[${entry}]`}`;
}

/** The requested fields that a record has; all names if some are missing. */
export function valuesOf(
  value: object,
  fields: readonly string[],
): Pick<Row, "values"> & { readonly has?: readonly string[] } {
  const given = fields.filter((field) => Object.hasOwn(value, field));
  const values = Object.fromEntries(given.map((field): [string, unknown] => [field, Reflect.get(value, field)]));
  return given.length === fields.length ? { values } : { values, has: Object.keys(value) };
}

/** Throws V912 for a requested column that a table does not have. */
export function expectColumns(
  file: string,
  fields: readonly string[],
  columns: readonly string[],
  help?: string,
): void {
  const missing = fields.find((field) => !columns.includes(field));
  if (missing === undefined) return;
  const named = `name the columns that are read in \`fields\` of the data block${meantBy(missing, columns)}`;
  throw vlmoError("V912", { field: missing, has: listed(columns), of: "table" }, { file, help: help ?? named });
}

/** Holds out whole groups of records. */
type Split = NonNullable<SourceSettings<"jsonl">["split"]>;

/** Selects records with one of these values in a field. */
type Where = NonNullable<SourceSettings<"jsonl">["where"]>;

/** The records of the part. Records with the same value of `by` stay together; without `by`, records of the same image. */
export function partOf(records: readonly Row[], split: Split, places: Places, problems: VlmoError[]): Row[] {
  const { by } = split;
  const grouped = records.flatMap((record) => {
    const names = attempted(problems, () => (by === undefined ? ownNames(record, places) : [groupOf(record, by)]));
    return names === undefined ? [] : [{ record, names }];
  });
  const taken = areIn(split, groupsOf(grouped.map(({ names }) => names)), places.file);
  return grouped.filter((_, i) => taken[i]).map(({ record }) => record);
}

/** How records name their images. */
interface Places {
  /** The table. */
  readonly file: string;
  /** The folder that image paths are relative to. */
  readonly folder: string;
  /** The fields of images. */
  readonly fields: readonly string[];
}

/** The names of a record's images, if they have names, and of its sentence, if that occurs several times; else its own. */
function ownNames(record: Row, { folder, fields }: Places): string[] {
  const values = fields.flatMap((field) => record.values[field] ?? []);
  const images = values.flatMap((value) => (typeof value === "string" ? [namedFrom(folder, value)] : []));
  const isNamed = values.length > 0 && images.length === values.length;
  const sentence = record.sentence === undefined ? [] : [`\0${record.sentence}`];
  const names = [...(isNamed ? images : []), ...sentence];
  return names.length > 0 ? names : [nameOf(record)];
}

/** The records with one of the values. Booleans and numbers are compared as texts. */
export function selected(records: readonly Row[], { field, is }: Where, problems: VlmoError[]): Row[] {
  const wanted = new Set(is);
  return records.filter((record) => {
    const value = attempted(problems, () => scalarIn(record, field));
    return value !== undefined && wanted.has(value);
  });
}

function scalarIn(record: Row, field: string): string {
  const value = fieldOf(record, field);
  if (typeof value === "number") return String(idOf(value, fieldName(record, field), placeOf(record)));
  if (typeof value !== "object" || value === null) return String(value);
  const holes = { field: fieldName(record, field), wanted: "a text, a number or a truth value", got: shown(value) };
  throw vlmoError("V913", holes, placeOf(record));
}

/** The value of a field that groups records. Throws V912, V913. */
export function groupOf(record: Row, field: string): string {
  return String(idOf(fieldOf(record, field), fieldName(record, field), placeOf(record)));
}

/** The value of a field. Throws V912. */
export function fieldOf(row: Row, field: string): unknown {
  const { values, has = [] } = row;
  if (Object.hasOwn(values, field)) return values[field];
  const help = fieldHelp(field, has);
  throw vlmoError("V912", { field: fieldName(row, field), has: listed(has) }, { ...placeOf(row), help });
}

/** The most records of a stretch: enough to be read in one go, and few enough to be mixed well. */
const STRETCH = 1000;

/** Where stretches of contiguous rows begin; null marks a row that is left out. */
export function stretchesOf(rows: readonly (Row | null)[]): Int32Array {
  const starts: number[] = [];
  let before: Row | undefined;
  rows.forEach((row, i) => {
    const isNear = row === null || (before?.file === row.file && before.run === row.run);
    const isLong = row?.run === undefined && i - (starts.at(-1) ?? 0) >= STRETCH;
    if (i === 0 || !isNear || isLong) starts.push(i);
    before = row ?? before;
  });
  return Int32Array.from(starts);
}

/** One sample for each text of records with several texts, with the label and answers at the same index. */
export function eachText(
  rows: readonly Row[],
  { text, ...others }: { readonly text: string; readonly label?: string; readonly answers?: string },
  problems: VlmoError[],
): readonly Row[] {
  if (!rows.some(({ values }) => isSeveral(values[text]))) return rows;
  const beside = [others.label, others.answers].filter((field) => field !== undefined);
  return rows.flatMap((row) => {
    const texts = row.values[text];
    if (!isSeveral(texts)) return [row];
    const lists = attempted(problems, () => beside.map((field) => listBeside(row, field, texts.length)));
    if (lists === undefined) return [];
    return texts.map((value, entry) => {
      const own = beside.map((field, i): [string, unknown] => [field, lists[i]?.[entry]]);
      return { ...row, entry, values: { ...row.values, [text]: value, ...Object.fromEntries(own) } };
    });
  });
}

function isSeveral(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.length > 0 && value.every((entry) => typeof entry === "string");
}

function listBeside(row: Row, field: string, length: number): readonly unknown[] {
  const value = fieldOf(row, field);
  if (Array.isArray(value) && value.length === length) return value;
  const got = Array.isArray(value) ? `a list of ${value.length}` : shown(value);
  const holes = { field: fieldName(row, field), wanted: `a list of ${length}, one for each text`, got };
  throw vlmoError("V913", holes, placeOf(row));
}

/** Names that other data sets use for our fields. */
export const synonyms: Readonly<Record<string, readonly string[]>> = {
  image: ["file_name", "filename", "image_path", "img", "img_path", "path", "filepath", "file", "images"],
  text: ["caption", "sentence", "question", "raw", "title", "description", "statement", "query", "captions"],
  label: ["class", "target", "category", "truth", "y"],
  answer: ["answers", "multiple_choice_answer", "label"],
  mask: ["segmentation", "mask_path", "annotation"],
};

function fieldHelp(field: string, has: readonly string[]): string {
  const skip = "set `on_error: skip` to leave such records out and count them";
  const meant = meantBy(field, has);
  if (meant === "") return `name the field that holds it in the data block's \`fields\`, or ${skip}`;
  return `write ${meant.slice(": ".length)} in the data block, or ${skip}`;
}

/** `` : `fields { text: "caption" }` `` if a field has another name there, other capitals, or surrounding spaces. */
function meantBy(field: string, has: readonly string[]): string {
  const others = Object.hasOwn(synonyms, field) ? (synonyms[field] ?? []) : [];
  const meant = [field, ...others].flatMap((name) => has.find((own) => own.trim().toLowerCase() === name) ?? [])[0];
  if (meant === undefined) return "";
  return `: \`fields { ${field === "answer" ? "answers" : field}: ${JSON.stringify(meant)} }\``;
}
