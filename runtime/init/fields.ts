// Detects the role of each field of records, by common names and by the values of the first records.
import { recordFields, type DataKind, type RecordFields } from "../../compiler/index.js";
import { stringText } from "../../grammar/index.js";
import { ENDINGS } from "../data/images/image-formats.js";
import { synonyms } from "../data/sources/rows.js";

/** The first records of a file. */
export type Records = readonly Readonly<Record<string, unknown>>[];

/** How many records are examined. */
export const FIRST = 50;

/** The value of a field whose image is stored in the table itself. */
export const inside: unique symbol = Symbol("an image in the table");

/** The field names of a format. */
export interface FieldNames {
  /** The plain name of a field, by which its role is recognised. */
  readonly known: (name: string) => string;
  /** The default fields of a block. */
  readonly usual: RecordFields;
}

/** Formats whose field names are free. */
const plain: FieldNames = { known: (name) => name, usual: recordFields };

/** The kind and fields of records. */
export interface RecordsFound {
  readonly kind: DataKind;
  readonly images: 0 | 1 | 2;
  /** The block's settings for fields; none for default names. */
  readonly settings: Readonly<Record<string, string>>;
  /** The field of labels. */
  readonly label: string | undefined;
  /** The paths of images; none where images are stored in the table. */
  readonly paths: readonly string[];
}

/** The kind and fields of records, or why they are no data set. */
export function foundIn(records: Records, names: FieldNames = plain): RecordsFound | string {
  const fields = fieldsOf(records, names);
  const kind = kindOf(fields);
  if (kind === null) return "no field of its records names images or holds texts";
  const lacking = lackingIn(records, fields, names);
  if (lacking !== null) return lacking;
  const images = imagesOf(records, fields);
  if (images !== fields.image.length)
    return "one field names several images: give each image of a record a field of its own";
  const [image] = fields.image;
  const paths = image === undefined ? [] : pathsIn(records, image);
  return { kind, images, settings: settingsOf(fields, names), label: fields.label, paths };
}

/** The field of each role; undefined where there is none. */
interface Fields {
  readonly image: readonly string[];
  readonly mask: string | undefined;
  readonly text: string | undefined;
  readonly answers: string | undefined;
  readonly label: string | undefined;
  /** Whether the label is the truth of the text. */
  readonly isTruth: boolean;
}

function fieldsOf(records: Records, known: FieldNames): Fields {
  const names = [...new Set(records.flatMap((record) => Object.keys(record)))];
  // A field missing or wrong in some records still has its role: reading all records reports it.
  const all = (name: string, holds: (value: unknown) => boolean): boolean =>
    records.filter((record) => holds(record[name])).length > records.length / 2;
  const usual = (role: string, among: readonly string[]): string | undefined => usualName(role, among, known);
  const pictures = names.filter((name) => all(name, isPicture));
  const mask = usual("mask", pictures) ?? pictures.find((name) => /mask|seg/i.test(name));
  const texts = names.filter((name) => all(name, isText));
  const answers = usual(
    "answer",
    names.filter((name) => name !== "label"),
  );
  const label = usual(
    "label",
    names.filter((name) => !pictures.includes(name)),
  );
  const isOther = (name: string): boolean => !pictures.includes(name) && name !== answers && name !== label;
  const others = texts.filter(isOther);
  // A field with such a name holds texts, however few are non-empty: reading all records reports the empty ones.
  const named = names.filter((name) => isOther(name) && records.some((record) => isText(record[name])));
  return {
    image: pictures.filter((name) => name !== mask).slice(0, 2),
    mask,
    text: usual("text", named) ?? others.find((name) => records.some((record) => String(record[name]).includes(" "))),
    answers,
    label,
    isTruth:
      label !== undefined && records.every(({ [label]: value }) => /^(?:true|false|0|1)$/i.test(String(value ?? 0))),
  };
}

/** The common name for a role among those present. */
function usualName(role: string, among: readonly string[], { known }: FieldNames): string | undefined {
  return [role, ...(synonyms[role] ?? [])]
    .map((name) => among.find((each) => known(each) === name))
    .find((name) => name !== undefined);
}

/** Why a field with a common name is unusable: its texts are empty, or it names no image files; null where it is usable. */
function lackingIn(records: Records, { image, text }: Fields, known: FieldNames): string | null {
  const usual = (role: string): string | undefined => usualName(role, Object.keys(records[0] ?? {}), known);
  const texts = usual("text");
  if (text === undefined && texts !== undefined && records.every(({ [texts]: value }) => value === ""))
    return `the texts in its field \`${texts}\` are empty`;
  const images = usual("image");
  if (image.length > 0 || images === undefined || !/im(?:g|age)|file_?name/.test(images)) return null;
  return `its field \`${images}\` names no image files: their names would end in .jpg, .png and so on`;
}

/** The record in a JSON text; null for other values, which are reported when all are read. */
export function objectIn(text: string): Records[number] | null {
  try {
    const value: unknown = JSON.parse(text);
    // Boundary: a JSON object has string keys.
    return typeof value === "object" && value !== null ? (value as Records[number]) : null;
  } catch {
    return null;
  }
}

/** An image, or the path of one. */
export function isPicture(value: unknown): boolean {
  if (value === inside) return true;
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

/** The image paths in a field. */
function pathsIn(records: Records, name: string): string[] {
  return records
    .flatMap(({ [name]: value }) => (isPicture(value) ? [value].flat() : []))
    .filter((each) => typeof each === "string");
}

/** The settings that differ from a block's defaults. */
function settingsOf({ image, mask, text, answers, label }: Fields, { usual }: FieldNames): RecordsFound["settings"] {
  const named = {
    image: image.length === 2 ? `[${image.map(stringText).join(", ")}]` : other(image[0], usual.image[0]),
    text: other(text, usual.text),
    label: other(label, usual.label),
    answers: other(answers, usual.answers),
    mask: other(mask, usual.mask),
  };
  const entries = Object.entries(named).filter(([, value]) => value !== undefined);
  return entries.length === 0 ? {} : { fields: `{ ${entries.map(([key, value]) => `${key}: ${value}`).join(", ")} }` };
}

/** `usual` may be several names, of which the first present one counts. */
function other(name: string | undefined, usual = ""): string | undefined {
  return name === undefined || usual.split(";").includes(name) ? undefined : stringText(name);
}
