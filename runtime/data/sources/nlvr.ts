// NLVR and NLVR2 as published: JSON lines with a sentence, whether it is true, and an identifier that names the images.
import { recordFields } from "../../../compiler/index.js";
import { vlmoError, type Location } from "../../errors/vlmo-error.js";
import type { Json } from "./json-file.js";
import { readObjects } from "./json-lines.js";
import { expectFormat } from "./recognise.js";
import { shown } from "./json-text.js";
import { idOf, listed } from "./record-fields.js";
import type { Reading, Row, Table, TableRead } from "./rows.js";
import type { SourceSettings } from "./settings.js";

/**
 * The images of a record, a row for each list, and the name of its sentence: the identifier without the number of the images
 * (NLVR2's eval/metrics.py).
 */
type About = (
  record: Json,
  place: Location,
) => { readonly images: readonly (readonly string[])[]; readonly sentence: string };

/**
 * NLVR2: two photographs. `dev-850-0-1` has `dev-850-0-img0.png` and `-img1.png`, in the folder of `directory`; without the
 * third number, that of the two images, it names the sentence (NLVR2's eval/metrics.py).
 */
export function nlvr2Table(file: string): Table {
  return tableOf(file, (record, place) => {
    const name = identifierOf(record, place);
    const [, stem, sentence] = /^(.+)-(\d+)$/.exec(name) ?? [];
    if (stem === undefined || sentence === undefined) {
      const wanted = "one as `dev-850-0-1`, the images' name and the number of the sentence";
      throw vlmoError("V913", { field: "identifier", wanted, got: shown(name) }, place);
    }
    const folder = record["directory"] === undefined ? "" : `${fieldIn(record, "directory", place)}/`;
    const images = [`${folder}${stem}-img0.png`, `${folder}${stem}-img1.png`];
    return { images: [images], sentence: `${stem.replace(/-\d+$/, "-")}-${sentence}` };
  });
}

/** NLVR: drawings of three boxes, in up to six permutations. `3990-1` has `49/train-3990-1-0.png`. */
export function nlvrTable(
  file: string,
  { split, permutations }: Pick<SourceSettings<"nlvr">, "split" | "permutations">,
): Table {
  return tableOf(file, (record, place) => {
    const [name, folder] = [identifierOf(record, place), fieldIn(record, "directory", place)];
    const images = permutations.map((permutation) => [`${folder}/${split}-${name}-${permutation}.png`]);
    return { images, sentence: `${split}-${name.replace(/-\d+$/, "")}` };
  });
}

/** The fields of a row. */
export const nlvrFields = { ...recordFields, text: "sentence" };

const FIELDS = ["identifier", "sentence", "label", "directory"];

function tableOf(file: string, about: About): Table {
  return { file, read: (reading) => readRecords(file, about, reading), expect: () => expectFormat(file, "nlvr2") };
}

async function readRecords(file: string, about: About, { problems, hash }: Reading): Promise<TableRead> {
  const rowsOf = (record: Json, line: number): Row[] => {
    const { images, sentence } = about(record, { file, line });
    const id = identifierOf(record, { file, line });
    const values = { sentence: record["sentence"], ...(Object.hasOwn(record, "label") && { label: record["label"] }) };
    if (!Object.hasOwn(record, "sentence")) throw missing("sentence", record, { file, line });
    return images.map((image) => ({
      file,
      line,
      id,
      values: { ...values, image },
      sentence,
      has: Object.keys(record),
    }));
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
