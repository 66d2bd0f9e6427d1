// The kinds of data: what each supplies to heads, and which of them have lists of names.
import type { NameList } from "./names.js";

/** What a head may require of a sample. `match`: the text matches the image. */
export type Supply = "image" | "text" | "match" | "class" | "answer" | "truth" | "mask";

/** What a sample of each kind contains. */
export const supplies = {
  images: ["image"],
  labelled_images: ["image", "class"],
  texts: ["text"],
  pairs: ["image", "text", "match"],
  questions: ["image", "text", "answer"],
  statements: ["image", "text", "truth"],
  masks: ["image", "mask"],
} as const satisfies Record<string, readonly Supply[]>;

/** Kind of the samples of a data block. */
export type DataKind = keyof typeof supplies;

/** All kinds of data. */
export const dataKinds = Object.keys(supplies) as readonly DataKind[]; // the keys of the table

/** Supplies in words, for messages. */
export const supplyWords = {
  image: "images",
  text: "texts",
  match: "texts that are true of their images",
  class: "class labels",
  answer: "answers",
  truth: "truth labels",
  mask: "masks",
} satisfies Record<Supply, string>;

/** Keys of formats that apply only to data with a certain supply. */
export const keysOfSupplies = {
  reduce_zero_label: ["mask"],
  classes: ["class", "truth", "mask"],
  answers: ["answer"],
  answer_count: ["answer"],
} as const satisfies Readonly<Record<string, readonly [Supply, ...Supply[]]>>;

/** The kinds of data that have a list of names, by the setting that takes it. */
export const nameLists = {
  classes: ["labelled_images", "statements", "masks"],
  answers: ["questions"],
} as const satisfies Readonly<Record<NameList, readonly DataKind[]>>;
