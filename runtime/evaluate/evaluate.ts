// Runs one `evaluate` block: a stage's programs over a data set, in order, without noise; the metrics it asks for, and a
// few examples.
import {
  buildForward,
  metricRule,
  offers,
  prefixes,
  ruleOf,
  type HeadSpec,
  type MetricSpec,
  type StageSpec,
} from "../../compiler/index.js";
import { createImageLoader, evaluationBatches, type Batch } from "../data/index.js";
import type { Handles } from "../engines/index.js";
import { countOf, feed } from "../program/feed.js";
import { needsOf } from "../data/stage-data.js";
import { pickRows, type Tensor } from "../tensor.js";
import { LoadedPrograms } from "../program/loaded-programs.js";
import { createAll, readAll, readBy, release } from "../program/results.js";
import { sizesOf } from "../program/sizes.js";
import type { MetricValue } from "../train/listener.js";
import { evaluatedOf, type EvaluatedBatch, type Gathered } from "./gathered.js";
import { metricOf } from "./metrics.js";
import type { EvaluateOptions } from "./options.js";
import { createPixelCounter, type PixelCounter } from "./pixels.js";
import { picturedItems, samplesOf, spread, type Sample } from "./samples.js";
import { captionsOf } from "./write.js";

/** What an `evaluate` block gives. */
export interface Evaluation {
  /** Values of every metric of the block, in its order. */
  readonly metrics: MetricValue[];
  readonly samples: readonly Sample[];
}

/** Throws V952 and what broken data give; with a signal, the signal's reason. */
export async function evaluate(options: EvaluateOptions): Promise<Evaluation> {
  const values: MetricValue[] = [];
  const samples: Sample[] = [];
  const byHead = new Map<HeadSpec, MetricSpec[]>();
  for (const metric of options.evaluation.metrics) {
    const head = headOf(metric, options.stage);
    byHead.set(head, [...(byHead.get(head) ?? []), metric]);
  }
  for (const [head, metrics] of byHead) {
    const gathered = await gatheredFor(options, head, metrics);
    values.push(...metrics.flatMap((metric) => metricOf(metric, head, gathered)));
    samples.push(...samplesOf({ head, gathered, tokenizer: options.tokenizer }));
  }
  return { metrics: values, samples };
}

/** The head a metric is about: the one it names, or the first of the stage's that it can be computed for. */
function headOf(metric: MetricSpec, stage: StageSpec): HeadSpec {
  const learnt = stage.learn.map(({ head }) => head);
  const fits = (head: HeadSpec): boolean =>
    metric.head === null ? offers(head, metric.name) : head.name === metric.head;
  const head = [...learnt, ...stage.heads].find(fits);
  if (head === undefined) throw new Error(`internal: the checker let ${metric.name} of stage ${stage.name} pass`);
  return head;
}

/** What the metrics of a head read: its outputs, the texts that it writes, or both. */
async function gatheredFor(
  options: EvaluateOptions,
  head: HeadSpec,
  metrics: readonly MetricSpec[],
): Promise<Gathered> {
  const writes = (metric: MetricSpec): boolean => metricRule(metric.name).writes === true;
  const nothing = { outputs: new Map<string, Tensor[]>(), batches: [] };
  return {
    dataSet: options.dataSet,
    ...(metrics.every(writes) ? nothing : await gather(options, head)),
    captions: metrics.some(writes) ? await captionsOf(options, head) : [],
  };
}

