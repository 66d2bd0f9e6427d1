// Keys of data blocks whose samples are records with fields, in any file format: the fields of each supply, which
// records are selected, and the lists that number labels and answers.
import { z } from "zod";
import { doc, string } from "./fields.js";
import { heldOut, reduceZeroLabel } from "./file-keys.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { names } from "./names.js";
import { count } from "./numbers.js";
import { section } from "./families.js";

/** The field of a record for each supply. */
export interface RecordFields {
  readonly image: readonly string[];
  readonly text: string;
  readonly label: string;
  readonly answers: string;
  readonly mask: string;
}

/** Default fields of a record. */
export const recordFields: RecordFields = {
  image: ["image"],
  text: "text",
  label: "label",
  answers: "answer",
  mask: "mask",
};

/** Default members of a sample in an archive. */
export const memberFields: RecordFields = {
  image: ["jpg;jpeg;png;webp;gif;tif;tiff;avif"],
  text: "txt;text;caption",
  label: "cls",
  answers: "json.answer",
  mask: "mask.png;seg.png",
};

function fields({ image, text, label, answers, mask }: RecordFields) {
  return z.object({
    image: doc(
      list(string(), { least: 1, most: 2 }).default([...image]),
      "The image, or its path; two fields where a sample has two images.",
    ),
    text: doc(string().default(text), "The text; a list of texts is a sample of each."),
    label: doc(string().default(label), "The class, or whether a statement is true."),
    answers: doc(string().default(answers), "The answer, or a list of answers."),
    mask: doc(string().default(mask), "The mask, or its path."),
  });
}

const recordsHeldOut = z.object({
  by: doc(
    string().optional(),
    "Records that agree in this field stay together; by default those of one image, or of one statement.",
  ),
  ...heldOut.shape,
});

const where = z.object({
  field: doc(string(), "The field to test."),
  is: doc(
    list(string(), { distinct: true, least: 1 }),
    "Its value, or a list of allowed values; numbers and booleans as text.",
  ),
});

/** Keys of closed lists of answers. */
export const answerKeys = {
  answers: doc(
    names().optional(),
    "The closed list of answers; a file holds one per line. By default those of the records.",
  ),
  answer_count: doc(
    count({ most: most.items }).optional(),
    "Lists only answers that are the most common one of at least this many questions (9 in the original); by default every answer.",
  ),
};

/** Their parsed values. */
export interface AnswerSettings {
  readonly answers?: unknown;
  readonly answer_count?: number | undefined;
}

/** If no list is given: how often an answer must occur in the records to be listed. */
export const answersFrom = ({ answers, answer_count: least = 1 }: AnswerSettings): number | null =>
  answers === undefined ? least : null;

/** Keys that select records, and that keep related ones together. */
export const selectionKeys = {
  split: doc(section(recordsHeldOut).optional(), "Holds out whole groups of records for validation."),
  where: doc(section(where).optional(), "Takes only the records whose field has a given value."),
  group_by: doc(
    string().optional(),
    "Records that agree in this field follow one another in every epoch: such as the images of one text.",
  ),
};

/** Keys of all formats of records, with the default fields. */
export function recordKeys(defaults: RecordFields) {
  return {
    fields: doc(section(fields(defaults)).optional(), "Which field of a record holds what."),
    classes: doc(names().optional(), "Names of the labels, in order; a file holds one per line."),
    reduce_zero_label: reduceZeroLabel,
    ...answerKeys,
    ...selectionKeys,
  };
}

/** Two image fields make two images. */
export const recordImages = {
  how: "`fields { image: [left, right] }`, with the names of its fields",
  has: ({ fields }: { readonly fields?: { readonly image: readonly string[] } | undefined }): boolean =>
    fields?.image.length === 2,
};
