// Metrics from what a head gave over a data set, each with what guessing would get.
import type { HeadSpec, MetricSpec } from "../../compiler/index.js";
import type { Batch } from "../data/index.js";
import { IGNORED } from "../data/index.js";
import { countOf } from "../feed.js";
import type { Tensor } from "../tensor.js";
import type { MetricValue } from "../train/listener.js";
import { dot, outputsOf, rowsOf, type Gathered } from "./gathered.js";

type MetricRule = (metric: MetricSpec, head: HeadSpec, gathered: Gathered) => MetricValue[];

/** Total over the metrics that the language knows; `tsc` says when one is missing. */
const rules: Readonly<Record<MetricSpec["name"], MetricRule>> = {
  recall: (metric, head, gathered) =>
    recalls(metric.arguments.length > 0 ? metric.arguments : [1, 5, 10], head, gathered),
  accuracy: (_, head, gathered) => [accuracy(head, gathered)],
  perplexity: (_, head, gathered) => [perplexity(head, gathered)],
  vqa_score: (_, head, gathered) => [vqaScore(head, gathered)],
  consistency: notYet("consistency"),
  mean_iou: notYet("mean_iou"),
};

export function metricOf(metric: MetricSpec, head: HeadSpec, gathered: Gathered): MetricValue[] {
  return rules[metric.name](metric, head, gathered);
}

function notYet(name: string): MetricRule {
  return () => {
    throw new Error(`internal: the checker let ${name} pass, which no head of this release gives`);
  };
}

function recalls(ks: readonly number[], head: HeadSpec, gathered: Gathered): MetricValue[] {
  const image = rowsOf(outputsOf(gathered, `${head.name}.image`));
  const text = rowsOf(outputsOf(gathered, `${head.name}.text`));
  const directions = [
    ["image→text", ranks(image, text)],
    ["text→image", ranks(text, image)],
  ] as const;
  return directions.flatMap(([direction, places]) =>
    ks.map((k) => ({
      name: `recall@${k} ${direction}`,
      value: places.filter((place) => place < k).length / places.length,
      chance: Math.min(1, k / places.length),
      items: places.length,
    })),
  );
}

/** For each query, how many keys score higher than its own (ties count against it). */
export function ranks(queries: readonly Float32Array[], keys: readonly Float32Array[]): number[] {
  return queries.map((query, i) => {
    const scores = keys.map((key) => dot(query, key));
    const own = scores[i] ?? Number.NEGATIVE_INFINITY;
    return scores.filter((score, j) => j !== i && score >= own).length;
  });
}

function accuracy(head: HeadSpec, gathered: Gathered): MetricValue {
  const correct = sumOf(outputsOf(gathered, `sum.${head.name}.correct`));
  const count = countOfHead(head, gathered);
  return {
    name: `${head.name} accuracy`,
    value: correct / Math.max(1, count),
    chance: commonest(head, gathered),
    items: count,
  };
}

/** Share of the commonest answer: what a guess that never looks would get. */
function commonest(head: HeadSpec, gathered: Gathered): number | null {
  if (head.kind === "matching") return 2 / 3;
  const name = head.kind === "masked_tokens" ? "text_labels_mlm" : "label";
  const counts = new Map<number, number>();
  for (const { tensors } of gathered.labels) {
    for (const label of tensors.get(name)?.data ?? [])
      if (label !== IGNORED) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  const all = [...counts.values()].reduce((a, b) => a + b, 0);
  return all === 0 ? null : Math.max(...counts.values()) / all;
}

function perplexity(head: HeadSpec, gathered: Gathered): MetricValue {
  const losses = outputsOf(gathered, `loss.${head.name}`);
  const counts = gathered.labels.map((batch) => countIn(head, batch));
  const total = counts.reduce((a, b) => a + b, 0);
  const sum = losses.reduce((acc, loss, i) => acc + (loss.data[0] ?? 0) * (counts[i] ?? 0), 0);
  return { name: `${head.name} perplexity`, value: Math.exp(sum / Math.max(1, total)), chance: null, items: total };
}

/** Mean score of the answer with the largest logit (facts.md §5, VQAScore). */
function vqaScore(head: HeadSpec, gathered: Gathered): MetricValue {
  const logits = rowsOf(outputsOf(gathered, `${head.name}.logits`));
  const targets = rowsOf(gathered.labels.flatMap(({ tensors }) => tensors.get("answer_targets") ?? []));
  const scores = logits.map((row, i) => targets[i]?.[row.indexOf(Math.max(...row))] ?? 0);
  return {
    name: `${head.name} score`,
    value: scores.reduce((a, b) => a + b, 0) / Math.max(1, scores.length),
    chance: bestColumn(targets),
    items: scores.length,
  };
}

function bestColumn(targets: readonly Float32Array[]): number | null {
  const [first] = targets;
  if (first === undefined) return null;
  const means = Array.from(
    first,
    (_, column) => targets.reduce((sum, row) => sum + (row[column] ?? 0), 0) / targets.length,
  );
  return Math.max(...means);
}

function countOfHead(head: HeadSpec, gathered: Gathered): number {
  return gathered.labels.reduce((sum, batch) => sum + countIn(head, batch), 0);
}

function countIn(head: HeadSpec, { tensors, counts }: Batch): number {
  if (head.kind === "masked_tokens")
    return countOf({ kind: "masked", from: "text_labels_mlm", ignore: IGNORED }, tensors, counts.items);
  return head.kind === "matching" ? 3 * counts.items : counts.items;
}

function sumOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { data }) => sum + (data[0] ?? 0), 0);
}
