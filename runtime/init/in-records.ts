// Records with fields of any names: which field holds what, by names that are usual and by the values of the first records.
import path from "node:path";
import { parse } from "csv-parse/sync";
import type { DataKind } from "../../compiler/index.js";
import { stringText } from "../../grammar/index.js";
import { ENDINGS } from "../data/images/image-formats.js";
import { separatorIn, separatorOf } from "../data/sources/csv.js";
import { synonyms } from "../data/sources/rows.js";
import { folderOf } from "./listing.js";
import { noImages, type Look, type Source } from "./source.js";

type Records = readonly Readonly<Record<string, unknown>>[];

/** Records that are looked at. */
const FIRST = 50;

/** How the first records of each format are read from the beginning of a file, whose last line may be cut off. */
const firsts = {
  jsonl: (lines: readonly string[]): Records => {
    return lines.map(objectIn).filter((record) => record !== null);
  },
  csv: (lines: readonly string[], file: string): Records => {
    return parse<Records[number]>(lines.join("\n"), {
      columns: true,
      delimiter: separatorIn(file, lines[0] ?? ""),
      relax_quotes: true,
      skip_records_with_error: true,
    });
  },
} as const;

/** The record of a line; null for a broken one, which is reported where all are read. */
function objectIn(line: string): Records[number] | null {
  try {
    // Boundary: a file of this form has objects on its lines.
    return JSON.parse(line) as Records[number];
  } catch {
    return null;
  }
}

/** The data set of a file of records, or why it is none. */
export function recordsSource(format: keyof typeof firsts): (look: Look) => Source | string {
  return ({ file, text, isWhole, find, listing }) => {
    const lines = linesIn(text, isWhole);
    const records = firsts[format](lines, file);
    if (Object.keys(records[0] ?? {}).some(isPicture)) return "its first line is a record, not the names of columns";
    const fields = fieldsOf(records);
    const kind = kindOf(fields);
    if (kind === null) return "no field of its records names images or holds texts";
    const lacking = lackingIn(records, fields);
    if (lacking !== null) return lacking;
    const images = imagesOf(records, fields);
    if (images !== fields.image.length)
      return "one field names several images: give each image of a record a field of its own";
    const [image] = fields.image;
    const named = image === undefined ? [] : picturesIn(records, image);
    // Some may be missing: reading them all reports it.
    const folder = firstFound(named, (name) => find(name, folderOf(file)));
    // Images that are elsewhere, or that are addresses in the web, cannot be learnt from.
    if (named[0] !== undefined && folder === null) return noImages(named[0], path.join(listing.folder, folderOf(file)));
    return {
      kind,
      format,
      at: file,
      paths: { records: file, ...(folder !== null && folder !== folderOf(file) && { images: folder }) },
      settings: { ...settingsOf(fields), ...(format === "csv" && separated(file, lines)) },
      ...(fields.label !== undefined && { label: fields.label }),
      images,
    };
  };
}

/** What a block says of a table whose columns stand between something else than its ending says. */
function separated(file: string, [header = ""]: readonly string[]): Readonly<Record<string, string>> {
  const separator = separatorIn(file, header);
  return separator === separatorOf(file) ? {} : { separator: stringText(separator) };
}

function linesIn(text: string, isWhole: boolean): string[] {
  const lines = text.replace(/^\uFEFF/, "").split("\n");
  const whole = isWhole ? lines : lines.slice(0, -1);
  return whole.filter((line) => line.trim() !== "").slice(0, FIRST);
}

/** Which field holds what; undefined where none does. */
interface Fields {
  readonly image: readonly string[];
  readonly mask: string | undefined;
  readonly text: string | undefined;
  readonly answers: string | undefined;
  readonly label: string | undefined;
  /** The label says whether the text is true. */
  readonly isTruth: boolean;
}

