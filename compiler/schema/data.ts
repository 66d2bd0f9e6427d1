// The kinds of data: what each supplies to heads, and which of them have a list of names to give.
import type { DataKind, Supply } from "../spec/spec.js";
import type { NameList } from "./names.js";

/** What a sample of each kind holds. */
export const supplies = {
  images: ["image"],
  labelled_images: ["image", "class"],
  texts: ["text"],
  pairs: ["image", "text", "match"],
  questions: ["image", "text", "answer"],
  statements: ["image", "text", "truth"],
  masks: ["image", "mask"],
} as const satisfies Record<DataKind, readonly Supply[]>;

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

/** The kinds of data that have a list of names to give, by the setting that takes it. */
export const nameLists = {
  classes: ["labelled_images", "statements"],
  answers: ["questions"],
} as const satisfies Readonly<Record<NameList, readonly DataKind[]>>;
