// What programs of several processes (ranks) are built with. A rank runs its own samples; where a head compares samples with
// each other, it compares its own, by rows, with those of all. Of one process nothing here leaves a trace in the program.
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

/** Samples of a run on all ranks. */
export function samplesOf(context: Pick<BuildContext, "sizes">): number {
  return context.sizes.batch * ranksOf(context);
}

/** The rows [N, …] of all N samples, in their order, from a rank's own [B, …]. */
export function ofAllRanks(context: BuildContext, x: Value): Value {
  const ranks = ranksOf(context);
  if (ranks === 1) return x;
  const rows = allGather(x, ranks);
  return context.extent === "pool" ? gather(rows, inOrder(context, ranks)) : rows;
}

/** Where the samples of an optimizer batch stand among the rows of all ranks, each with its shares of all micro-batches. */
function inOrder({ stage: { micro }, sizes }: BuildContext, ranks: number): Value {
  const batch = sizes.batch * ranks;
  const places = new Int32Array(batch);
  for (let rank = 0; rank < ranks; rank++)
    itemsOfRank({ batch, micro }, { rank, ranks }).forEach((item, i) => (places[item] = rank * sizes.batch + i));
  return constant([batch], places);
}

/** Numbers [B] of the rank's own samples among all. */
export function ownNumbers(context: BuildContext): Value {
  const { batch } = context.sizes;
  if (ranksOf(context) === 1) return constant([batch], ascending(batch));
  return indices(context, inputs.own, [batch], {
    least: 0,
    most: samplesOf(context) - 1,
    what: "samples of the batch",
  });
}

/** [B, N]: 1 where the column is the row's own sample. */
export function ownColumns(context: BuildContext): Value {
  const { batch } = context.sizes;
  if (ranksOf(context) === 1) return identity(batch);
  const all = samplesOf(context);
  const columns = constant([1, all], Float32Array.from(ascending(all)));
  return equal(reshape(cast(ownNumbers(context), "float32"), [batch, 1]), columns);
}

/** Something of each pair of an image and a text: [B, N] each, the rank's own images by all texts, its own texts by all images. */
export interface PairRows {
  readonly i2t: Value;
  readonly t2i: Value;
}

/** Both ways; where one rank has all samples, the second is the first transposed. */
export function bothWays(context: BuildContext, make: (way: keyof PairRows) => Value): PairRows {
  const i2t = make("i2t");
  return { i2t, t2i: ranksOf(context) === 1 ? transpose(i2t, [1, 0]) : make("t2i") };
}

/** The rows [B, …] of the rank's own samples, from those of all [N, …]. */
export function ownRows(context: BuildContext, all: Value): Value {
  return ranksOf(context) === 1 ? all : gather(all, ownNumbers(context));
}

/**
 * Vectors that are compared with those of other ranks, as they are. With `gather_gradient: local` their gradient is what the
 * original's processes average: each differentiates the loss of all samples through its own vectors alone, and the mean
 * over the processes is the gradient of that loss over their number.
 */
export function compared(context: BuildContext, x: Value): Value {
  const ranks = ranksOf(context);
  if (ranks === 1 || context.stage.gatherGradient === "global") return x;
  return add(scale(stopGradient(x), 1 - 1 / ranks), scale(x, 1 / ranks));
}

/** Bytes in one exchange: few exchanges, each of which can begin when its own values are there. */
const bucket = 25 * 2 ** 20;

/** The sums over all ranks of values by name; of one process the values. */
export function overRanks(context: BuildContext, values: ReadonlyMap<string, Value>): ReadonlyMap<string, Value> {
  if (ranksOf(context) === 1) return values;
  return inBuckets(values, (bucket) => allReduceOp(bucket, {}));
}

/** What `exchange` makes of values, a bucket at a time, by the same names in the same order. */
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

/** Values in exchanges. Those that are computed first come first: in a backward pass the gradients of the last layers. */
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
