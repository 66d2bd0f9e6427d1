// Metrics from what a head gave over a data set, each with what guessing would get.
import {
  calledAt,
  metricRule,
  prefixes,
  recallName,
  ruleOf,
  type HeadSpec,
  type MetricSpec,
} from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import type { MetricValue } from "../train/listener.js";
import { maximum } from "../maximum.js";
import { bleu, cider, rouge, wordsOf } from "./caption-scores.js";
import { accuracyOfClasses, consistency, vqaScore } from "./choices.js";
import {
  countOf,
  countsIn,
  indicesOf,
  mean,
  sum,
  outputsOf,
  pixelsOf,
  retrievalIn,
  tensorsOf,
  type Gathered,
} from "./gathered.js";
import { marginsOf, overlapsOf } from "./pixels.js";
import { chanceOf, hitShare, type Rank, type Side } from "./retrieval.js";
import type { Retrieval } from "./retrieve.js";

type MetricRule = (metric: MetricSpec, head: HeadSpec, gathered: Gathered) => MetricValue[];

/** Total over the metrics that the language knows; `tsc` says when one is missing. */
const rules: Readonly<Record<MetricSpec["name"], MetricRule>> = {
  recall: (metric, _, gathered) => recalls(metric, retrievalIn(gathered)),
  accuracy: ({ arguments: [top = 1] }, head, gathered) => [accuracy(top, head, gathered)],
  perplexity: (_, head, gathered) => [perplexity(head, gathered)],
  vqa_score: (_, head, gathered) => [vqaScore(head, gathered)],
  codebook: (_, head, gathered) => codebook(head, gathered),
  reconstruction: (_, head, gathered) => [reconstruction(head, gathered)],
  bleu: (_, head, gathered) => [captionScore("bleu", head, gathered)],
  rouge: (_, head, gathered) => [captionScore("rouge", head, gathered)],
  cider: (_, head, gathered) => [captionScore("cider", head, gathered)],
  consistency: (_, head, gathered) => [consistency(head, gathered)],
  mean_iou: (metric, head, gathered) => overlaps(metric, head, gathered),
};

/** One value or several: recall gives one for each k and direction. */
export function metricOf(metric: MetricSpec, head: HeadSpec, gathered: Gathered): MetricValue[] {
  return rules[metric.name](metric, head, gathered);
}

function recalls(metric: MetricSpec, { sides: { image, text }, ranks }: Retrieval): MetricValue[] {
  const found = ranks.get(metric);
  if (found === undefined) throw new Error("internal: a recall that nothing was ranked for");
  const { arguments: ks, rerank } = metric;
  const [toTexts, toImages] = [
    { places: found.image.places, queries: image, candidates: text, noun: "images" },
    { places: found.text.places, queries: text, candidates: image, noun: "texts" },
  ];
  const anew = rerank === null ? "" : ` (first ${rerank.top} by ${rerank.head})`;
  return [
    ...ks.map((k) => recall(`${recallName(k, "image")}${anew}`, k, toTexts)),
    ...ks.map((k) => recall(`${recallName(k, "text")}${anew}`, k, toImages)),
  ];
}

interface Queried {
  readonly places: readonly Rank[];
  readonly queries: Side;
  readonly candidates: Side;
  readonly noun: string;
}

function recall(name: string, k: number, { places, queries, candidates, noun }: Queried): MetricValue {
  return {
    name,
    unit: "share",
    value: mean(places.map((place) => hitShare(place, k))),
    chance: mean(queries.matches.map(({ size }) => chanceOf(size, candidates.count, k))),
    items: queries.count,
    noun,
    candidates: candidates.count,
  };
}

function accuracy(top: number, head: HeadSpec, gathered: Gathered): MetricValue {
  if (ruleOf(head).classes !== undefined) return accuracyOfClasses(top, head, gathered);
  const correct = sumOf(outputsOf(gathered, `${prefixes.sum}${head.name}.correct`));
  const count = countOf(gathered);
  return {
    name: `${head.name} ${calledAt("accuracy", top)}`,
    unit: "share",
    value: correct / Math.max(1, count),
    chance: commonest(head, gathered),
    items: count,
    noun: ruleOf(head).counted.noun,
  };
}

/** Share of the commonest answer: what a guess that never looks would get. */
function commonest(head: HeadSpec, gathered: Gathered): number | null {
  const { labels: name } = ruleOf(head).counted;
  const wanted = gathered.outputs.get(`${head.name}.wanted`);
  // What stands behind the masked places is unused room.
  if (wanted !== undefined) return commonestOf(wanted.map((each, i) => cutTo(each, gathered.batches[i]?.count ?? 0)));
  if (name === null) return commonerHalf(indicesOf(gathered).length, countOf(gathered));
  return commonestOf(tensorsOf(gathered, name).map(({ data }) => data));
}

/** Share of the commonest label; null where there is none. */
function commonestOf(labels: readonly Tensor["data"][]): number | null {
  const counts = countsIn(labels);
  const all = [...counts.values()].reduce((a, b) => a + b, 0);
  return all === 0 ? null : maximum(counts.values()) / all;
}

function cutTo({ data }: Tensor, count: number): Tensor["data"] {
  return data.subarray(0, count);
}

