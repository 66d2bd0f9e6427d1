// Metrics: how each is written, for which heads, and whether more or less is better. Its values are computed by
// runtime/evaluate/metrics.ts; which heads offer it, the heads say.
import { z } from "zod";
import type { Supply } from "./data.js";
import { choice, doc, orNone, written } from "./fields.js";
import { list } from "./lists.js";
import { most } from "./most.js";
import { count, pixels } from "./numbers.js";
import { constructor } from "./families.js";
import type { Signature } from "./signature.js";

/** What is known of a metric besides its signature. */
interface MetricRule {
  /** The heads that offer it, in words. */
  readonly of: string;
  /** What it compares with, beyond what the head itself learns from. */
  readonly compares?: Supply;
  /** Whether larger or smaller values are better. */
  readonly better: "higher" | "lower";
  /** Whether it compares texts that the head writes, which is not done for other metrics. */
  readonly writes?: true;
  /** What its value is called, after the name of its head. */
  readonly called: string;
  /** Whether a value called so is of the metric as it is asked for, where it has several; by its head and `called` where it is left out. */
  readonly isValue?: (name: string, asked: AskedMetric) => boolean;
  /** How a `test` asks for it, where it does so in another way than an evaluation does. */
  readonly inTests?: Signature;
  /** Whether it is worked out from the head's loss, which then is the mean log-likelihood of what it predicts. */
  readonly ofLoss?: true;
}

/** A value of a metric as `best`, tests and sweeps ask for it. */
export interface AskedMetric {
  /** Null: of whatever head it is. */
  readonly head: string | null;
  readonly k: number | null;
  /** The query side of a recall; null for both. */
  readonly from: View | null;
}

type View = "image" | "text";

const recalled = { image: "image→text", text: "text→image" } as const satisfies Readonly<Record<View, string>>;

/** What a recall among the first k is called, of queries of one side. */
export function recallName(k: number, from: View): string {
  return `recall@${k} ${recalled[from]}`;
}

function isRecall(name: string, { k, from }: AskedMetric): boolean {
  const sides = from === null ? (["image", "text"] as const) : [from];
  const at = k ?? Number(/^recall@(\d+) /.exec(name)?.[1]);
  return sides.some((side) => name === recallName(at, side));
}

const head = doc(written("head").optional(), "The head to measure, where several could be meant.");
const ofHead = { positional: ["head"], schema: z.object({ head }) } as const;

const ofCaptions = { ...ofHead, of: "a caption head", compares: "match", better: "higher", writes: true } as const;

