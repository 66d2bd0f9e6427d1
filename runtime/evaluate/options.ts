// The inputs of an evaluation.
import type { EvaluationSpec, StageSpec } from "../../compiler/index.js";
import type { DataSet, ImageLoader, Item, Pairing, Tokenizer } from "../data/index.js";
import type { Engine, Handles } from "../engines/index.js";
import type { LoadedPrograms } from "../program/loaded-programs.js";
import type { MakeRoom } from "./room.js";

/** An evaluation, with parameters held by an engine. */
export interface EvaluateOptions {
  readonly evaluation: EvaluationSpec;
  readonly stage: StageSpec;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly engine: Engine;
  /** The stage's parameters on the engine. */
  readonly parameters: Handles;
  /** Programs to reuse in the next evaluation; by default they are released with this one. */
  readonly programs?: LoadedPrograms;
  /** The image loader. */
  readonly images: ImageLoader;
  /** Identifies images and texts of pairs; by default by the names of images. */
  readonly pair?: (dataSet: DataSet) => Pairing | Promise<Pairing>;
  /** Storage for the vectors of images and texts until they are compared; by default in memory. */
  readonly makeRoom?: MakeRoom;
  /** Called for each item that cannot be read and is skipped, with the reason. */
  readonly leftOut?: (item: Item, reason: string) => void;
  /** Aborts between two batches: the evaluation then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** An evaluation as callers request it: by default images are loaded on this thread and identified by their bytes, and many vectors are stored on disk. */
export type EvaluationRequest = Omit<EvaluateOptions, "images"> & Partial<Pick<EvaluateOptions, "images">>;