function fieldsOf(records: Records): Fields {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  // What some lack or have wrong is still what the field is for: reading them all reports it.
  const all = (name: string, holds: (value: unknown) => boolean): boolean =>
    records.filter((record) => holds(record[name])).length > records.length / 2;
  const pictures = names.filter((name) => all(name, isPicture));
  const mask = usualName("mask", pictures) ?? pictures.find((name) => /mask|seg/i.test(name));
  const texts = names.filter((name) => all(name, isText));
  const answers = usualName(
    "answer",
    names.filter((name) => name !== "label"),
  );
  const label = usualName(
    "label",
    names.filter((name) => !pictures.includes(name)),
  );
  const isOther = (name: string): boolean => !pictures.includes(name) && name !== answers && name !== label;
  const others = texts.filter(isOther);
  // A field that is called so is for texts, however few there are: reading them all reports the empty ones.
  const named = names.filter((name) => isOther(name) && records.some((record) => isText(record[name])));
  return {
    image: pictures.filter((name) => name !== mask).slice(0, 2),
    mask,
    text:
      usualName("text", named) ?? others.find((name) => records.some((record) => String(record[name]).includes(" "))),
    answers,
    label,
    isTruth:
      label !== undefined && records.every(({ [label]: value }) => /^(?:true|false|0|1)$/i.test(String(value ?? 0))),
  };
}

/** The name that is usual for what a field is for, of those that are there. */
function usualName(role: string, among: readonly string[]): string | undefined {
  return [role, ...(synonyms[role] ?? [])].find((name) => among.includes(name));
}

function isPicture(value: unknown): value is string | readonly string[] {
  if (Array.isArray(value)) return value.length > 0 && value.every(isPicture);
  return typeof value === "string" && ENDINGS.test(value);
}

function isText(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0 && value.every((each) => typeof each === "string");
  return typeof value === "string" && value.trim() !== "";
}

function kindOf({ image, mask, text, answers, label, isTruth }: Fields): DataKind | null {
  if (image.length === 0) return text === undefined ? null : "texts";
  if (mask !== undefined) return "masks";
  if (text === undefined) return label === undefined ? "images" : "labelled_images";
  if (answers !== undefined) return "questions";
  return isTruth ? "statements" : "pairs";
}

function imagesOf(records: Records, { image }: Fields): 0 | 1 | 2 {
  const isSeveral = image.some((name) => records.some(({ [name]: value }) => Array.isArray(value) && value.length > 1));
  if (image.length === 2 || isSeveral) return 2;
  return image.length === 0 ? 0 : 1;
}

/** The images that a field names. */
function picturesIn(records: Records, name: string): string[] {
  return records.flatMap(({ [name]: value }) => (isPicture(value) ? [value].flat() : []));
}

/** What is found of the first name of which anything is. */
function firstFound<T>(names: readonly string[], find: (name: string) => T | null): T | null {
  for (const name of names) {
    const found = find(name);
    if (found !== null) return found;
  }
  return null;
}

/** Why records are no data set whose fields of usual names hold nothing; null where they do. */
function lackingIn(records: Records, { image, text }: Fields): string | null {
  const usual = (role: string): string | undefined => usualName(role, Object.keys(records[0] ?? {}));
  const texts = usual("text");
  if (text === undefined && texts !== undefined && records.every(({ [texts]: value }) => value === ""))
    return `the texts in its field \`${texts}\` are empty`;
  const images = usual("image");
  if (image.length > 0 || images === undefined || !/im(?:g|age)|file_?name/.test(images)) return null;
  return `its field \`${images}\` names no image files: they end in .jpg, .png and their like`;
}

/** What is not as it is where a block says nothing. */
function settingsOf({ image, mask, text, answers, label }: Fields): Readonly<Record<string, string>> {
  const named = {
    image: image.length === 2 ? `[${image.map(stringText).join(", ")}]` : other(image[0], "image"),
    text: other(text, "text"),
    label: other(label, "label"),
    answers: other(answers, "answer"),
    mask: other(mask, "mask"),
  };
  const entries = Object.entries(named).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? {} : { fields: `{ ${entries.map(([key, value]) => `${key}: ${value}`).join(", ")} }` };
}

function other(name: string | undefined, usual: string): string | undefined {
  return name === undefined || name === usual ? undefined : stringText(name);
}
