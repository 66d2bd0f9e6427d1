// What a stage's best checkpoint goes by: the metric of `best` among those that its evaluations gave.
import type { BestSpec } from "../../compiler/index.js";

/** How a metric ends in the name of its value. */
const ends = {
  recall: "",
  vqa_score: "score",
  accuracy: "accuracy",
  consistency: "consistency",
  mean_iou: "mean_iou",
  perplexity: "perplexity",
} satisfies Record<BestSpec["metric"], string>;

/** The mean of all values of the metric, higher for better ones; null where there is none. Names are `evaluation: value`. */
export function scoreOf(best: BestSpec, metrics: Readonly<Record<string, number>>): number | null {
  const values = Object.entries(metrics).flatMap(([name, value]) =>
    isAbout(name.slice(name.indexOf(": ") + 2), best) ? [value] : [],
  );
  if (values.length === 0) return null;
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  // Of perplexities the lowest is the best.
  return best.metric === "perplexity" ? -mean : mean;
}

function isAbout(name: string, { metric, head, k }: BestSpec): boolean {
  if (metric === "recall") return name.startsWith(k === null ? "recall@" : `recall@${k} `);
  return head === null ? name.endsWith(` ${ends[metric]}`) : name === `${head} ${ends[metric]}`;
}
