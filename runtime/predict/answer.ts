// What a model may say, and what it is asked.
import type { ImageFile, Raster } from "../data/index.js";

/** One thing to say something about. */
export interface Question {
  /** Names it in results: its file, or what its record calls it. */
  readonly name: string;
  /** None, one, or two to be compared. */
  readonly images: readonly ImageFile[];
  readonly text?: string;
  /** What its data set calls it. */
  readonly id?: string | number;
}

/** One of several things that could be said, and the share of belief in it, 0 … 1. */
export interface Said {
  readonly label: string;
  readonly probability: number;
}

/** What a head says of a question. */
export type Answer =
  /** The likeliest classes, answers, or texts, best first. */
  | { readonly form: "choice"; readonly top: readonly Said[] }
  /** Whether the text is true of the image. */
  | { readonly form: "truth"; readonly probability: number }
  /** The text with its blanks filled in, and for each blank the likeliest tokens. */
  | { readonly form: "words"; readonly text: string; readonly blanks: readonly (readonly Said[])[] }
  | { readonly form: "caption"; readonly text: string }
  /** The class of each pixel of the image's own size, and the share of the image that each class has. */
  | { readonly form: "regions"; readonly classes: Raster<Uint16Array>; readonly shares: readonly Said[] };

/** An answer with its question. */
export interface Prediction {
  readonly question: Question;
  readonly answer: Answer;
}