/** Runs a head over the whole data set and keeps what metrics need. */
async function gather(options: EvaluateOptions, head: HeadSpec): Promise<Omit<Gathered, "dataSet" | "captions">> {
  const { evaluation, stage, dataSet, tokenizer, parameters, images, signal } = options;
  const needs = needsOf({ model: stage.model, heads: [head], augment: [], tokenizer, images: evaluation.data.images });
  const batches = evaluationBatches({
    dataSet,
    needs,
    batch: Math.min(evaluation.batch, dataSet.length),
    seed: stage.seed,
    onError: evaluation.data.onError,
    ...(images !== undefined && { loader: images }),
  });
  const runner = createRunner(options, head);
  const pixels = pixelCounterOf(head, options);
  const outputs = new Map<string, Tensor[]>();
  const evaluated: EvaluatedBatch[] = [];
  const pictured = picturedItems(dataSet.length);
  let first = 0;
  for await (const batch of batches) {
    signal?.throwIfAborted();
    const { results, count } = await runner.run(batch, parameters, first);
    await pixels?.count(
      outputOf(results, `${head.name}.logits`),
      batch.indices.map((index) => ({ index, item: dataSet.item(index) })),
    );
    for (const [name, whole] of results) {
      if (pixels !== null && name === `${head.name}.logits`) continue;
      const tensor = name === `${head.name}.reconstruction` ? rowsAmong(whole, pictured, first) : whole;
      const known = outputs.get(name);
      if (known === undefined) outputs.set(name, [tensor]);
      else known.push(tensor);
    }
    evaluated.push(evaluatedOf(batch, count));
    first += batch.counts.items;
  }
  runner.dispose();
  return { outputs, batches: evaluated, ...(pixels !== null && { pixels: pixels.counts }) };
}

/** Null for a head that reads no masks. */
function pixelCounterOf(head: HeadSpec, { stage, dataSet, images }: EvaluateOptions): PixelCounter | null {
  if (!ruleOf(head).needs(head).includes("mask")) return null;
  const shown = new Set(spread(dataSet.length, 4));
  return createPixelCounter({ head, loader: images ?? createImageLoader(), size: stage.model.image?.size ?? 0, shown });
}

function outputOf(results: ReadonlyMap<string, Tensor>, name: string): Tensor {
  const tensor = results.get(name);
  if (tensor === undefined) throw new Error(`internal: no output ${name} among ${[...results.keys()].join(", ")}`);
  return tensor;
}

/** The rows of a tensor that are of these items, the first row being of item `first`. */
function rowsAmong(tensor: Tensor, items: readonly number[], first: number): Tensor {
  const [count = 0] = tensor.shape;
  return pickRows(
    tensor,
    items.map((item) => item - first).filter((row) => row >= 0 && row < count),
  );
}

/** What a head gives of a batch, and the denominator of its mean. */
interface Result {
  readonly results: ReadonlyMap<string, Tensor>;
  readonly count: number;
}

interface Runner {
  /** `first`: items before the batch, which name its noise. */
  run(batch: Batch, parameters: Handles, first: number): Promise<Result>;
  dispose(): void;
}

/** Runs `forward` of one head, compiled once for each size of batch. */
function createRunner({ engine, stage, evaluation: { data } }: EvaluateOptions, head: HeadSpec): Runner {
  const loaded = new LoadedPrograms(engine);
  const objective = { head, weight: 1, span: head.span };
  // How many images there are is the evaluation's data to say, which need not be of the stage's kind.
  const only: StageSpec = { ...stage, data: [data], learn: [objective] };
  return {
    run: async (batch, parameters, first) => {
      const sizes = sizesOf(only, { tensors: batch.tensors, items: batch.counts.items });
      const { program, executable } = await loaded.load("forward", sizes, (each) => buildForward(only, each, [head]));
      const { tensors, missing } = feed(program, {
        batch: batch.tensors,
        items: batch.counts.items,
        scalars: new Map(),
        noise: { seed: stage.seed, labels: ["evaluate"], first },
      });
      if (missing.length > 0)
        throw new Error(`internal: nothing supplies ${missing.map(({ name }) => name).join(", ")}`);
      const given = createAll(engine, tensors);
      const results = await executable.run(new Map([...readBy(program, parameters), ...given]));
      release(engine, given);
      const count = program.counts.get(`${prefixes.count}${head.name}`) ?? { kind: "items" };
      return {
        results: await readAll(engine, results),
        count: countOf(count, batch.tensors, batch.counts.items),
      };
    },
    dispose: () => loaded.dispose(),
  };
}
