// The score of a stage's best checkpoint: the metric of `best`, from its evaluations. Also early stopping: where the stage was
// best so far, and whether `patience` is exhausted.
import { spanText } from "../../grammar/index.js";
import { isValueOf, metricRule, type BestSpec, type StageSpec } from "../../compiler/index.js";
import type { Manifest } from "../checkpoint/index.js";

/** The step of the best validation so far, its score, and the number of validations since. */
export type BestSoFar = Manifest["best"];

/** Updated by a validation. The first of equal scores stays the best; a validation without a score (null) does not count. */
export function bestAfter(before: BestSoFar, step: number, score: number | null): BestSoFar {
  if (score === null) return before;
  if (before === null || score > before.score) return { step, score, since: 0 };
  return { ...before, since: before.since + 1 };
}

/** Whether `patience` is exhausted, so that the stage ends before its last step. */
export function hasWaited(best: BestSoFar, { validate }: StageSpec): boolean {
  const patience = validate?.patience ?? null;
  return patience !== null && best !== null && best.since >= patience;
}

/** The metric as written in the specification. */
export function bestText({ span }: BestSpec): string {
  return spanText(span);
}

/** The value of the metric for a score, which is negated for metrics where less is better. */
export function valueOf({ metric }: BestSpec, score: number): number {
  return metricRule(metric).better === "lower" ? -score : score;
}

/** The mean of all values of the metric, negated where less is better; null if there is none. Keys are `evaluation: metric`. */
export function scoreOf(best: BestSpec, metrics: Readonly<Record<string, number>>): number | null {
  const values = Object.entries(metrics).flatMap(([name, value]) =>
    isValueOf(name.slice(name.indexOf(": ") + 2), best.metric, { ...best, from: null }) ? [value] : [],
  );
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  if (!Number.isFinite(mean)) return null;
  return metricRule(best.metric).better === "lower" ? -mean : mean;
}
