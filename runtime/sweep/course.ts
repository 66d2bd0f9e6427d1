// The course of a trial's result over the steps of its last stage.
import { isValueOf, type MetricName } from "../../compiler/index.js";
import type { RunRecord } from "../report/run.js";

/** The metric and evaluation of a number. */
export interface MeasuredAs {
  /** The metric as its evaluation names it; for a stage's best, as `best` is written. */
  readonly metric: string;
  /** Null for a stage's `best`: the mean of all values of the metric. */
  readonly evaluation: string | null;
}

/** Steps with their values. */
export type Points = readonly (readonly [step: number, value: number])[];

/** The values over the steps of a number's metric, found by name: another metric may have the same value. */
export function courseOf({ stages }: RunRecord, { metric, evaluation }: MeasuredAs): Points {
  const lines = stages.at(-1)?.evaluations ?? [];
  const isIt = evaluation === null ? isOf(metric) : (name: string): boolean => name === metric;
  const values = new Map<number, number[]>();
  for (const { name, step, metrics } of lines) {
    if (evaluation !== null && name !== evaluation) continue;
    for (const each of metrics)
      if (isIt(each.name) && each.value !== null) values.set(step, [...(values.get(step) ?? []), each.value]);
  }
  return [...values].map(([step, all]) => [step, all.reduce((sum, value) => sum + value, 0) / all.length] as const);
}

/** Matches names against `best` as written: `recall(1)`, `accuracy(kind)`. */
function isOf(written: string): (name: string) => boolean {
  const [, metric = ""] = /^\s*(\w+)/.exec(written) ?? [];
  const [, k] = /[(:,]\s*(\d+)\s*[,)]/.exec(written) ?? [];
  const [, head = null] = /(?:\bhead:|\()\s*([A-Za-z_]\w*)\s*[,)]/.exec(written) ?? [];
  const asked = { head, k: k === undefined ? null : Number(k), from: null };
  // Boundary: the checker has accepted it as the name of a metric.
  return (name) => isValueOf(name, metric as MetricName, asked);
}
