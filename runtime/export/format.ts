// The interface of an export format: files made from a trained model. A format is a row in formats.ts.
import type { Layout } from "../checkpoint/index.js";
import type { TrainedModel } from "../predict/model.js";
import type { EvaluationLine } from "../report/run.js";
import type { Tensors } from "../tensor.js";

/** The model and the options of an export. */
export interface Exporting {
  readonly model: TrainedModel;
  /** The version of this program. */
  readonly version: string;
  /** For formats with a single head: its name; null where none is given. */
  readonly head: string | null;
  /** The fixed batch size; null for any. */
  readonly batch: number | null;
  readonly layout: Layout;
  /** Parameters that need not be in the file, by name; `*` is a wildcard. */
  readonly allowMissing: readonly string[];
  /** Results of the evaluations in its run. */
  readonly evaluations: readonly EvaluationLine[];
}

/** The contents of a file. */
export type Content =
  | { readonly text: string }
  | { readonly tensors: Tensors; readonly metadata?: ReadonlyMap<string, string> }
  /** Chunks, written in sequence. */
  | { readonly bytes: readonly Uint8Array[] };

/** Files by name, and notes for the user. */
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