/** Of `all` pairs `right` are right. */
function commonerHalf(right: number, all: number): number {
  return Math.max(right, all - right) / Math.max(1, all);
}

function perplexity(head: HeadSpec, gathered: Gathered): MetricValue {
  const counts = gathered.batches.map(({ count }) => count);
  const losses = outputsOf(gathered, `${prefixes.loss}${head.name}`).reduce(
    (all, { data }, i) => all + (data[0] ?? 0) * (counts[i] ?? 0),
    0,
  );
  const total = countOf(gathered);
  const { labels } = ruleOf(head).counted;
  const hidden = countsIn(labels === null ? [] : tensorsOf(gathered, labels).map(({ data }) => data));
  return {
    name: `${head.name} ${metricRule("perplexity").called}`,
    unit: "number",
    value: Math.exp(losses / Math.max(1, total)),
    // To say each token as often as it occurs is the best that can be said without looking.
    chance: hidden.size === 0 ? null : perplexityOf(hidden),
    items: total,
    noun: "tokens",
  };
}

/**
 * Mean overlap of the classes that occur, in the masks or in what was said of them, as mmsegmentation: over all pixels of all
 * masks at the size that they have. Beside it the share of right pixels.
 */
function overlaps(metric: MetricSpec, { name }: HeadSpec, gathered: Gathered): MetricValue[] {
  const counts = pixelsOf(gathered, metric);
  const each = overlapsOf(counts);
  const { are } = marginsOf(counts);
  const pixels = sum(are);
  const right = sum(are.map((_, c) => counts.confusion[c * counts.classes + c] ?? 0));
  const commonest = Math.max(...are) / Math.max(1, pixels);
  const names = gathered.dataSet.classes;
  const counted = { unit: "overlap", items: counts.items.length, noun: "images" } as const;
  const how = windowsText(metric);
  return [
    {
      ...counted,
      name: `${name} ${metricRule("mean_iou").called}${how}`,
      value: mean(each.filter((value) => value !== null)),
      // Saying the commonest class everywhere overlaps with it by its share, and with no other.
      chance: commonest / Math.max(1, are.filter((count) => count > 0).length),
      parts: each.map((value, c) => ({ name: names?.[c] ?? String(c), value })),
    },
    { ...counted, name: `${name} pixel_accuracy${how}`, value: right / Math.max(1, pixels), chance: commonest },
  ];
}

function windowsText({ windows }: MetricSpec): string {
  if (windows === null) return "";
  const { stride, shortSide } = windows;
  return ` (windows every ${stride}px of ${shortSide === null ? "the image" : `${shortSide}px`})`;
}

/** How many of a tokenizer's codes the images use, and as how many equally frequent ones they are (their perplexity). */
function codebook(head: HeadSpec, gathered: Gathered): MetricValue[] {
  const codes = ruleOf(head).codes?.(head);
  if (codes === undefined) throw new Error(`internal: ${head.name} has no codes`);
  const counts = countsIn(outputsOf(gathered, `${head.name}.codes`).map(({ data }) => data));
  return [
    {
      name: `${head.name} ${metricRule("codebook").called}`,
      unit: "share",
      value: counts.size / codes,
      chance: null,
      items: codes,
      noun: "codes",
    },
    {
      name: `${head.name} code perplexity`,
      unit: "number",
      value: perplexityOf(counts),
      chance: null,
      items: sum([...counts.values()]),
      noun: "patches",
    },
  ];
}

/** As how many equally frequent ones they are: exp of the entropy of their frequencies. */
function perplexityOf(counts: ReadonlyMap<number, number>): number {
  const all = sum([...counts.values()]);
  return Math.exp(sum([...counts.values()].map((count) => -(count / all) * Math.log(count / all))));
}

/** Mean squared error of pixels, −1 … 1; guessing is the mean of all pixels everywhere. */
function reconstruction(head: HeadSpec, gathered: Gathered): MetricValue {
  const count = Math.max(1, countOf(gathered));
  const [error = 0, pixels = 0, squares = 0] = ["error", "pixels", "squares"].map(
    (sum) => sumOf(outputsOf(gathered, `${prefixes.sum}${head.name}.${sum}`)) / count,
  );
  return {
    name: `${head.name} ${metricRule("reconstruction").called}`,
    unit: "number",
    value: error,
    chance: squares - pixels ** 2,
    items: count,
    noun: ruleOf(head).counted.noun,
  };
}

const captionScores = { bleu, rouge, cider } as const;

/** What guessing gets is the score of the captions that were written for other images: each is given to the next one. */
function captionScore(name: keyof typeof captionScores, head: HeadSpec, { captions }: Gathered): MetricValue {
  const all = captions.map(({ said, references }) => ({ said: wordsOf(said), references: references.map(wordsOf) }));
  const others = all.map(({ references }, i) => ({ said: all[(i + 1) % all.length]?.said ?? [], references }));
  return {
    name: `${head.name} ${metricRule(name).called}`,
    unit: "score",
    value: captionScores[name](all),
    chance: all.length > 1 ? captionScores[name](others) : null,
    items: all.length,
    noun: "images",
  };
}

function sumOf(tensors: readonly Tensor[]): number {
  return tensors.reduce((sum, { data }) => sum + (data[0] ?? 0), 0);
}
