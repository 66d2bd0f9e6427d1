// What settings came to, in words.
import type { Metric } from "../report/run.js";
import { isShare, valueText } from "../report/words.js";
import type { Group } from "./outcome.js";

/** `64.0% ± 1.2`; `–` where nothing was measured. */
export function meanText(metric: Pick<Metric, "unit"> | null, { mean, deviation }: Group): string {
  if (metric === null || mean === null) return "–";
  const value = valueText({ unit: metric.unit, value: mean });
  if (deviation === null) return value;
  return `${value} ± ${isShare(metric) ? (100 * deviation).toFixed(1) : Number(deviation.toPrecision(2))}`;
}

/** `2 of 3`: trials that something was measured of. */
export function trainedText({ outcomes }: Group): string {
  return `${outcomes.filter(({ value }) => value !== null).length} of ${outcomes.length}`;
}
