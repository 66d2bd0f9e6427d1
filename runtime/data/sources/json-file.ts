// Annotations in one JSON file, of any format: read at once, with fields read by name, and mistakes reported with their path in
// the document.
import { createHash, type Hash } from "node:crypto";
import { vlmoError, type Location } from "../../errors/vlmo-error.js";
import { readJson, shown } from "./json-text.js";
import type { ReadAs } from "./file-kinds.js";
import { otherFormat } from "./recognise.js";
import { idOf, listed, textIn } from "./record-fields.js";
import { lost, repairedUtf8 } from "./encoding.js";
import { readWhole } from "./text-file.js";

interface FormOfJson {
  /** What the file looks like, for help. */
  readonly help: string;
  /** The fields that are read. */
  readonly fields: readonly string[];
}

/** The supported formats. */
const forms = {
  coco: {
    help: "COCO captions are `images: [{ id, file_name }]` and `annotations: [{ image_id, caption }]`",
    fields: ["images", "annotations", "id", "file_name", "image_id", "caption"],
  },
  instances: {
    help:
      "COCO's instances are `images: [{ id, file_name, width, height }]`, `categories: [{ id, name }]` and " +
      "`annotations: [{ image_id, category_id, segmentation, iscrowd }]`",
    fields: [
      ...["images", "annotations", "categories", "id", "name", "file_name", "width", "height", "image_id"],
      ...["category_id", "segmentation", "iscrowd", "counts", "size"],
    ],
  },
  karpathy: {
    help: "Karpathy's splits are `images: [{ filename, split, sentences: [{ raw }] }]`",
    fields: ["images", "filename", "filepath", "split", "sentences", "raw"],
  },
  vqa2: {
    help: "the questions of VQA v2 are `questions: [{ question_id, image_id, question }]`",
    fields: ["questions", "question_id", "image_id", "question", "data_subtype"],
  },
  vqa2_answers: {
    help: "the annotations of VQA v2 are `annotations: [{ question_id, answers: [{ answer }] }]`",
    fields: ["annotations", "question_id", "answers", "answer", "multiple_choice_answer"],
  },
} as const satisfies Partial<Record<ReadAs, FormOfJson>>;

/** The name of a format. */
export type Form = keyof typeof forms;

/** A JSON object. */
export type Json = Readonly<Record<string, unknown>>;

/** A file that was read. */
export interface JsonFile {
  readonly value: unknown;
  readonly hash: Hash;
  readonly place: Location;
  readonly readAs: Form;
  /** Some bytes are not UTF-8: texts with them are refused. */
  readonly isDamaged: boolean;
}

/** Reads a file. Throws V910, V982. */
export async function readJsonFile(file: string, readAs: Form): Promise<JsonFile> {
  const { text, isDamaged } = await readWhole(file);
  const { value, problem } = readJson(text, forms[readAs].fields);
  if (problem !== undefined) {
    const help = "correct the file, or download it again";
    throw otherFormat(file, readAs) ?? vlmoError("V910", { file, reason: `it is not JSON: ${problem}` }, { help });
  }
  return {
    value,
    hash: createHash("sha256").update(text.replaceAll("\r\n", "\n")),
    place: { file },
    readAs,
    isDamaged,
  };
}

/** The lists of a document under these keys. Throws V910, V982. */
export function listsIn<K extends string>(
  { value, place: { file = "" }, readAs }: JsonFile,
  keys: readonly K[],
): Record<K, readonly unknown[]> {
  const lists = keys.map((key): [K, readonly unknown[]] => {
    const list = isObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
    if (Array.isArray(list)) return [key, list];
    throw (
      otherFormat(file, readAs) ??
      vlmoError("V910", { file, reason: `it has no list \`${key}\`` }, { help: forms[readAs].help })
    );
  });
  // Boundary: every key has just been given an entry.
  return Object.fromEntries(lists) as Record<K, readonly unknown[]>;
}

/** A part of a document, with its path: `images[3]`. */
export interface Part {
  readonly value: unknown;
  readonly at: string;
  readonly of: JsonFile;
}

/** The value of a field. Throws V912, V913. */
export function fieldOf({ value, at, of: { place, readAs } }: Part, field: string): unknown {
  if (!isObject(value)) throw vlmoError("V913", { field: at, wanted: "an object", got: shown(value) }, place);
  if (Object.hasOwn(value, field)) return value[field];
  const holes = { field: `${at}.${field}`, has: listed(Object.keys(value)) };
  throw vlmoError("V912", holes, {
    ...place,
    help: `${forms[readAs].help}; \`on_error: skip\` leaves other records out`,
  });
}

/** The text of a field. Throws V912, V913, V914. */
export function textAt(part: Part, field: string): string {
  const { place, isDamaged } = part.of;
  const text = textIn(fieldOf(part, field), `${part.at}.${field}`, place);
  if (!isDamaged || !text.includes(lost)) return text;
  const holes = { field: `${part.at}.${field}`, wanted: "text in UTF-8", got: "other bytes" };
  throw vlmoError("V913", holes, { ...place, help: repairedUtf8(place.file ?? "") });
}

/** A number or text of a field that identifies something. Throws V912, V913. */
export function idIn(part: Part, field: string): number | string {
  return idOf(fieldOf(part, field), `${part.at}.${field}`, part.of.place);
}

/** Whether a value is an object and not a list. */
export function isObject(value: unknown): value is Json {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
