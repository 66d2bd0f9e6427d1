// The score of a stage's best checkpoint: the metric of `best` among those that its evaluations gave. Where the stage was
// best so far, and whether that was long enough ago for it to end.
import { spanText } from "../../grammar/index.js";
import { isValueOf, metricRule, type BestSpec, type StageSpec } from "../../compiler/index.js";
import type { Manifest } from "../checkpoint/index.js";

/** Where a stage was best so far, and how many validations have passed since. */
export type BestSoFar = Manifest["best"];

/** After a validation that gave `score`; among equals the first stays. One that measured nothing does not count. */
export function bestAfter(before: BestSoFar, step: number, score: number | null): BestSoFar {
  if (score === null) return before;
  if (before === null || score > before.score) return { step, score, since: 0 };
  return { ...before, since: before.since + 1 };
}

/** Whether a stage ends here, before its last step. */
export function hasWaited(best: BestSoFar, { validate }: StageSpec): boolean {
  const patience = validate?.patience ?? null;
  return patience !== null && best !== null && best.since >= patience;
}

/** The metric as it is written. */
export function bestText({ span }: BestSpec): string {
  return spanText(span);
}

/** The value of the metric that gave a score. */
export function valueOf({ metric }: BestSpec, score: number): number {
  return metricRule(metric).better === "lower" ? -score : score;
}

/** The mean of all values of the metric, higher for better ones; null where there is none. Names are `evaluation: value`. */
export function scoreOf(best: BestSpec, metrics: Readonly<Record<string, number>>): number | null {
  const values = Object.entries(metrics).flatMap(([name, value]) =>
    isValueOf(name.slice(name.indexOf(": ") + 2), best.metric, { ...best, from: null }) ? [value] : [],
  );
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (!Number.isFinite(mean)) return null;
  return metricRule(best.metric).better === "lower" ? -mean : mean;
}
