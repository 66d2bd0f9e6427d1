// Questions to a model and its answers.
import type { ImageFile, Raster } from "../data/index.js";

/** One input to a model. */
export interface Question {
  /** Its name in results: its file, or the name in its record. */
  readonly name: string;
  /** None, one, or two images (compared with each other). */
  readonly images: readonly ImageFile[];
  readonly text?: string;
  /** Its identifier in the data set. */
  readonly id?: string | number;
}

/** A candidate answer with its probability, 0 … 1. */
export interface Said {
  readonly label: string;
  readonly probability: number;
}

/** A head's answer to a question. */
export type Answer =
  /** The likeliest classes, answers, or texts, best first. */
  | { readonly form: "choice"; readonly top: readonly Said[] }
  /** Whether the text is true of the image. */
  | { readonly form: "truth"; readonly probability: number }
  /** The text with its blanks filled in, and for each blank the likeliest tokens. */
  | { readonly form: "words"; readonly text: string; readonly blanks: readonly (readonly Said[])[] }
  | { readonly form: "caption"; readonly text: string }
  /** The class of each pixel at the image's own size, and the share of the image of each class. */
  | { readonly form: "regions"; readonly classes: Raster<Uint16Array>; readonly shares: readonly Said[] };

/** An answer with its question. */
export interface Prediction {
  readonly question: Question;
  readonly answer: Answer;
}
