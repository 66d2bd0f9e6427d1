// The keys of data blocks whose samples are records with fields, whatever file they lie in: which field holds what, which
// records are taken, and the lists that labels and answers are numbers in.
import { z } from "zod";
import { doc, string } from "./fields.js";
import { heldOut, reduceZeroLabel } from "./file-keys.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { names } from "./names.js";
import { count } from "./numbers.js";
import { section } from "./families.js";

/** Which field of a record holds what. */
export interface RecordFields {
  readonly image: readonly string[];
  readonly text: string;
  readonly label: string;
  readonly answers: string;
  readonly mask: string;
}

/** The fields of a record where a block says nothing of them. */
export const recordFields: RecordFields = {
  image: ["image"],
  text: "text",
  label: "label",
  answers: "answer",
  mask: "mask",
};

/** The members of a sample of an archive where a block says nothing of them. */
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

/** The keys of closed lists of answers. */
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

/** What is read of them. */
export interface AnswerSettings {
  readonly answers?: unknown;
  readonly answer_count?: number | undefined;
}

/** Where no list is given: how often an answer of the records must occur to be listed. */
export const answersFrom = ({ answers, answer_count: least = 1 }: AnswerSettings): number | null =>
  answers === undefined ? least : null;

/** The keys of which records are taken, and which stay together. */
export const selectionKeys = {
  split: doc(section(recordsHeldOut).optional(), "Holds out whole groups of records for validation."),
  where: doc(section(where).optional(), "Takes only the records whose field has a given value."),
  group_by: doc(
    string().optional(),
    "Records that agree in this field follow one another in every epoch: such as the images of one text.",
  ),
};

/** The keys that all formats of records have, with the fields that are read where a block names none. */
export function recordKeys(defaults: RecordFields) {
  return {
    fields: doc(section(fields(defaults)).optional(), "Which field of a record holds what."),
    classes: doc(names().optional(), "Names of the labels, in order; a file holds one per line."),
    reduce_zero_label: reduceZeroLabel,
    ...answerKeys,
    ...selectionKeys,
  };
}

/** Two fields are two images. */
export const recordImages = {
  how: "`fields { image: [left, right] }`, with the names of its fields",
  has: ({ fields }: { readonly fields?: { readonly image: readonly string[] } | undefined }): boolean =>
    fields?.image.length === 2,
};
