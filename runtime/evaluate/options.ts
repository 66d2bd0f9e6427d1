// What an evaluation works with.
import type { EvaluationSpec, StageSpec } from "../../compiler/index.js";
import type { DataSet, ImageLoader, Item, Tokenizer } from "../data/index.js";
import type { Engine, Handles } from "../engines/index.js";
import type { LoadedPrograms } from "../program/loaded-programs.js";
import type { MakeRoom } from "./room.js";

/** An evaluation, with parameters that an engine holds. */
export interface EvaluateOptions {
  readonly evaluation: EvaluationSpec;
  readonly stage: StageSpec;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly engine: Engine;
  /** The stage's parameters on the engine. */
  readonly parameters: Handles;
  /** Programs that stay for the next evaluation; by default they end with this one. */
  readonly programs?: LoadedPrograms;
  /** What loads images. */
  readonly images: ImageLoader;
  /** Where the vectors of images and texts lie until they are compared; by default in memory. */
  readonly makeRoom?: MakeRoom;
  /** Called for each item that cannot be read and is skipped, with the reason. */
  readonly leftOut?: (item: Item, reason: string) => void;
  /** Ends it between two batches: it then rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** As programs ask for it: images are loaded on this thread where nothing else is said, many vectors lie on the disk. */
export type EvaluationRequest = Omit<EvaluateOptions, "images"> & Partial<Pick<EvaluateOptions, "images">>;
