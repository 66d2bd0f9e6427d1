// Results of settings as text.
import type { Metric, RunRecord } from "../report/run.js";
import { isShare, valueText } from "../report/words.js";
import type { Group } from "./outcome.js";

/** `64.0% ± 1.2`; `–` where nothing was measured. */
export function meanText(metric: Pick<Metric, "unit"> | null, { mean, deviation }: Group): string {
  if (metric === null || mean === null) return "–";
  const value = valueText({ unit: metric.unit, value: mean });
  if (deviation === null) return value;
  return `${value} ± ${isShare(metric) ? (100 * deviation).toFixed(1) : Number(deviation.toPrecision(2))}`;
}

/** Trials with the end of their training. */
interface Ended {
  readonly outcomes: readonly { readonly run: { readonly info: Pick<RunRecord["info"], "ended"> } | null }[];
}

/** `2 of 3`: the trials that were trained to the end, whether or not they have a result. */
export function trainedText({ outcomes }: Ended): string {
  return `${outcomes.filter(({ run }) => run?.info.ended?.status === "finished").length} of ${outcomes.length}`;
}
