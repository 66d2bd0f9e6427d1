// The kinds of data: what each supplies to heads, and which of them have a list of names to give.
import type { NameList } from "./names.js";

/** What a head may ask of a sample. `match`: the text is true of the image. */
export type Supply = "image" | "text" | "match" | "class" | "answer" | "truth" | "mask";

/** What a sample of each kind holds. */
export const supplies = {
  images: ["image"],
  labelled_images: ["image", "class"],
  texts: ["text"],
  pairs: ["image", "text", "match"],
  questions: ["image", "text", "answer"],
  statements: ["image", "text", "truth"],
  masks: ["image", "mask"],
} as const satisfies Record<string, readonly Supply[]>;

/** What a record holds. */
export type DataKind = keyof typeof supplies;

/** All kinds of data. */
export const dataKinds = Object.keys(supplies) as readonly DataKind[]; // The table's own keys.

/** What data supply, as messages say it. */
export const supplyWords = {
  image: "images",
  text: "texts",
  match: "texts that are true of their images",
  class: "class labels",
  answer: "answers",
  truth: "truth labels",
  mask: "masks",
} satisfies Record<Supply, string>;

/** Keys of formats that are about something that data may not hold. */
export const keysOfSupplies = {
  reduce_zero_label: ["mask"],
  classes: ["class", "truth", "mask"],
  answers: ["answer"],
  answer_count: ["answer"],
} as const satisfies Readonly<Record<string, readonly [Supply, ...Supply[]]>>;

/** The kinds of data that have a list of names to give, by the setting that takes it. */
export const nameLists = {
  classes: ["labelled_images", "statements", "masks"],
  answers: ["questions"],
} as const satisfies Readonly<Record<NameList, readonly DataKind[]>>;
