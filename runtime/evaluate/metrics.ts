// Metrics from a head's outputs over a data set, each with its chance level.
import { prefixes, ruleOf, type HeadSpec, type MetricSpec } from "../../compiler/index.js";
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
import { valueNames, type Unnamed } from "./metric-names.js";
import type { Retrieval } from "./retrieve.js";

type MetricRule = (metric: MetricSpec, head: HeadSpec, gathered: Gathered) => Unnamed[];

/** Total over the language's metrics, checked by `tsc`. */
const rules: Readonly<Record<MetricSpec["name"], MetricRule>> = {
  recall: (metric, _, gathered) => recalls(metric, retrievalIn(gathered)),
  accuracy: ({ arguments: [top = 1] }, head, gathered) => [accuracy(top, head, gathered)],
  perplexity: (_, head, gathered) => [perplexity(head, gathered)],
  vqa_score: (_, head, gathered) => [vqaScore(head, gathered)],
  codebook: (_, head, gathered) => codebook(head, gathered),
  reconstruction: (_, head, gathered) => [reconstruction(head, gathered)],
  bleu: (_, __, gathered) => [captionScore("bleu", gathered)],
  rouge: (_, __, gathered) => [captionScore("rouge", gathered)],
  cider: (_, __, gathered) => [captionScore("cider", gathered)],
  consistency: (_, head, gathered) => [consistency(head, gathered)],
  mean_iou: (metric, _, gathered) => overlaps(metric, gathered),
};

/** One value or several: recall gives one for each k and direction. */
export function metricOf(metric: MetricSpec, head: HeadSpec, gathered: Gathered): MetricValue[] {
  const names = valueNames(metric, head);
  return rules[metric.name](metric, head, gathered).map((value, i) => ({ name: names[i] ?? metric.name, ...value }));
}

function recalls(metric: MetricSpec, { sides: { image, text }, ranks }: Retrieval): Unnamed[] {
  const found = ranks.get(metric);
  if (found === undefined) throw new Error("internal: a recall that nothing was ranked for");
  const { arguments: ks } = metric;
  const [toTexts, toImages] = [
    { places: found.image.places, queries: image, candidates: text, noun: "images" },
    { places: found.text.places, queries: text, candidates: image, noun: "texts" },
  ];
  return [...ks.map((k) => recall(k, toTexts)), ...ks.map((k) => recall(k, toImages))];
}

interface Queried {
  readonly places: readonly Rank[];
  readonly queries: Side;
  readonly candidates: Side;
  readonly noun: string;
}

function recall(k: number, { places, queries, candidates, noun }: Queried): Unnamed {
  return {
    unit: "share",
    value: mean(places.map((place) => hitShare(place, k))),
    chance: mean(queries.matches.map(({ size }) => chanceOf(size, candidates.count, k))),
    items: queries.count,
    noun,
    candidates: candidates.count,
  };
}

function accuracy(top: number, head: HeadSpec, gathered: Gathered): Unnamed {
  if (ruleOf(head).classes !== undefined) return accuracyOfClasses(top, head, gathered);
  const correct = sumOf(outputsOf(gathered, `${prefixes.sum}${head.name}.correct`));
  const count = countOf(gathered);
  return {
    unit: "share",
    value: correct / Math.max(1, count),
    chance: commonest(head, gathered),
    items: count,
    noun: ruleOf(head).counted.noun,
  };
}

