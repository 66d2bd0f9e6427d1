// Runs one `evaluate` block: a stage's programs over a data set, in order, without noise; computes its metrics and a few
// examples.
import { buildForward, metricRule, prefixes, ruleOf, type HeadSpec, type MetricSpec } from "../../compiler/index.js";
import { createImageLoader, pairingByContent, type Item } from "../data/index.js";
import { leftOutOf, type Broken, type LeftOut } from "./left-out.js";
import { countOf } from "../program/feed.js";
import { pickRows, type Tensor } from "../tensor.js";
import type { MetricValue } from "../train/listener.js";
import { evaluatedOf, type EvaluatedBatch, type Gathered } from "./gathered.js";
import { headOf } from "./metric-names.js";
import { metricOf } from "./metrics.js";
import type { EvaluateOptions, EvaluationRequest } from "./options.js";
import { passOver, type Pass } from "./pass.js";
import { pixelCountsOf, type PixelCounts } from "./pixels.js";
import { retrievalOf } from "./retrieve.js";
import { roomFor } from "./room-on-disk.js";
import { picturedItems, samplesOf, spread, type Sample } from "./samples.js";
import { captionsOf } from "./write.js";

/** The result of an `evaluate` block. */
export interface Evaluation {
  /** Values of every metric of the block, in its order. */
  readonly metrics: MetricValue[];
  readonly samples: readonly Sample[];
  readonly leftOut: LeftOut;
}

/** Evaluates. Throws the errors of broken data and, when aborted, the signal's reason. */
export async function evaluate(given: EvaluationRequest): Promise<Evaluation> {
  // One loader for all passes over the data: it caches decoded images.
  return evaluateBy({ images: createImageLoader(), pair: pairingByContent, makeRoom: roomFor, ...given });
}

/** Like `evaluate`, with the caller's image loader. */
export async function evaluateBy(given: EvaluateOptions): Promise<Evaluation> {
  const broken: Broken[] = [];
  const leftOut = (item: Item, reason: string): void => void broken.push({ item, reason });
  const options: EvaluateOptions = { ...given, leftOut };
  const values: MetricValue[] = [];
  const samples: Sample[] = [];
  const byHead = new Map<HeadSpec, MetricSpec[]>();
  for (const metric of options.evaluation.metrics) {
    const head = headOf(metric, options.stage);
    byHead.set(head, [...(byHead.get(head) ?? []), metric]);
  }
  for (const [head, metrics] of byHead) {
    const gathered = await gatheredFor(options, head, metrics);
    try {
      values.push(...metrics.flatMap((metric) => metricOf(metric, head, gathered)));
      samples.push(...samplesOf({ head, gathered, tokenizer: options.tokenizer }));
    } finally {
      gathered.retrieval?.close();
    }
  }
  return { metrics: values, samples, leftOut: leftOutOf(options.dataSet, broken) };
}

/** The inputs of a head's metrics: its vectors, its outputs, its generated texts, or several of these. */
async function gatheredFor(
  options: EvaluateOptions,
  head: HeadSpec,
  metrics: readonly MetricSpec[],
): Promise<Gathered> {
  const { dataSet } = options;
  const nothing = { dataSet, outputs: new Map<string, Tensor[]>(), batches: [], captions: [] };
  if (ruleOf(head).vectors !== undefined) return { ...nothing, retrieval: await retrievalOf(options, head, metrics) };
  if (ruleOf(head).pixels !== undefined) return { ...nothing, pixels: await pixelsBy(options, head, metrics) };
  const writes = (metric: MetricSpec): boolean => metricRule(metric.name).writes === true;
  return {
    ...nothing,
    ...(metrics.every(writes) ? {} : await gather(options, head)),
    ...(metrics.some(writes) && { captions: await captionsOf(options, head) }),
  };
}

/** Counts of pixels by metric: each may use its own windows. */
async function pixelsBy(options: EvaluateOptions, head: HeadSpec, metrics: readonly MetricSpec[]) {
  const shown = new Set(spread(options.dataSet.length, 4));
  const counts = new Map<MetricSpec, PixelCounts>();
  for (const metric of metrics)
    counts.set(metric, await pixelCountsOf(options, head, { windows: metric.windows, shown }));
  return counts;
}

/** Runs a head over the whole data set and keeps the tensors that metrics need. */
async function gather(options: EvaluateOptions, head: HeadSpec): Promise<Pick<Gathered, "outputs" | "batches">> {
  const { dataSet } = options;
  const outputs = new Map<string, Tensor[]>();
  const evaluated: EvaluatedBatch[] = [];
  const pictured = picturedItems(dataSet.length);
  const pass: Pass = { head, dataSet, build: (stage, sizes) => buildForward(stage, sizes, [head]) };
  let first = 0;
  await passOver(options, pass, ({ batch, program, results }) => {
    for (const [name, whole] of results) {
      const tensor = name === `${head.name}.reconstruction` ? rowsAmong(whole, pictured, first) : whole;
      const known = outputs.get(name);
      if (known === undefined) outputs.set(name, [tensor]);
      else known.push(tensor);
    }
    const { tensors, counts } = batch;
    const count = program.counts.get(`${prefixes.count}${head.name}`) ?? { kind: "items" };
    evaluated.push(evaluatedOf(batch, countOf(count, tensors, counts.items)));
    first += counts.items;
  });
  return { outputs, batches: evaluated };
}

/** The rows of a tensor for these items, where the first row is item `first`. */
function rowsAmong(tensor: Tensor, items: readonly number[], first: number): Tensor {
  const [count = 0] = tensor.shape;
  return pickRows(
    tensor,
    items.map((item) => item - first).filter((row) => row >= 0 && row < count),
  );
}
