// The outcome of a stage's rehearsal, for programs.
import type { MetricValue } from "../train/listener.js";
import type { RehearsedStage, StepTimes } from "./rehearse.js";

/** A stage that was rehearsed. */
export interface RehearsalFacts {
  readonly stage: string;
  /** Steps that were run. */
  readonly steps: number;
  /** Losses of the last step, by head, and `total`. */
  readonly losses: Readonly<Record<string, number>>;
  readonly times: StepTimes;
  /** Whether it was stopped after one step and resumed from its checkpoint. */
  readonly resumed: boolean;
  readonly evaluations: readonly { readonly name: string; readonly metrics: readonly MetricValue[] }[];
  readonly seconds: number;
}

/** The facts of a stage. */
export function factsOf({ stage, last, times, resumed, evaluations, seconds }: RehearsedStage): RehearsalFacts {
  return {
    stage: stage.name,
    steps: last.step,
    losses: Object.fromEntries(last.losses),
    times,
    resumed,
    evaluations: evaluations.map(({ name, metrics }) => ({ name, metrics })),
    seconds,
  };
}
