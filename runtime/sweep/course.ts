// How the number that stands for a trial came about over the steps of its last stage.
import { isValueOf, type MetricName } from "../../compiler/index.js";
import type { RunRecord } from "../report/run.js";

/** What a number is of. */
export interface MeasuredAs {
  /** The metric as its evaluation calls it; of a stage's best, as `best` is written. */
  readonly metric: string;
  /** Null for what a stage is best by: the mean of all values of the metric. */
  readonly evaluation: string | null;
}

/** Steps with the value there. */
export type Points = readonly (readonly [step: number, value: number])[];

/** The course of what a number is of, by its name: another metric may have the same value. */
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

/** By `best` as it is written: `recall(1)`, `accuracy(kind)`. */
function isOf(written: string): (name: string) => boolean {
  const [, metric = ""] = /^\s*(\w+)/.exec(written) ?? [];
  const [, k] = /[(:,]\s*(\d+)\s*[,)]/.exec(written) ?? [];
  const [, head = null] = /(?:\bhead:|\()\s*([A-Za-z_]\w*)\s*[,)]/.exec(written) ?? [];
  const asked = { head, k: k === undefined ? null : Number(k), from: null };
  // Boundary: the checker has let it pass as the name of one.
  return (name) => isValueOf(name, metric as MetricName, asked);
}
