// Learning rate of each optimizer step (the original's modules/vlmo_utils.py): linear warm-up from 0 at step 0, then a
// decay to `end`.
import { rateAfter, type Duration, type StageSpec } from "../../compiler/index.js";

/** The steps of a duration, in a stage of `total` steps with `perEpoch` steps an epoch. */
export function stepsOf(duration: Duration, total: number, perEpoch: number): number {
  switch (duration.unit) {
    case "steps":
      return Math.floor(duration.value);
    case "epochs":
      return Math.floor(duration.value * perEpoch);
    case "stage":
      return Math.floor(duration.value * total);
  }
}

/** What a stage's learning rate depends on besides its schedule, fixed when the stage starts. */
export interface Course {
  readonly lr: number;
  readonly total: number;
  readonly warmup: number;
}

/** The steps of a stage; `perEpoch` of them are an epoch of its data. */
export function courseOf(stage: StageSpec, perEpoch: number): Course {
  const total = stepsOf(stage.duration, 0, perEpoch);
  return { lr: stage.optimizer.lr, total, warmup: stepsOf(stage.schedule.warmup, total, perEpoch) };
}

/** Whether a stage is validated after `done` steps; its end does not count. */
export function isDueIn({ validate }: StageSpec, { total }: Course, perEpoch: number): (done: number) => boolean {
  const every = validate === null ? 0 : Math.max(1, stepsOf(validate.every, total, perEpoch));
  return (done) => every > 0 && done > 0 && done % every === 0 && done < total;
}

/** Learning rate of step `step`, counted from 0. */
export function learningRate(
  schedule: Parameters<typeof rateAfter>[0],
  { lr, total, warmup }: Course,
  step: number,
): number {
  if (step < warmup) return (lr * step) / warmup;
  return rateAfter(schedule, lr, step >= total ? 1 : (step - warmup) / Math.max(1, total - warmup));
}
