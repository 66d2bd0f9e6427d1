// What a format of export is: files, made from a trained model. A format is a row in formats.ts.
import type { Layout } from "../checkpoint/index.js";
import type { TrainedModel } from "../predict/model.js";
import type { EvaluationLine } from "../report/run.js";
import type { Tensors } from "../tensor.js";

/** What is exported, and how. */
export interface Exporting {
  readonly model: TrainedModel;
  /** The version of this program. */
  readonly version: string;
  /** Of a format that holds one head: the one that is named; null where none is. */
  readonly head: string | null;
  /** Samples of one run, where a program is of one size; null: any number. */
  readonly batch: number | null;
  readonly layout: Layout;
  /** Parameters that need not be in the file, by name; `*` stands for anything. */
  readonly allowMissing: readonly string[];
  /** What the evaluations of its run have measured of it. */
  readonly evaluations: readonly EvaluationLine[];
}

/** What a file holds. */
export type Content =
  | { readonly text: string }
  | { readonly tensors: Tensors; readonly metadata?: ReadonlyMap<string, string> }
  /** Written one after the other. */
  | { readonly bytes: readonly Uint8Array[] };

/** Files by name, and what a user should know of them. */
export interface Files {
  readonly files: ReadonlyMap<string, Content>;
  readonly notes: readonly string[];
}

/** Makes the files of a format. Throws V971, V972. */
export type Format = (exporting: Exporting) => Files;

/** JSON as a file. */
export function json(value: object): Content {
  return { text: `${JSON.stringify(value, undefined, 2)}\n` };
}
