// Records with images, texts and targets, in any kind of file. Everything except pixels is checked at opening, all mistakes at
// once; nothing is repaired or replaced.
import { createHash } from "node:crypto";

import type { RecordFields } from "../../../compiler/index.js";
import { inTurns } from "../../turns.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
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
import { maskFile } from "../images/mask.js";
import { Cell, Embedded } from "../images/embedded.js";
import { ImageFolder, imageFile } from "../images/image-files.js";
import { labelOf, textIn } from "./record-fields.js";
import { attempted, digestOf, recordSet } from "./record-set.js";
import type { SourceSettings } from "./settings.js";
import {
  eachText,
  fieldName,
  fieldOf,
  groupOf,
  nameOf,
  partOf,
  placeOf,
  selected,
  stretchesOf,
  type Row,
  type Table,
} from "./rows.js";

/** The options of records, complete for a reader. */
export interface RecordOptions extends Pick<
  Partial<SourceSettings<"jsonl">>,
  "classes" | "answers" | "answer_count" | "split" | "where" | "group_by" | "crop_grid" | "reduce_zero_label"
> {
  readonly on_error: "stop" | "skip";
  /** The folder that image paths are relative to. */
  readonly images: string;
  readonly allow: readonly string[];
  readonly fields: RecordFields;
}

/** Opens a table of records as items of one kind. Throws `VlmoError` with all mistakes found, unless they are skipped. */
export async function openRecords(kind: DataKind, table: Table, options: RecordOptions): Promise<DataSet> {
  const problems: VlmoError[] = [];
  const hash = createHash("sha256");
  const { rows, notes = [], lacks = [] } = await table.read({ problems, hash, fields: fieldsOf(kind, options) });
  const part =
    options.split === undefined ? rows : partOf(rows, options.split, placesOf(kind, table, options), problems);
  const whole = options.where === undefined ? part : selected(part, options.where, problems);
  const supplies = new Set([...suppliesOf(kind)].filter((supply) => !lacks.includes(supply)));
  const records = supplies.has("text") ? eachText(whole, fieldsBesideText(supplies, options), problems) : whole;
  const reader = readerOf({ kind, supplies, table }, options, records);
  let first: Item | undefined;
  const read: (Row | null)[] = [];
  for await (const record of inTurns(records)) {
    const item = attempted(problems, () => alike(readItem(record, reader), record, first, reader));
    first ??= item;
    read.push(item === undefined ? null : record);
  }
  const usable = read.filter((record) => record !== null);
  if (usable.length === 0 && problems.length > 0) table.expect?.();
  const { classes, answers, images } = reader;
  const empty = emptyReason(table, options);
  return recordSet({
    kind,
    file: table.file,
    length: usable.length,
    item: (index) => {
      const row = usable[index];
      return row === undefined ? undefined : readItem(row, reader);
    },
    problems,
    onError: options.on_error,
    digest: () => digestOf(hash, itemsOf(usable, reader), images.path),
    places: placesAmong(read),
    ...(empty !== undefined && { empty }),
    classes,
    ...(kind === "questions" && { answers: answers.answers }),
    notes,
    lacks,
    ...(table.shuffle !== undefined && { stretches: { starts: stretchesOf(read), buffer: table.shuffle } }),
  });
}

/** Why there may be no record. */
function emptyReason({ empty }: Table, { where }: RecordOptions): string | undefined {
  return where === undefined ? empty : `no record whose \`${where.field}\` is ${where.is.join(" or ")}`;
}

/** Only rows are kept in memory: an item is made whenever it is requested. */
function* itemsOf(rows: readonly Row[], reader: Reader): Generator<Item> {
  for (const row of rows) yield readItem(row, reader);
}

