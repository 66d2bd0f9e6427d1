// Records on disk: a file of one JSON object per line that names images and holds texts and targets. Everything but the
// pixels is checked when the file is opened, all mistakes at once; nothing is repaired and nothing replaced.
import { createHash, type Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import path from "node:path";
import { createInterface } from "node:readline";

import { z } from "zod";

import { hash32 } from "../random.js";
import { vlmoError, type Place, type VlmoError } from "../vlmo-error.js";
import { suppliesOf, type DataKind, type DataSet, type ImageSource, type Item, type ScoredAnswer } from "./data-set.js";
import { imageFile, realFolder } from "./image-files.js";
import { answersIn, commonAnswers, labelOf, textIn } from "./record-fields.js";
import { attempted, digestOf, recordSet } from "./record-set.js";

const box = z.tuple([z.int().nonnegative(), z.int().nonnegative(), z.int().positive(), z.int().positive()]);

/** Options of `format: jsonl`, as a data block writes them. Paths are relative to the block's own file. */
export const jsonlOptions = z.strictObject({
  records: z.string().describe("The file of records, one JSON object per line."),
  images: z.string().optional().describe("The folder that the records' image paths are in; default the file's own."),
  fields: z
    .strictObject({
      image: z.union([z.string(), z.tuple([z.string(), z.string()])]).default("image"),
      text: z.string().default("text"),
      label: z.string().default("label"),
      answers: z.string().default("answer"),
      mask: z.string().default("mask"),
    })
    .prefault({})
    .describe("Which field of a record holds what; two image fields, or one that lists two paths, make a pair."),
  classes: z.array(z.string()).optional().describe("Names of the labels in order; statements have false, true."),
  answers: z.array(z.string()).optional().describe("The closed list of answers; default those of the file."),
  answer_count: z.int().positive().default(1).describe("How often an answer must occur to be listed."),
  split: z
    .strictObject({
      by: z.string().describe("Records that agree in this field stay together."),
      hold_out: z.number().gt(0).lt(1).default(0.1).describe("Share of the field's values held out."),
      part: z.enum(["train", "validation"]),
      seed: z.int().default(0),
    })
    .optional()
    .describe("Holds out whole groups of records for validation."),
  where: z
    .strictObject({ field: z.string(), is: z.array(z.string()).min(1) })
    .optional()
    .describe("Takes only the records whose field has one of these values."),
  together: z.string().optional().describe("Records that agree in this field follow one another in every epoch."),
  tiles: z
    .strictObject({ boxes: z.array(box).min(1), columns: z.int().positive() })
    .refine(({ boxes }) => boxes.every(([, , w, h]) => w === boxes[0]?.[2] && h === boxes[0]?.[3]), "boxes of one size")
    .optional()
    .describe("Parts of a wide image, laid out as a grid before it is made square."),
  on_error: z.enum(["stop", "skip"]).default("stop").describe("What a broken record does."),
});

export type JsonlOptions = z.output<typeof jsonlOptions>;

type Json = Readonly<Record<string, unknown>>;

interface Row {
  readonly values: Json;
  readonly place: Place;
}

/** Opens a file of records as items of one kind. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openJsonl(kind: DataKind, options: JsonlOptions): Promise<DataSet> {
  const problems: VlmoError[] = [];
  const hash = createHash("sha256");
  const all = await readRecords(options.records, { problems, hash });
  const part = options.split === undefined ? all : partOf(all, options.split, problems);
  const records = options.where === undefined ? part : selected(part, options.where, problems);
  const reader = await readerOf(kind, options, records);
  const items: Item[] = [];
  for (const record of records) {
    const item = attempted(problems, () => alike(readItem(record, reader), items[0], record, reader));
    if (item !== undefined) items.push(item);
  }
  const { classes, answers, folder } = reader;
  return recordSet({
    kind,
    file: options.records,
    length: items.length,
    item: (index) => items[index],
    problems,
    onError: options.on_error,
    digest: () => digestOf(hash, items, folder),
    ...(options.where && { empty: `no record whose \`${options.where.field}\` is ${options.where.is.join(" or ")}` }),
    classes,
    ...(kind === "questions" && { answers }),
  });
}

interface Reading {
  readonly problems: VlmoError[];
  readonly hash: Hash;
}

async function readRecords(file: string, { problems, hash }: Reading): Promise<Row[]> {
  const records: Row[] = [];
  let line = 0;
  try {
    for await (const text of createInterface({ input: createReadStream(file, "utf8"), crlfDelay: Infinity })) {
      line += 1;
      hash.update(`${text}\n`);
      const place = { file, line };
      if (text.trim() === "") continue;
      const values = attempted(problems, () => parsed(line === 1 ? text.replace(/^\uFEFF/, "") : text, place));
      if (values !== undefined) records.push({ values, place });
    }
  } catch (error) {
    throw vlmoError("V910", { file, reason: error instanceof Error ? error.message : String(error) });
  }
  return records;
}

function parsed(text: string, place: Place): Json {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw vlmoError("V911", { reason: error instanceof Error ? error.message : String(error) }, place);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw vlmoError("V911", { reason: `it holds ${Array.isArray(value) ? "a list" : String(value)}` }, place);
  }
  return value as Json; // Boundary: an object of JSON, just told from null and lists.
}

/** Whole groups go to validation in the order of their hashes until the wanted share of groups is reached. */
function partOf(records: readonly Row[], split: NonNullable<JsonlOptions["split"]>, problems: VlmoError[]) {
  const grouped = records.flatMap((record) => {
    const group = attempted(problems, () => groupOf(record, split.by));
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
function selected(records: readonly Row[], { field, is }: NonNullable<JsonlOptions["where"]>, problems: VlmoError[]) {
  return records.filter(({ values, place }) => {
    const value = attempted(problems, () => fieldOf(values, field, place));
    return value !== undefined && is.includes(String(value));
  });
}

function groupOf({ values, place }: Row, field: string): string {
  const value = fieldOf(values, field, place);
  if (typeof value === "string" || typeof value === "number") return String(value);
  throw vlmoError("V913", { field, wanted: "a text or a number", got: JSON.stringify(value) }, place);
}

function fieldOf(values: Json, field: string, place: Place): unknown {
  if (Object.hasOwn(values, field)) return values[field];
  const names = Object.keys(values).map((name) => `\`${name}\``);
  throw vlmoError("V912", { field, has: names.length === 0 ? "none" : names.join(", ") }, place);
}

/** All that is needed to make an item of a record. */
interface Reader {
  readonly kind: DataKind;
  readonly options: JsonlOptions;
  readonly folder: string;
  readonly classes: readonly string[] | undefined;
  readonly answers: readonly string[];
}

async function readerOf(kind: DataKind, options: JsonlOptions, records: readonly Row[]): Promise<Reader> {
  const named = options.images ?? path.dirname(options.records);
  const classes = options.classes ?? (kind === "statements" ? ["false", "true"] : undefined);
  const given = kind === "questions" ? options.answers : [];
  const answers =
    given ??
    commonAnswers(
      records.map(({ values }) => values[options.fields.answers]),
      options.answer_count,
    );
  return { kind, options, folder: realFolder(named), classes, answers };
}

function readItem(record: Row, reader: Reader): Item {
  const { values, place } = record;
  const { fields, together } = reader.options;
  const supplies = suppliesOf(reader.kind);
  const field = (name: string): unknown => fieldOf(values, name, place);
  const has: { group?: string; text?: string; label?: number; answers?: readonly ScoredAnswer[]; mask?: ImageSource } =
    {};
  if (together !== undefined) has.group = groupOf(record, together);
  if (supplies.has("text")) has.text = textIn(field(fields.text), fields.text, place);
  if (supplies.has("label")) has.label = labelOf(field(fields.label), fields.label, reader.classes, place);
  if (supplies.has("answers")) has.answers = answersIn(field(fields.answers), fields.answers, reader.answers, place);
  if (supplies.has("mask")) has.mask = imageOf(field(fields.mask), fields.mask, reader, place);
  const images = supplies.has("image") ? imagesOf(values, reader, place) : [];
  return { name: `${path.basename(place.file ?? "")}:${place.line ?? 0}`, images, ...has };
}

/** The item, if it has as many images as the first one. Throws V913. */
function alike(item: Item, first: Item | undefined, { place }: Row, { options }: Reader): Item {
  if (first === undefined || first.images.length === item.images.length) return item;
  const [wanted, got] = [first, item].map(({ images }) => `${images.length} image${images.length === 1 ? "" : "s"}`);
  const field = [options.fields.image].flat().join("`, `");
  throw vlmoError("V913", { field, wanted: `${wanted ?? ""}, as before`, got: got ?? "" }, place);
}

function imagesOf(values: Json, reader: Reader, place: Place): ImageSource[] {
  const { image } = reader.options.fields;
  if (typeof image !== "string") {
    return image.map((field) => imageOf(fieldOf(values, field, place), field, reader, place));
  }
  const value = fieldOf(values, image, place);
  if (!Array.isArray(value)) return [imageOf(value, image, reader, place)];
  const most = reader.kind === "statements" ? 2 : 1;
  if (value.length < 1 || value.length > most) {
    const wanted = most === 2 ? "one path or two" : "one path";
    throw vlmoError("V913", { field: image, wanted, got: `a list of ${value.length}` }, place);
  }
  return value.map((entry) => imageOf(entry, image, reader, place));
}

function imageOf(value: unknown, field: string, { folder, options }: Reader, place: Place): ImageSource {
  return imageFile(value, { folder, field, place, tiles: options.tiles });
}
