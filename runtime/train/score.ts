// The score of a stage's best checkpoint: the metric of `best` among those that its evaluations gave.
import { metricRule, type BestSpec } from "../../compiler/index.js";

/** The mean of all values of the metric, higher for better ones; null where there is none. Names are `evaluation: value`. */
export function scoreOf(best: BestSpec, metrics: Readonly<Record<string, number>>): number | null {
  const values = Object.entries(metrics).flatMap(([name, value]) =>
    isAbout(name.slice(name.indexOf(": ") + 2), best) ? [value] : [],
  );
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return metricRule(best.metric).better === "lower" ? -mean : mean;
}

function isAbout(name: string, { metric, head, k }: BestSpec): boolean {
  if (metric === "recall") return name.startsWith(k === null ? "recall@" : `recall@${k} `);
  const { called } = metricRule(metric);
  return head === null ? name.endsWith(` ${called}`) : name === `${head} ${called}`;
}
