// Building programs for several processes (ranks). Each rank runs its own samples; where a head compares samples with
// each other, a rank compares its own, as rows, with those of all ranks. With one process none of this appears in the
// program.
import { depthsOf } from "../ir/depth.js";
import { topological, type Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { allGather, allReduceOp } from "../ops/collective.js";
import { add, equal, scale } from "../ops/elementwise.js";
import { gather } from "../ops/indexing.js";
import { at } from "../ops/op.js";
import { cast, constant, identity, reshape, stopGradient, transpose } from "../ops/structure.js";
import { inputs } from "../spec/inputs.js";
import { itemsOfRank } from "../spec/ranks.js";
import { indices, type BuildContext } from "./context.js";

/** Processes that run the program together. */
export function ranksOf({ sizes }: Pick<BuildContext, "sizes">): number {
  return sizes.ranks ?? 1;
}

/** Samples of one run, summed over all ranks. */
export function samplesOf(context: Pick<BuildContext, "sizes">): number {
  return context.sizes.batch * ranksOf(context);
}

/** All-gathers a rank's rows [B, …] to the rows [N, …] of all N samples, in batch order. */
export function ofAllRanks(context: BuildContext, x: Value): Value {
  const ranks = ranksOf(context);
  if (ranks === 1) return x;
  const rows = allGather(x, ranks);
  return context.extent === "pool" ? gather(rows, inOrder(context, ranks)) : rows;
}

/**
 * Index of each sample of the optimizer batch in the all-gathered rows: each rank holds its share of every micro-batch.
 */
function inOrder({ stage: { micro }, sizes }: BuildContext, ranks: number): Value {
  const batch = sizes.batch * ranks;
  const places = new Int32Array(batch);
  for (let rank = 0; rank < ranks; rank++)
    itemsOfRank({ batch, micro }, { rank, ranks }).forEach((item, i) => (places[item] = rank * sizes.batch + i));
  return constant([batch], places);
}

/** Indices [B] of the rank's own samples in the whole batch. */
export function ownNumbers(context: BuildContext): Value {
  const { batch } = context.sizes;
  if (ranksOf(context) === 1) return constant([batch], ascending(batch));
  return indices(context, inputs.own, [batch], {
    least: 0,
    most: samplesOf(context) - 1,
    what: "samples of the batch",
  });
}

/** [B, N]: 1 where the column is the row's own sample, else 0. */
export function ownColumns(context: BuildContext): Value {
  const { batch } = context.sizes;
  if (ranksOf(context) === 1) return identity(batch);
  const all = samplesOf(context);
  const columns = constant([1, all], Float32Array.from(ascending(all)));
  return equal(reshape(cast(ownNumbers(context), "float32"), [batch, 1]), columns);
}

/** A value for each image-text pair, [B, N] each: own images by all texts (`i2t`), own texts by all images (`t2i`). */
export interface PairRows {
  readonly i2t: Value;
  readonly t2i: Value;
}

/** Makes both directions; with one rank the second is the transpose of the first. */
export function bothWays(context: BuildContext, make: (way: keyof PairRows) => Value): PairRows {
  const i2t = make("i2t");
  return { i2t, t2i: ranksOf(context) === 1 ? transpose(i2t, [1, 0]) : make("t2i") };
}

/** The rows [B, …] of the rank's own samples, from those of all [N, …]. */
export function ownRows(context: BuildContext, all: Value): Value {
  return ranksOf(context) === 1 ? all : gather(all, ownNumbers(context));
}

/**
 * Vectors that are compared with those of other ranks; the values do not change. With `gather_gradient: local` the
 * gradient is scaled to match the original, whose processes each differentiate the loss of all samples through their
 * own vectors alone and then average: the gradient of that loss divided by the number of processes.
 */
export function compared(context: BuildContext, x: Value): Value {
  const ranks = ranksOf(context);
  if (ranks === 1 || context.stage.gatherGradient === "global") return x;
  return add(scale(stopGradient(x), 1 - 1 / ranks), scale(x, 1 / ranks));
}

/** Bucket size in bytes: few exchanges, each of which can start as soon as its own values are computed. */
const bucket = 25 * 2 ** 20;

/** All-reduces values by name; with one process, the values themselves. */
export function overRanks(context: BuildContext, values: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  if (ranksOf(context) === 1) return values;
  return inBuckets(values, (bucket) => allReduceOp(bucket, {}));
}

/** Applies `exchange` to values bucket by bucket; names and order stay. */
export function inBuckets(
  values: ReadonlyMap<string, Value>,
  exchange: (bucket: readonly Value[]) => readonly Value[],
): Map<string, Value> {
  const results = new Map(
    bucketsOf(values).flatMap((entries) => {
      const made = exchange(entries.map(([, value]) => value));
      return entries.map(([name], i) => [name, at(made, i)] as const);
    }),
  );
  return new Map([...values].map(([name, value]) => [name, results.get(name) ?? value]));
}

/**
 * Sorts values into buckets, first those that are computed first: in a backward pass the gradients of the last layers.
 */
function bucketsOf(values: ReadonlyMap<string, Value>): [string, Value][][] {
  const depths = depthsOf(topological(values.values()));
  const depthOf = ([, { node }]: readonly [string, Value]): number => depths.get(node) ?? 0;
  const buckets: [string, Value][][] = [];
  let room = 0;
  for (const entry of [...values].toSorted((a, b) => depthOf(a) - depthOf(b))) {
    const bytes = 4 * sizeOf(entry[1].type.shape);
    if (bytes > room) {
      buckets.push([]);
      room = bucket;
    }
    buckets.at(-1)?.push(entry);
    room -= bytes;
  }
  return buckets;
}

function ascending(count: number): Int32Array {
  return Int32Array.from({ length: count }, (_, i) => i);
}
