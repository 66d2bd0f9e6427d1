// From inputs on a command line (files, folders, texts, records) to questions for a head; missing inputs are reported before a
// model is loaded.
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { recordFields, type HeadSpec, type RecordFields } from "../../compiler/index.js";
import { tableAt } from "../data/sources/any-table.js";
import type { KnownForm } from "../data/sources/file-kinds.js";
import type { DataKind, DataSet, ImageFile, Item } from "../data/sources/data-set.js";
import { jsonLines } from "../data/sources/json-lines.js";
import { nlvr2Table, nlvrFields } from "../data/sources/nlvr.js";
import { glanceAt } from "../data/sources/glance.js";
import { formOf } from "../data/sources/recognise.js";
import { openRecords } from "../data/sources/records.js";
import type { Table } from "../data/sources/rows.js";
import { openFolder } from "../data/sources/folder.js";
import { namesLike, vqaTable } from "../data/sources/vqa2.js";
import { systemError } from "../errors/system-error.js";
import { codes } from "../errors/codes.js";
import { advisedBy, mistakesIn, type VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { imageAdvice, throwAdvised } from "./advice.js";
import type { Question } from "./answer.js";
import type { LeftOut } from "./asking.js";
import { askedOf, type Asked } from "./heads.js";
import { expectWords } from "./candidates.js";
import { onCommandLine, type Naming } from "./naming.js";

/** The inputs as given on the command line. */
export interface Inputs {
  /** Images, or folders of them. */
  readonly images: readonly string[];
  /** Each is combined with each image. */
  readonly texts: readonly string[];
  /** A file of records with images and texts; null for none. */
  readonly records: string | null;
  /**
   * The folder that paths in records are relative to, if the records are in no folder of their own; default that of their file.
   */
  readonly from?: string;
  /** The record fields that the user has named; the others have the language's default names. */
  readonly fields: Partial<RecordNames>;
}

/** The names of a record's fields. */
export interface RecordNames {
  readonly image: readonly string[];
  readonly text: string;
}

/** The reader of the questions, the code of its errors, and remedies with its names. */
export interface Reader extends Asked {
  readonly name: string;
  readonly code: "V901" | "V909" | "V991";
  readonly advice: string;
}

/** Options for making questions. */
interface Making {
  readonly naming?: Naming;
  /** Called for each image of a folder that cannot be read; without it such an image ends the call with an error. */
  readonly leftOut?: LeftOut | undefined;
}

/** Questions for a head, in the order given. Throws V910, V991 where an input of the head is missing. */
export async function questionsFor(
  head: HeadSpec,
  inputs: Inputs,
  { naming = onCommandLine, leftOut }: Making = {},
): Promise<Question[]> {
  const { records, fields } = inputs;
  if (records !== null && Object.keys(fields).length > 0 && publishedAt(path.resolve(records)) !== null) {
    const reason = `fields are named, and \`${records}\` is published with fields of its own`;
    throw vlmoError("V991", { reason }, { help: "leave them out" });
  }
  return questionsOf(readerOf(head, naming), inputs, leftOut);
}

function readerOf(head: HeadSpec, { inputs: advice }: Naming): Reader {
  return { ...askedOf(head), name: `the head \`${head.name}\``, code: "V991", advice };
}

/** The same for any reader. Throws V910, and the reader's code. */
export async function questionsOf(asked: Reader, inputs: Inputs, leftOut?: LeftOut): Promise<Question[]> {
  expectFieldsRead(asked, inputs);
  if (inputs.records !== null) return fromRecords(asked, inputs.records, inputs);
  const images = (await Promise.all(inputs.images.map(async (named) => imagesAt(named, leftOut)))).flat();
  return aboutAll(asked, { images, texts: inputs.texts });
}

/** Throws for a named field that the head does not read. */
function expectFieldsRead({ name, code, images, text }: Reader, { records, fields }: Inputs): void {
  const refuse = (reason: string): never => {
    throw vlmoError(code, { reason: `fields of records are named, and ${reason}` }, { help: "leave them out" });
  };
  if (Object.keys(fields).length === 0) return;
  if (records === null) refuse("no records are");
  if (fields.text !== undefined && !text) refuse(`${name} reads no text`);
  if (fields.image !== undefined && images === 0) refuse(`${name} reads no image`);
}

/** Images and texts of questions: each text is combined with each image. */
export interface About {
  readonly images: readonly ImageFile[];
  readonly texts: readonly string[];
}

/** Questions for a head about images at hand, such as uploaded ones. Throws V991 where an input is missing. */
export function questionsAbout(head: HeadSpec, about: About, naming: Naming): Question[] {
  return aboutAll(readerOf(head, naming), about);
}

function aboutAll(asked: Reader, { images, texts }: About): Question[] {
  texts.forEach((text) => expectWords(text, asked.code));
  expect(asked, { images: images.length, texts: texts.length });
  if (asked.images === 2) return texts.map((text) => ({ name: nameOf(images, text), images, text }));
  if (asked.images === 0) return texts.map((text) => ({ name: text, images: [], text }));
  const alone = images.map((image) => ({ name: nameOfImage(image), images: [image] }));
  return asked.text ? alone.flatMap((one) => texts.map((text) => ({ ...one, text }))) : alone;
}

function nameOf(images: readonly ImageFile[], text: string): string {
  return [...images.map(nameOfImage), text].join(" | ");
}

/** Files keep the name given; uploaded images may share a name. */
function nameOfImage({ key, path: file, inside }: ImageFile): string {
  return inside === undefined ? key : file;
}

function expect(asked: Reader, given: { readonly images: number; readonly texts: number }): void {
  const { name, code, advice: help } = asked;
  const wanted = { 0: "no image", 1: "images", 2: "two images" }[asked.images];
  const enough = { 0: given.images === 0, 1: given.images > 0, 2: given.images === 2 }[asked.images];
  const found = given.images === 0 ? "none is named" : `${given.images} are named`;
  if (!enough) throw vlmoError(code, { reason: `${name} reads ${wanted}, and ${found}` }, { help });
  if (!asked.text || given.texts > 0) return;
  throw vlmoError(code, { reason: `${name} reads a text, and none is named` }, { help });
}

async function imagesAt(named: string, leftOut?: LeftOut): Promise<ImageFile[]> {
  if (!isFolder(named)) return [{ kind: "file", key: named, path: path.resolve(named), place: { file: named } }];
  const onError: "stop" | "skip" = leftOut === undefined ? "stop" : "skip";
  const options = { images: path.resolve(named), allow: [], on_error: onError };
  const dataSet = await openFolder("images", options).catch(throwAdvised);
  for (const mistake of dataSet.skipped ?? []) leftOut?.(`an image of ${named}`, `${mistake.code}: ${mistake.message}`);
  return itemsOf(dataSet).flatMap(({ name, images }) =>
    images.flatMap((image) => (image.kind === "file" ? [{ ...image, key: path.join(named, name) }] : [])),
  );
}

/** Whether the path is a folder rather than a file; `help` is the remedy. Throws V910 where neither exists. */
export function isFolder(named: string, help = "name an image, or a folder of images"): boolean {
  try {
    return statSync(named).isDirectory();
  } catch (error) {
    throw systemError("V910", named, error, help);
  }
}

function itemsOf({ length, item }: DataSet): Item[] {
  return Array.from({ length }, (_, index) => item(index));
}

/** Labels and answers are not read: prediction needs none. */
async function fromRecords(asked: Reader, file: string, inputs: Inputs): Promise<Question[]> {
  const images = folderBeside(asked, inputs) ?? inputs.from ?? path.dirname(path.resolve(file));
  const { table, fields } = recordsAt(path.resolve(file), inputs.fields, images);
  const unlabelled: Table = {
    ...table,
    read: async (reading) => ({ ...(await table.read(reading)), lacks: ["label", "answers"] }),
  };
  const dataSet = await openRecords(kindOf(asked), unlabelled, {
    on_error: "stop",
    images,
    allow: [],
    fields,
  }).catch(withOwnHelp);
  return itemsOf(dataSet).map(({ name, images: own, text: words, id }) => ({
    name: inputs.from === undefined ? path.join(path.dirname(file), name) : name,
    images: own.flatMap((source) => (source.kind === "file" ? [source] : [])),
    ...(words !== undefined && { text: words }),
    ...(id !== undefined && { id }),
  }));
}

/** There is no data block to fix here; a field missing in many records, or an image named by many, is reported once. */
function withOwnHelp(thrown: unknown): never {
  const mistakes = mistakesIn(thrown);
  const told = mistakes.filter(
    ({ code, message }, i) =>
      !["V912", "V916"].includes(code) || mistakes.findIndex((other) => other.message === message) === i,
  );
  throw advisedBy(told, recordAdvice);
}

/** Remedies for records named by the user. */
const remedies: Readonly<Record<string, string>> = {
  V912: "name the field that holds it, as in --fields text=question",
  V916: "correct the path in the record, or take it out of the file; paths begin at the folder of the records, and for `predict` and `embed` at one that is named beside them",
  V982: "write JSON lines, an object for each, or a table (CSV, TSV); questions of VQA v2 and NLVR2 are read as they are",
};

/** A remedy specific to the file or name takes precedence over the general one. */
function recordAdvice(mistake: VlmoError): string {
  const { code, help, line } = mistake;
  if (code === "V916" && help !== codes.V916.help) return help;
  // Remedies that name a `format:` are for data blocks; those for packed, binary or wrongly encoded files apply here, too.
  if (code === "V982" && !/`format: /.test(help)) return help;
  const known = remedies[code];
  return known ?? (line === undefined ? imageAdvice(mistake) : "correct the record, or take it out of the file");
}

/** The folder that paths in records are relative to, where one is named beside them. */
function folderBeside({ code }: Reader, { images: [folder, ...more] }: Inputs): string | null {
  if (folder === undefined) return null;
  if (more.length === 0 && isFolder(folder)) return path.resolve(folder);
  const help =
    "name the one folder that the paths of the records start from, put the images into the records, or run the command twice";
  throw vlmoError(code, { reason: "records are named, and images beside them" }, { help });
}

interface Records {
  readonly table: Table;
  readonly fields: RecordFields;
}

/** Readers of published question files, by form; their field names are fixed. */
const published: Partial<{ readonly [Form in KnownForm]: (file: string, images: string) => Records }> = {
  vqa2: (file, images) => ({
    table: vqaTable({
      questions: file,
      annotations: undefined,
      image_names: namesLike(readdirSync(images), glanceAt(file).head),
    }),
    fields: recordFields,
  }),
  nlvr2: (file) => ({ table: nlvr2Table(file), fields: { ...recordFields, ...nlvrFields } }),
};

/** The reader of a published question file; null for any other. */
function publishedAt(file: string): ((file: string, images: string) => Records) | null {
  const form = formOf(file)?.form;
  return (form === undefined ? undefined : published[form]) ?? null;
}

/**
 * Published files are recognised by their contents, others by their extension: a table, or JSON lines. Published ones have
 * their images in `images`.
 */
function recordsAt(file: string, named: Inputs["fields"], images: string): Records {
  const own = publishedAt(file);
  if (own !== null) return own(file, images);
  // Stdin has no extension.
  const isTable = /\.(csv|tsv|tab)$/i.test(file) || (path.extname(file) === "" && formOf(file)?.form === "csv");
  const table = isTable ? tableAt(file) : jsonLines(file);
  return { table, fields: { ...recordFields, ...named } };
}

function kindOf({ images, text }: Asked): DataKind {
  if (images === 2) return "statements";
  if (images === 0) return "texts";
  return text ? "pairs" : "images";
}
