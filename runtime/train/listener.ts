// What a run reports. The command line shows it; the run itself never prints.
import type { StageSpec } from "../../compiler/index.js";
import type { LeftOut } from "../evaluate/left-out.js";
import type { InitialSource } from "./initialize.js";

/** A stage that starts or resumes. */
export interface StageStart {
  readonly stage: StageSpec;
  /** Optimizer steps of the stage, and the step it resumes from (0 where it starts). */
  readonly steps: number;
  readonly from: number;
  readonly trainedParameters: number;
  readonly allParameters: number;
  readonly beginnings: ReadonlyMap<string, InitialSource>;
}

/** One optimizer step. */
export interface StepEvent {
  readonly stage: string;
  /** Steps done, 1 … `steps`. */
  readonly step: number;
  readonly steps: number;
  readonly losses: ReadonlyMap<string, number>;
  readonly lr: number;
  readonly gradientNorm: number | null;
  readonly seconds: number;
  readonly itemsPerSecond: number;
  /** Seconds of this step in which the engine waited for data. */
  readonly dataSeconds: number;
  /** Of the steps that the rate is of, the share of their time in which the engine waited for data: 0 … 1. */
  readonly dataWait: number;
  /** Texts of the batch that were cut to the model's length. */
  readonly textsCut: number;
}

/** A stage that ended or was stopped. */
export interface StageEnd {
  readonly stage: string;
  readonly steps: number;
  /** Whether it is done before its last step: no validation has become better for long enough. */
  readonly early: boolean;
  readonly seconds: number;
  readonly checkpoint: string;
  /** Items left out under `on_error: skip`, with the reason. */
  readonly skipped: readonly { readonly item: string; readonly reason: string }[];
  /** Texts truncated to the model's length since the stage was resumed, and how many were read. */
  readonly textsCut: { readonly cut: number; readonly read: number };
}

/** A metric beside what guessing would get. */
export interface MetricValue {
  readonly name: string;
  /**
   * `share`: of right answers, 0 … 1; `overlap`: of pixels, 0 … 1, which are not independent of each other; `score`: of
   * captions.
   */
  readonly unit: "share" | "overlap" | "number" | "score";
  readonly value: number;
  /** What guessing gets, where that is known. */
  readonly chance: number | null;
  /** How many it is the mean over, and what they are. */
  readonly items: number;
  readonly noun: string;
  /** Of a ranking: among how many each was looked for. */
  readonly candidates?: number;
  /** What it is the mean of, each with its name; null where it could not be measured. `items`: how many each has. */
  readonly parts?: readonly { readonly name: string; readonly value: number | null; readonly items?: number }[];
}

/** An evaluation that is done. */
export interface EvaluationEvent {
  readonly name: string;
  readonly stage: string;
  readonly step: number;
  readonly metrics: readonly MetricValue[];
  readonly seconds: number;
  /** Items of its data, and how many of them the stage is trained on; null where that is not known. */
  readonly items: number;
  readonly seen: number | null;
  /** Items that could not be read, under `on_error: skip`. */
  readonly leftOut: LeftOut;
}

/** Called while a run waits: it must be quick and must not throw. What `step` returns is waited for before the next step. */
export interface Listener {
  preparing(what: string): void;
  /** Something that a user should know and that stops nothing: a sentence. */
  noticed(what: string): void;
  stageStart(event: StageStart): void;
  step(event: StepEvent): void | Promise<void>;
  saved(event: { readonly stage: string; readonly step: number; readonly folder: string }): void;
  evaluated(event: EvaluationEvent): void;
  stageEnd(event: StageEnd): void;
}

const nothing = (): void => undefined;

/** Hears everything and shows nothing. */
export const silent: Listener = {
  preparing: nothing,
  noticed: nothing,
  stageStart: nothing,
  step: nothing,
  saved: nothing,
  evaluated: nothing,
  stageEnd: nothing,
};
