// From what a command line names (files, folders, texts, records) to questions for a head, with what is missing said
// before a model is loaded.
import { statSync } from "node:fs";
import path from "node:path";
import { recordFields, type HeadSpec } from "../../compiler/index.js";
import { csvTable } from "../data/sources/csv.js";
import type { DataKind, DataSet, ImageFile, Item } from "../data/sources/data-set.js";
import { jsonLines } from "../data/sources/json-lines.js";
import { openRecords } from "../data/sources/records.js";
import type { Table } from "../data/sources/rows.js";
import { openFolder } from "../data/sources/folder.js";
import { systemError } from "../errors/system-error.js";
import { allOf, mistakesIn, VlmoError, vlmoError } from "../errors/vlmo-error.js";
import type { Question } from "./answer.js";
import { askedOf, type Asked } from "./heads.js";

/** What is asked, as it was named. */
export interface Inputs {
  /** Images, or folders of them. */
  readonly images: readonly string[];
  /** Each is asked of each image. */
  readonly texts: readonly string[];
  /** A file of records with images and texts; null for none. */
  readonly records: string | null;
  /** The fields of a record. */
  readonly fields: { readonly image: readonly string[]; readonly text: string };
}

/** The fields of records where nobody says otherwise. */
export const usualFields = { image: recordFields.image, text: recordFields.text };

/** Who reads the questions, and the code of what is wrong with them. */
export interface Reader extends Asked {
  readonly name: string;
  readonly code: "V901" | "V909" | "V991";
}

/** Questions for a head, in the order in which they were named. Throws V910, V991 where a head needs what is not there. */
export async function questionsFor(head: HeadSpec, inputs: Inputs): Promise<Question[]> {
  return questionsOf({ ...askedOf(head), name: `the head \`${head.name}\``, code: "V991" }, inputs);
}

/** The same for any reader. Throws V910, and the reader's code. */
export async function questionsOf(asked: Reader, inputs: Inputs): Promise<Question[]> {
  if (inputs.records !== null && inputs.images.length > 0) {
    const help = "put the images into the records, or run the command twice";
    throw vlmoError(asked.code, { reason: "records are named, and images beside them" }, { help });
  }
  if (inputs.records !== null) return fromRecords(asked, inputs.records, inputs.fields);
  const images = (await Promise.all(inputs.images.map(imagesAt))).flat();
  expect(asked, { images: images.length, texts: inputs.texts.length });
  if (asked.images === 2) return inputs.texts.map((text) => ({ name: nameOf(images, text), images, text }));
  if (asked.images === 0) return inputs.texts.map((text) => ({ name: text, images: [], text }));
  const alone = images.map((image) => ({ name: image.key, images: [image] }));
  return asked.text ? alone.flatMap((one) => inputs.texts.map((text) => ({ ...one, text }))) : alone;
}

function nameOf(images: readonly ImageFile[], text: string): string {
  return [...images.map(({ key }) => key), text].join(" | ");
}

const byArguments = "name images as arguments, texts with --text, or a file with --records";
const namedBy = {
  V901: "name images with --image, and texts with --text",
  V909: byArguments,
  V991: byArguments,
} satisfies Record<Reader["code"], string>;

function expect(asked: Reader, given: { readonly images: number; readonly texts: number }): void {
  const { name, code } = asked;
  const wanted = { 0: "no image", 1: "images", 2: "two images" }[asked.images];
  const enough = { 0: given.images === 0, 1: given.images > 0, 2: given.images === 2 }[asked.images];
  const found = given.images === 0 ? "none is named" : `${given.images} are named`;
  const help = namedBy[code];
  if (!enough) throw vlmoError(code, { reason: `${name} reads ${wanted}, and ${found}` }, { help });
  if (!asked.text || given.texts > 0) return;
  throw vlmoError(code, { reason: `${name} reads a text, and none is named` }, { help });
}

async function imagesAt(named: string): Promise<ImageFile[]> {
  if (!isFolder(named)) return [{ kind: "file", key: named, path: path.resolve(named), place: { file: named } }];
  const dataSet = await openFolder("images", { images: path.resolve(named), allow: [], on_error: "stop" });
  return itemsOf(dataSet).flatMap(({ name, images }) =>
    images.flatMap((image) => (image.kind === "file" ? [{ ...image, key: path.join(named, name) }] : [])),
  );
}

function isFolder(named: string): boolean {
  try {
    return statSync(named).isDirectory();
  } catch (error) {
    throw systemError("V910", named, error, "name an image, or a folder of images");
  }
}

function itemsOf({ length, item }: DataSet): Item[] {
  return Array.from({ length }, (_, index) => item(index));
}

/** Labels and answers are not asked for: who has them needs no prediction. */
async function fromRecords(asked: Asked, file: string, { image, text }: Inputs["fields"]): Promise<Question[]> {
  const table = tableOf(path.resolve(file));
  const unlabelled: Table = {
    ...table,
    read: async (reading) => ({ ...(await table.read(reading)), lacks: ["label", "answers"] }),
  };
  const dataSet = await openRecords(kindOf(asked), unlabelled, {
    on_error: "stop",
    images: path.dirname(path.resolve(file)),
    allow: [],
    fields: { ...recordFields, image, text },
  }).catch(withOwnHelp);
  return itemsOf(dataSet).map(({ name, images, text: words }) => ({
    name: path.join(path.dirname(file), name),
    images: images.flatMap((source) => (source.kind === "file" ? [source] : [])),
    ...(words !== undefined && { text: words }),
  }));
}

/** There is no data block to mend here; a field that many records lack is told once. */
function withOwnHelp(thrown: unknown): never {
  const mistakes = mistakesIn(thrown);
  const told = mistakes.filter(
    ({ code, message }, i) => code !== "V912" || mistakes.findIndex((other) => other.message === message) === i,
  );
  throw allOf(told.map(helped));
}

function helped({ code, message, file, line, help, listed }: VlmoError): VlmoError {
  const own = line === undefined ? help : "correct the record, or take it out of the file";
  const named = "name the field that holds it, as in --fields text=question";
  return new VlmoError(code, message, { file, line, listed, help: code === "V912" ? named : own });
}

/** By the ending: a table with a header, else JSON lines. */
function tableOf(file: string): Table {
  return /\.(csv|tsv|tab)$/i.test(file) ? csvTable(file, { quotes: true }) : jsonLines(file);
}

function kindOf({ images, text }: Asked): DataKind {
  if (images === 2) return "statements";
  if (images === 0) return "texts";
  return text ? "pairs" : "images";
}