/** The fields that are read of each record. */
function fieldsOf(kind: DataKind, { fields, split, where, group_by: group }: RecordOptions): string[] {
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

function placesOf(kind: DataKind, { file }: Table, { fields, images }: RecordOptions): Parameters<typeof partOf>[2] {
  return { file, folder: images, fields: kind === "texts" ? [] : fields.image };
}

/** The fields with a value for each text, in records with several texts. */
function fieldsBesideText(supplies: Reader["supplies"], { fields: { text, label, answers } }: RecordOptions) {
  return { text, ...(supplies.has("label") && { label }), ...(supplies.has("answers") && { answers }) };
}

/** Everything needed to make an item from a record. */
interface Reader {
  readonly kind: DataKind;
  readonly supplies: DataSet["supplies"];
  readonly isUntyped: boolean;
  readonly options: RecordOptions;
  readonly images: ImageFolder;
  readonly classes: readonly string[] | undefined;
  readonly answers: AnswerList;
}

function readerOf(
  { kind, supplies, table: { file, isUntyped } }: Pick<Reader, "kind" | "supplies"> & { readonly table: Table },
  options: RecordOptions,
  records: readonly Row[],
): Reader {
  const images = new ImageFolder(options.images, options);
  const classes = options.classes ?? (kind === "statements" ? ["false", "true"] : undefined);
  const given = kind === "questions" ? options.answers : [];
  const answers =
    given ??
    commonAnswers(
      records.map(({ values }) => values[options.fields.answers]),
      options.answer_count,
    );
  return {
    kind,
    supplies,
    isUntyped: isUntyped === true,
    options,
    images,
    classes,
    answers: new AnswerList(answers, { file }),
  };
}

function readItem(record: Row, reader: Reader): Item {
  const {
    supplies,
    options: { fields, group_by: group },
  } = reader;
  const place = placeOf(record);
  const field = (name: string) => [fieldOf(record, name), fieldName(record, name)] as const;
  const has: { group?: string; text?: string; label?: number; answers?: readonly ScoredAnswer[]; mask?: ImageSource } =
    {};
  if (group !== undefined) has.group = groupOf(record, group);
  if (supplies.has("text")) has.text = textIn(...field(fields.text), place);
  if (supplies.has("label")) has.label = labelIn(record, reader);
  if (supplies.has("answers")) has.answers = reader.answers.scored(...field(fields.answers), place);
  if (supplies.has("mask")) has.mask = maskFile(imageOf(record, fields.mask, reader), reader.options);
  const { id, sentence, answerType } = record;
  const images = supplies.has("image") ? imagesOf(record, reader) : [];
  return {
    name: nameOf(record),
    images,
    ...has,
    ...(id !== undefined && { id }),
    ...(sentence !== undefined && { sentence }),
    ...(answerType !== undefined && { answerType }),
  };
}

function labelIn(record: Row, { options: { fields }, classes, isUntyped }: Reader): number {
  const value = fieldOf(record, fields.label);
  const isNumber = isUntyped && typeof value === "string" && /^\d{1,9}$/.test(value.trim());
  const label = isNumber && classes?.includes(value) !== true ? Number(value) : value;
  return labelOf(label, fieldName(record, fields.label), classes, placeOf(record));
}

/** The item, if it has as many images as the first one. Throws V913. */
function alike(item: Item, record: Row, first: Item | undefined, { options }: Reader): Item {
  if (first === undefined || first.images.length === item.images.length) return item;
  const [wanted, got] = [first, item].map(({ images }) => `${images.length} image${images.length === 1 ? "" : "s"}`);
  const field = options.fields.image.join("`, `");
  throw vlmoError("V913", { field, wanted: `${wanted ?? ""}, as before`, got: got ?? "" }, placeOf(record));
}

function imagesOf(record: Row, reader: Reader): ImageSource[] {
  const [image = "", ...others] = reader.options.fields.image;
  if (others.length > 0) return [image, ...others].map((field) => imageOf(record, field, reader));
  const value = fieldOf(record, image);
  if (!Array.isArray(value)) return [imageOf(record, image, reader)];
  const most = reader.kind === "statements" ? 2 : 1;
  if (value.length < 1 || value.length > most) {
    const wanted = most === 2 ? "one path or two" : "one path";
    const holes = { field: fieldName(record, image), wanted, got: `a list of ${value.length}` };
    throw vlmoError("V913", holes, placeOf(record));
  }
  return value.map((entry) => imageOf(record, image, reader, entry));
}

function imageOf(record: Row, field: string, { images }: Reader, value = fieldOf(record, field)) {
  // An image belongs to the record, not to one of its texts.
  const named = fieldName({ ...record, entry: undefined }, field);
  const place = placeOf(record);
  if (value instanceof Embedded || value instanceof Cell)
    return images.imageAt({ path: record.file, inside: value }, place);
  return imageFile(value, { images, field: named, place });
}
