// The options of a training, and its state while it runs.
import type { Spec, StageSpec } from "../../compiler/index.js";
import type { Tokenizer } from "../data/index.js";
import type { Engine } from "../engines/index.js";
import type { DataShelf } from "../data/stage-data.js";
import type { Listener } from "./listener.js";
import type { RunFolder } from "./run-folder.js";

/** What is trained, on what, into which folder. */
export interface TrainOptions {
  readonly spec: Spec;
  /** The spec's file, for the manifest. */
  readonly file: string;
  /** Stages to train, in this order. */
  readonly stages: readonly StageSpec[];
  readonly engine: Engine;
  /** Whether each of several processes keeps a part of the optimizer's state (ZeRO-1), instead of all; default no. */
  readonly shardOptimizer?: boolean;
  readonly threads: number;
  /** Worker threads that load images; default 0: this thread loads them. */
  readonly workers?: number;
  readonly out: string;
  readonly resume: boolean;
  /** Asks the run to finish its step, save and return. */
  readonly signal: AbortSignal;
  readonly listener: Listener;
  /** Seconds between checkpoints besides those at validations and ends; default 300. */
  readonly saveSeconds?: number;
  readonly version: string;
  /** Where data are read from; default: the files that the data blocks name. */
  readonly data?: DataShelf;
  /** The command line that resumes the run, for its report. */
  readonly command?: string;
  /** The values of `--set`, recorded in `run.json`. */
  readonly set?: readonly string[];
  /** How many of a stage's latest checkpoints are kept, besides its best; default 1, at least 2 while the stage is trained. */
  readonly keep?: number;
}

/** How a training ended. */
export interface TrainResult {
  /** `interrupted` when the signal stopped it: `--resume` continues it. */
  readonly status: "finished" | "interrupted";
  readonly folder: string;
  /** The last checkpoint of every stage that ran or had run. */
  readonly checkpoints: ReadonlyMap<string, string>;
}

/** How a session ended; a killed one records nothing. */
export type Ending =
  | { readonly status: TrainResult["status"] }
  | { readonly status: "failed"; readonly error: { readonly code: string | null; readonly message: string } };

/** Writes `run.json`. */
export interface Notes {
  /** Called before the first stage is trained; where a run is refused earlier, `run.json` stays as it was. */
  begin(): Promise<void>;
  /** Does nothing where `begin` was not called. */
  end(ending: Ending): Promise<void>;
}

/** A run in progress. */
export interface Run extends TrainOptions {
  readonly folder: RunFolder;
  readonly notes: Notes;
  readonly data: DataShelf;
  readonly tokenizers: ReadonlyMap<string, Tokenizer | null>;
}
