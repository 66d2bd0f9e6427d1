// NLVR and NLVR2 as they are published: JSON lines with a sentence, whether it is true, and an identifier that names the
// images.
import { recordFields } from "../../../compiler/index.js";
import { vlmoError, type Location } from "../../errors/vlmo-error.js";
import type { Json } from "./json-file.js";
import { expectRecords, readObjects } from "./json-lines.js";
import { shown } from "./json-text.js";
import { idOf, listed } from "./record-fields.js";
import type { Reading, Row, Table, TableRead } from "./rows.js";
import type { SourceSettings } from "./settings.js";

/** The images that a record is about, a row for each of its lists. */
type Images = (record: Json, place: Location) => readonly (readonly string[])[];

/** NLVR2: two photographs. `dev-850-0-1` is about `dev-850-0-img0.png` and `-img1.png`, in the folder of `directory`. */
export function nlvr2Table(file: string): Table {
  return tableOf(file, (record, place) => {
    const name = identifierOf(record, place);
    const stem = /^(.+)-\d+$/.exec(name)?.[1];
    if (stem === undefined) {
      const wanted = "one as `dev-850-0-1`, the images' name and the number of the sentence";
      throw vlmoError("V913", { field: "identifier", wanted, got: shown(name) }, place);
    }
    const folder = record["directory"] === undefined ? "" : `${fieldIn(record, "directory", place)}/`;
    return [[`${folder}${stem}-img0.png`, `${folder}${stem}-img1.png`]];
  });
}

/** NLVR: drawings of three boxes, in up to six orders of them. `3990-1` is about `49/train-3990-1-0.png`. */
export function nlvrTable(
  file: string,
  { split, permutations }: Pick<SourceSettings<"nlvr">, "split" | "permutations">,
): Table {
  return tableOf(file, (record, place) => {
    const [name, folder] = [identifierOf(record, place), fieldIn(record, "directory", place)];
    return permutations.map((permutation) => [`${folder}/${split}-${name}-${permutation}.png`]);
  });
}

/** Where a row has what. */
export const nlvrFields = { ...recordFields, text: "sentence" };

const FIELDS = ["identifier", "sentence", "label", "directory"];

function tableOf(file: string, imagesOf: Images): Table {
  return { file, read: (reading) => readRecords(file, imagesOf, reading), expect: () => expectRecords(file, "nlvr2") };
}

async function readRecords(file: string, imagesOf: Images, { problems, hash }: Reading): Promise<TableRead> {
  const rowsOf = (record: Json, line: number): Row[] => {
    const images = imagesOf(record, { file, line });
    const values = { sentence: record["sentence"], ...(Object.hasOwn(record, "label") && { label: record["label"] }) };
    if (!Object.hasOwn(record, "sentence")) throw missing("sentence", record, { file, line });
    return images.map((image) => ({ file, line, values: { ...values, image }, has: Object.keys(record) }));
  };
  const rows = (await readObjects(file, { problems, hash, fields: FIELDS }, rowsOf, "nlvr2")).flat();
  const isTest = rows.length > 0 && !rows.some(({ values }) => Object.hasOwn(values, "label"));
  return { rows, ...(isTest && { lacks: ["label"] as const }) };
}

function identifierOf(record: Json, place: Location): string {
  return fieldIn(record, "identifier", place);
}

function fieldIn(record: Json, field: string, place: Location): string {
  if (!Object.hasOwn(record, field)) throw missing(field, record, place);
  return String(idOf(record[field], field, place));
}

function missing(field: string, record: Json, place: Location) {
  return vlmoError("V912", { field, has: listed(Object.keys(record)) }, place);
}
