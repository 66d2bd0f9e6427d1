// The score of a stage's best checkpoint: the metric of `best` among those that its evaluations gave.
import { calledAt, metricRule, type BestSpec } from "../../compiler/index.js";

/** The mean of all values of the metric, higher for better ones; null where there is none. Names are `evaluation: value`. */
export function scoreOf(best: BestSpec, metrics: Readonly<Record<string, number>>): number | null {
  const values = Object.entries(metrics).flatMap(([name, value]) =>
    isAbout(name.slice(name.indexOf(": ") + 2), { ...best, from: null }) ? [value] : [],
  );
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return metricRule(best.metric).better === "lower" ? -mean : mean;
}

/** A metric as `best` and tests ask for it. */
interface Asked extends Pick<BestSpec, "metric" | "head" | "k"> {
  /** The side of a recall that asks; null for both. */
  readonly from: "image" | "text" | null;
}

/** Whether a value of that name is of the metric: a recall has one for every k and either direction. */
export function isAbout(name: string, { metric, head, k, from }: Asked): boolean {
  if (metric === "recall") {
    const [, at = "", side = ""] = /^recall@(\d+) (image|text)→/.exec(name) ?? [];
    return side !== "" && (k === null || at === String(k)) && (from === null || side === from);
  }
  const called = calledAt(metric, k);
  return head === null ? name.endsWith(` ${called}`) : name === `${head} ${called}`;
}