/** Share of the commonest answer: the accuracy of always predicting it. */
function commonest(head: HeadSpec, gathered: Gathered): number | null {
  const { labels: name } = ruleOf(head).counted;
  const wanted = gathered.outputs.get(`${head.name}.wanted`);
  // Entries after the masked positions are padding.
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

/** The accuracy of the better constant prediction, where `right` of `all` pairs match. */
function commonerHalf(right: number, all: number): number {
  return Math.max(right, all - right) / Math.max(1, all);
}

function perplexity(head: HeadSpec, gathered: Gathered): Unnamed {
  const counts = gathered.batches.map(({ count }) => count);
  const losses = outputsOf(gathered, `${prefixes.loss}${head.name}`).reduce(
    (all, { data }, i) => all + (data[0] ?? 0) * (counts[i] ?? 0),
    0,
  );
  const total = countOf(gathered);
  const { labels } = ruleOf(head).counted;
  const hidden = countsIn(labels === null ? [] : tensorsOf(gathered, labels).map(({ data }) => data));
  return {
    unit: "number",
    value: Math.exp(losses / Math.max(1, total)),
    // Predicting each token by its frequency is the best that is possible without context.
    chance: hidden.size === 0 ? null : perplexityOf(hidden),
    items: total,
    noun: "tokens",
  };
}

/**
 * Mean intersection over union of the classes that occur in the masks or the predictions, as in mmsegmentation: over all pixels
 * of all masks at their original size. Also the pixel accuracy.
 */
function overlaps(metric: MetricSpec, gathered: Gathered): Unnamed[] {
  const counts = pixelsOf(gathered, metric);
  const each = overlapsOf(counts);
  const { are } = marginsOf(counts);
  const pixels = sum(are);
  const right = sum(are.map((_, c) => counts.confusion[c * counts.classes + c] ?? 0));
  const commonest = Math.max(...are) / Math.max(1, pixels);
  const names = gathered.dataSet.classes;
  const counted = { unit: "overlap", items: counts.items.length, noun: "images" } as const;
  return [
    {
      ...counted,
      value: mean(each.filter((value) => value !== null)),
      // Predicting the commonest class everywhere has its share as the overlap with it, and none with any other.
      chance: commonest / Math.max(1, are.filter((count) => count > 0).length),
      parts: each.map((value, c) => ({ name: names?.[c] ?? String(c), value })),
    },
    { ...counted, value: right / Math.max(1, pixels), chance: commonest },
  ];
}

/** How many of a tokenizer's codes the images use, and the perplexity of their distribution. */
function codebook(head: HeadSpec, gathered: Gathered): Unnamed[] {
  const codes = ruleOf(head).codes?.(head);
  if (codes === undefined) throw new Error(`internal: ${head.name} has no codes`);
  const counts = countsIn(outputsOf(gathered, `${head.name}.codes`).map(({ data }) => data));
  return [
    {
      unit: "share",
      value: counts.size / codes,
      chance: null,
      items: codes,
      noun: "codes",
    },
    {
      unit: "number",
      value: perplexityOf(counts),
      chance: null,
      items: sum([...counts.values()]),
      noun: "patches",
    },
  ];
}

/** Perplexity: exp of the entropy of the frequencies. */
function perplexityOf(counts: ReadonlyMap<number, number>): number {
  const all = sum([...counts.values()]);
  return Math.exp(sum([...counts.values()].map((count) => -(count / all) * Math.log(count / all))));
}

/** Mean squared error of pixels in −1 … 1; chance level predicts the mean of all pixels everywhere. */
function reconstruction(head: HeadSpec, gathered: Gathered): Unnamed {
  const count = Math.max(1, countOf(gathered));
  const [error = 0, pixels = 0, squares = 0] = ["error", "pixels", "squares"].map(
    (sum) => sumOf(outputsOf(gathered, `${prefixes.sum}${head.name}.${sum}`)) / count,
  );
  return {
    unit: "number",
    value: error,
    chance: squares - pixels ** 2,
    items: count,
    noun: ruleOf(head).counted.noun,
  };
}

const captionScores = { bleu, rouge, cider } as const;

/** Chance level is the score of captions of other images: each is assigned to the next image. */
function captionScore(name: keyof typeof captionScores, { captions }: Gathered): Unnamed {
  const all = captions.map(({ said, references }) => ({ said: wordsOf(said), references: references.map(wordsOf) }));
  const others = all.map(({ references }, i) => ({ said: all[(i + 1) % all.length]?.said ?? [], references }));
  return {
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