/** What `rerank:` of a recall may be. */
export const rerankings = {
  top: {
    doc: "The first candidates of each query are re-ranked by a matching head's score of each with the query.",
    positional: ["count"],
    schema: z.object({
      count: doc(count({ least: 2, most: most.items }).default(32), "Number of candidates; the original has 32."),
      by: doc(written("head"), "The matching head."),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** What `windows:` of an overlap may be. */
export const windowings = {
  slide: {
    doc: "Sliding-window inference with windows of the model's image size, as mmsegmentation's `mode='slide'`; logits of overlapping windows are averaged.",
    positional: ["stride"],
    schema: z.object({
      stride: doc(
        pixels({ most: most.pixels }).optional(),
        "Stride of the windows in pixels; by default two thirds of the model's image size, as in BEiT.",
      ),
      short_side: doc(
        orNone(pixels({ most: most.pixels })).optional(),
        "The image is scaled so that its shorter side has this many pixels; default the model's image size; `none` leaves it unscaled.",
      ),
    }),
  },
} as const satisfies Readonly<Record<string, Signature>>;

/** By name. */
export const metrics = {
  recall: {
    doc: "Recall@k: share of samples whose partner is among the first k, in both directions.",
    rest: "at",
    schema: z.object({
      at: doc(list(count({ most: most.items }), { distinct: true }).default([1, 5, 10]), "The k."),
      head,
      rerank: doc(constructor("re-ranking", rerankings).optional(), "Re-ranks the best candidates by a matching head."),
    }),
    of: "a contrastive head",
    compares: "match",
    better: "higher",
    called: "recall",
    isValue: isRecall,
    inTests: {
      doc: "Recall@k: share of samples whose partner is among the first k.",
      positional: ["at"],
      schema: z.object({
        at: doc(count(), "The k."),
        from: doc(choice("image", "text").optional(), "The query side; by default the mean of both directions."),
        head,
      }),
    },
  },
  vqa_score: {
    doc: "VQA score: mean score of the chosen answer.",
    ...ofHead,
    of: "a classifier of answers",
    compares: "answer",
    better: "higher",
    called: "score",
  },
  accuracy: {
    doc: "Share of correct predictions.",
    positional: ["head"],
    schema: z.object({
      head,
      top: doc(count({ most: most.classes }).default(1), "Top-k accuracy: correct if the label is among the first k."),
    }),
    of: "a head that chooses",
    better: "higher",
    called: "accuracy",
  },
  consistency: {
    doc: "Share of sentences predicted correctly for all of their images.",
    ...ofHead,
    of: "a classifier of statements",
    compares: "truth",
    better: "higher",
    called: "consistency",
  },
  mean_iou: {
    doc: "Mean intersection over union (mIoU) of the classes.",
    positional: ["head"],
    schema: z.object({
      head,
      windows: doc(
        constructor("windows", windowings).optional(),
        "Sliding-window inference, for images larger than the model's.",
      ),
    }),
    of: "a segmentation head",
    compares: "mask",
    better: "higher",
    called: "mean_iou",
    // How it is measured the evaluation says.
    inTests: { doc: "Mean intersection over union (mIoU) of the classes.", ...ofHead },
  },
  perplexity: {
    doc: "Of masked tokens.",
    ...ofHead,
    of: "a head that predicts masked tokens",
    better: "lower",
    called: "perplexity",
    ofLoss: true,
  },
  codebook: {
    doc: "Share of a visual tokenizer's codes that are used, and their perplexity.",
    ...ofHead,
    of: "a visual tokenizer",
    better: "higher",
    called: "codes used",
  },
  reconstruction: {
    doc: "Mean squared error of the pixels that a visual tokenizer decodes from its codes.",
    ...ofHead,
    of: "a visual tokenizer",
    better: "lower",
    called: "reconstruction error",
  },
  bleu: {
    doc: "BLEU-4 of the generated captions against the texts of their images.",
    ...ofCaptions,
    called: "bleu",
  },
  rouge: {
    doc: "ROUGE-L of the generated captions against the texts of their images.",
    ...ofCaptions,
    called: "rouge",
  },
  cider: {
    doc: "CIDEr-D of the generated captions against the texts of their images.",
    ...ofCaptions,
    called: "cider",
  },
} as const satisfies Readonly<Record<string, Signature & MetricRule>>;

/** A metric of the language. */
export type MetricName = keyof typeof metrics;

/** What a metric is called with: each has some of these. */
export type MetricArguments = {
  readonly [Name in MetricName]: z.output<(typeof metrics)[Name]["schema"]>;
}[MetricName];

/** What a value is called after the name of its head; `k`: among how many first choices it looks, null for other metrics. */
export function calledAt(name: MetricName, k: number | null): string {
  const { called } = metricRule(name);
  return k === null || k === 1 ? called : `${called}@${k}`;
}

/** The facts of a metric that is looked up by name. */
export function metricRule(name: MetricName): MetricRule {
  return metrics[name];
}

/** How a `test` asks for a metric. */
export function signatureInTests(name: MetricName): Signature {
  return metricRule(name).inTests ?? metrics[name];
}

/** Whether a value of that name is of the metric. How it was measured, behind it in brackets, does not matter. */
export function isValueOf(measured: string, name: MetricName, asked: AskedMetric): boolean {
  const value = measured.replace(/ \(.*\)$/, "");
  const { isValue } = metricRule(name);
  if (isValue !== undefined) return isValue(value, asked);
  const called = calledAt(name, asked.k);
  return asked.head === null ? value.endsWith(` ${called}`) : value === `${asked.head} ${called}`;
}
