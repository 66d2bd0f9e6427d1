// What a run reports. The command line shows it; the run itself never prints.
import type { StageSpec } from "../../compiler/index.js";
import type { LeftOut } from "../evaluate/left-out.js";
import type { InitialSource } from "./initialize.js";

/** A stage that starts or resumes. */
export interface StageStart {
  readonly stage: StageSpec;
  /** Optimizer steps of the stage, and the step it resumes from (0 if it starts). */
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
  /** The share of time in which the engine waited for data, 0 … 1, over the same steps as the rate. */
  readonly dataWait: number;
  /** Texts of the batch that were truncated to the model's length. */
  readonly textsCut: number;
}

/** A stage that ended or was stopped. */
export interface StageEnd {
  readonly stage: string;
  readonly steps: number;
  /** Whether it ended before its last step, since `patience` was exhausted. */
  readonly early: boolean;
  readonly seconds: number;
  readonly checkpoint: string;
  /** Items left out under `on_error: skip`, with the reason. */
  readonly skipped: readonly { readonly item: string; readonly reason: string }[];
  /** Texts truncated to the model's length since the stage was resumed, and how many were read. */
  readonly textsCut: { readonly cut: number; readonly read: number };
}

/** A metric beside chance level. */
export interface MetricValue {
  readonly name: string;
  /**
   * `share`: right answers, 0 … 1; `overlap`: of pixels, 0 … 1, which are not independent of each other; `score`: of captions.
   */
  readonly unit: "share" | "overlap" | "number" | "score";
  readonly value: number;
  /** Chance level, where it is known. */
  readonly chance: number | null;
  /** The denominator of the mean, and what it counts. */
  readonly items: number;
  readonly noun: string;
  /** For rankings: the number of candidates. */
  readonly candidates?: number;
  /** The values that this one is the mean of, by name; null if one could not be measured. `items`: the denominator of each. */
  readonly parts?: readonly { readonly name: string; readonly value: number | null; readonly items?: number }[];
}

/** A finished evaluation. */
export interface EvaluationEvent {
  readonly name: string;
  readonly stage: string;
  readonly step: number;
  readonly metrics: readonly MetricValue[];
  readonly seconds: number;
  /** Items of its data, and how many of them are training data of the stage; null if that is not known. */
  readonly items: number;
  readonly seen: number | null;
  /** Items that could not be read, under `on_error: skip`. */
  readonly leftOut: LeftOut;
}

/** Called during a run: must be quick and must not throw. A promise from `step` is awaited before the next step. */
export interface Listener {
  preparing(what: string): void;
  /** A sentence for the user about something that stops nothing. */
  noticed(what: string): void;
  stageStart(event: StageStart): void;
  step(event: StepEvent): void | Promise<void>;
  saved(event: { readonly stage: string; readonly step: number; readonly folder: string }): void;
  evaluated(event: EvaluationEvent): void;
  stageEnd(event: StageEnd): void;
}

const nothing = (): void => undefined;

/** Ignores all events. */
export const silent: Listener = {
  preparing: nothing,
  noticed: nothing,
  stageStart: nothing,
  step: nothing,
  saved: nothing,
  evaluated: nothing,
  stageEnd: nothing,
};
