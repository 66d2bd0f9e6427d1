// The head of a metric and the names of its values, known before anything is measured.
import {
  calledAt,
  metricRule,
  offers,
  recallName,
  type HeadSpec,
  type MetricSpec,
  type StageSpec,
} from "../../compiler/index.js";
import type { MetricValue } from "../train/listener.js";

/** A value without its name. */
export type Unnamed = Omit<MetricValue, "name">;

/** The head of a metric: the one it names, or the first that offers it; the stage's trained heads come before its others. */
export function headOf(metric: MetricSpec, stage: StageSpec): HeadSpec {
  const learnt = stage.learn.map(({ head }) => head);
  const fits = (head: HeadSpec): boolean =>
    metric.head === null ? offers(head, metric.name) : head.name === metric.head;
  const head = [...learnt, ...stage.heads].find(fits);
  if (head === undefined) throw new Error(`internal: the checker let ${metric.name} of stage ${stage.name} pass`);
  return head;
}

/** The names of a metric's values, in their order. */
export function valueNames(metric: MetricSpec, head: HeadSpec): string[] {
  return names[metric.name](metric, head.name);
}

type Names = (metric: MetricSpec, head: string) => string[];

/** Total over the language's metrics, checked by `tsc`. */
const names: Readonly<Record<MetricSpec["name"], Names>> = {
  recall: recalls,
  accuracy: ({ arguments: [top = 1] }, head) => [`${head} ${calledAt("accuracy", top)}`],
  perplexity: usual,
  vqa_score: usual,
  codebook: (metric, head) => [...usual(metric, head), `${head} code perplexity`],
  reconstruction: usual,
  bleu: usual,
  rouge: usual,
  cider: usual,
  consistency: usual,
  mean_iou: (metric, head) =>
    [...usual(metric, head), `${head} pixel_accuracy`].map((name) => name + windowsText(metric)),
};

function usual({ name }: MetricSpec, head: string): string[] {
  return [`${head} ${metricRule(name).called}`];
}

const sides = ["image", "text"] as const;

/** One for each direction and each k. */
function recalls({ arguments: ks, rerank }: MetricSpec): string[] {
  const anew = rerank === null ? "" : ` (first ${rerank.top} by ${rerank.head})`;
  return sides.flatMap((from) => ks.map((k) => recallName(k, from) + anew));
}

function windowsText({ windows }: MetricSpec): string {
  if (windows === null) return "";
  const { stride, shortSide } = windows;
  return ` (windows every ${stride}px of ${shortSide === null ? "the image" : `${shortSide}px`})`;
}
