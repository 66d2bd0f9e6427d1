// Records on disk: a file of one JSON object per line that names images and holds texts and targets. Everything but the
// pixels is checked when the file is opened, all mistakes at once; nothing is repaired and nothing replaced.
import { createHash } from "node:crypto";
import path from "node:path";

import type { recordFields } from "../../../compiler/index.js";
import { inTurns } from "../../turns.js";
import { vlmoError, type Location, type VlmoError } from "../../errors/vlmo-error.js";
import {
  placesAmong,
  suppliesOf,
  type DataKind,
  type DataSet,
  type ImageSource,
  type Item,
  type ScoredAnswer,
} from "./data-set.js";
import { AnswerList, commonAnswers } from "./answers.js";
import { ImageFolder, imageFile } from "../images/image-files.js";
import { labelOf, textIn } from "./record-fields.js";
import { attempted, digestOf, recordSet } from "./record-set.js";
import type { LocatedSettings } from "./settings.js";
import { expectRecords, fieldOf, groupOf, partOf, readRows, selected, type Row } from "./rows.js";

/** Settings of `format: jsonl`, with nothing left out that a reader needs. */
export type JsonlOptions = LocatedSettings<"jsonl"> & {
  readonly images: string;
  readonly fields: typeof recordFields;
};

/** Opens a file of records as items of one kind. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openJsonl(kind: DataKind, options: JsonlOptions): Promise<DataSet> {
  const problems: VlmoError[] = [];
  const hash = createHash("sha256");
  const file = options.records;
  const all = await readRows(file, { problems, hash, fields: fieldsOf(kind, options) });
  const selecting = { file, problems };
  const part = options.split === undefined ? all : partOf(all, options.split, selecting);
  const records = options.where === undefined ? part : selected(part, options.where, selecting);
  const reader = readerOf(kind, options, records);
  let first: Item | undefined;
  const read: (Row | null)[] = [];
  for await (const record of inTurns(records)) {
    const item = attempted(problems, () => alike(readItem(record, reader), first, reader));
    first ??= item;
    read.push(item === undefined ? null : record);
  }
  const usable = read.filter((record) => record !== null);
  if (usable.length === 0 && problems.length > 0) expectRecords(file);
  const { classes, answers, images } = reader;
  return recordSet({
    kind,
    file,
    length: usable.length,
    item: (index) => {
      const row = usable[index];
      return row === undefined ? undefined : readItem(row, reader);
    },
    problems,
    onError: options.on_error,
    digest: () => digestOf(hash, itemsOf(usable, reader), images.path),
    places: placesAmong(read),
    ...(options.where && { empty: `no record whose \`${options.where.field}\` is ${options.where.is.join(" or ")}` }),
    classes,
    ...(kind === "questions" && { answers: answers.answers }),
  });
}

/** Rows are what is kept: an item is made of one whenever it is asked for. */
function* itemsOf(rows: readonly Row[], reader: Reader): Generator<Item> {
  for (const row of rows) yield readItem(row, reader);
}

/** The fields that a record is asked for. */
function fieldsOf(kind: DataKind, { fields, split, where, group_by: group }: JsonlOptions): string[] {
  const supplies = suppliesOf(kind);
  const supplied = {
    image: fields.image,
    images: fields.image,
    text: [fields.text],
    label: [fields.label],
    answers: [fields.answers],
    mask: [fields.mask],
  };
  const asked = [...supplies].flatMap((supply) => supplied[supply]);
  return [...new Set([...asked, ...[split?.by, where?.field, group].filter((field) => field !== undefined)])];
}

/** All that is needed to make an item of a record. */
interface Reader {
  readonly kind: DataKind;
  readonly options: JsonlOptions;
  readonly images: ImageFolder;
  readonly classes: readonly string[] | undefined;
  readonly answers: AnswerList;
}

function readerOf(kind: DataKind, options: JsonlOptions, records: readonly Row[]): Reader {
  const images = new ImageFolder(options.images, options);
  const classes = options.classes ?? (kind === "statements" ? ["false", "true"] : undefined);
  const given = kind === "questions" ? options.answers : [];
  const answers =
    given ??
    commonAnswers(
      records.map(({ values }) => values[options.fields.answers]),
      options.answer_count,
    );
  return { kind, options, images, classes, answers: new AnswerList(answers, { file: options.records }) };
}

function readItem(record: Row, reader: Reader): Item {
  const { records: file, fields, group_by: group } = reader.options;
  const place = { file, line: record.line };
  const supplies = suppliesOf(reader.kind);
  const field = (name: string): unknown => fieldOf(record, name, file);
  const has: { group?: string; text?: string; label?: number; answers?: readonly ScoredAnswer[]; mask?: ImageSource } =
    {};
  if (group !== undefined) has.group = groupOf(record, group, file);
  if (supplies.has("text")) has.text = textIn(field(fields.text), fields.text, place);
  if (supplies.has("label")) has.label = labelOf(field(fields.label), fields.label, reader.classes, place);
  if (supplies.has("answers")) has.answers = reader.answers.scored(field(fields.answers), fields.answers, place);
  if (supplies.has("mask")) has.mask = imageOf(field(fields.mask), fields.mask, reader, place);
  const images = supplies.has("image") ? imagesOf(field, reader, place) : [];
  return { name: `${path.basename(file)}:${record.line}`, images, ...has };
}

/** The item, if it has as many images as the first one. Throws V913. */
function alike(item: Item, first: Item | undefined, { options }: Reader): Item {
  if (first === undefined || first.images.length === item.images.length) return item;
  const [wanted, got] = [first, item].map(({ images }) => `${images.length} image${images.length === 1 ? "" : "s"}`);
  const field = options.fields.image.join("`, `");
  const [image] = item.images;
  const place = image?.kind === "file" ? image.place : {};
  throw vlmoError("V913", { field, wanted: `${wanted ?? ""}, as before`, got: got ?? "" }, place);
}

function imagesOf(valueOf: (field: string) => unknown, reader: Reader, place: Location): ImageSource[] {
  const [image = "", ...others] = reader.options.fields.image;
  if (others.length > 0) return [image, ...others].map((field) => imageOf(valueOf(field), field, reader, place));
  const value = valueOf(image);
  if (!Array.isArray(value)) return [imageOf(value, image, reader, place)];
  const most = reader.kind === "statements" ? 2 : 1;
  if (value.length < 1 || value.length > most) {
    const wanted = most === 2 ? "one path or two" : "one path";
    throw vlmoError("V913", { field: image, wanted, got: `a list of ${value.length}` }, place);
  }
  return value.map((entry) => imageOf(entry, image, reader, place));
}

function imageOf(value: unknown, field: string, { images }: Reader, place: Location): ImageSource {
  return imageFile(value, { images, field, place });
}
