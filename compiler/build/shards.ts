// Where processes share the optimizer's state (ZeRO-1): each gets the summed gradients of its part of every matrix, updates
// that part, and gives it to the others. A matrix is cut into rows [ranks, n], of which a process has its own, [1, n].
import type { Value } from "../ir/graph.js";
import { sizeOf, type Shape } from "../ir/types.js";
import { allGather, reduceScatter } from "../ops/collective.js";
import { gather } from "../ops/indexing.js";
import { concat, pad, reshape, slice } from "../ops/structure.js";
import { inputs } from "../spec/inputs.js";
import { shardOf } from "../spec/shards.js";
import type { StageSpec } from "../spec/spec.js";
import { indices, type BuildContext, type Sizes } from "./context.js";
import { createContext, declared, finish } from "./parts.js";
import type { Program } from "./program.js";
import { inBuckets, ranksOf } from "./ranks.js";

/** The shape of a process's part of the state of a parameter; null where each has all of it. */
export function shardShape({ sizes }: Pick<BuildContext, "sizes">, shape: Shape): Shape | null {
  const part = sizes.shards === true ? shardOf(shape, ranksOf({ sizes })) : null;
  return part === null ? null : [1, part];
}

/** A process's own row of a tensor that all have. */
export function ownShard(context: BuildContext, whole: Value): Value {
  const ranks = ranksOf(context);
  const rank = indices(context, inputs.rank, [1], { least: 0, most: ranks - 1, what: "processes" });
  return gather(inRows(whole, ranks), rank);
}

/** The process's own rows of the sums over all ranks of tensors by name, in few exchanges. */
export function scattered(context: BuildContext, values: ReadonlyMap<string, Value>): Map<string, Value> {
  const ranks = ranksOf(context);
  return inBuckets(values, (bucket) =>
    sideBySide(
      bucket.map((value) => inRows(value, ranks)),
      (rows) => reduceScatter(rows, ranks),
    ),
  );
}

/** The tensors that all have, from the own rows of each, and by name the shapes that they are of; in few exchanges. */
export function assembled(
  context: BuildContext,
  own: ReadonlyMap<string, Value>,
  shapeOf: (name: string) => Shape,
): Map<string, Value> {
  const ranks = ranksOf(context);
  const rows = inBuckets(own, (bucket) => sideBySide(bucket, (row) => allGather(row, ranks)));
  return new Map([...rows].map(([name, each]) => [name, fromRows(each, shapeOf(name))]));
}

/** A tensor of that shape of the optimizer's state, `whole`, from each process's part of it, `shard`. */
export function buildWhole(stage: StageSpec, sizes: Sizes, shape: Shape): Program {
  const context = createContext(stage, sizes, { training: true });
  const shard = declared(context, "shard", "state", { shape: shardShape(context, shape) ?? shape });
  return finish(
    context,
    "whole",
    assembled(context, new Map([["whole", shard]]), () => shape),
  );
}

/** Rows [·, n] of several tensors as those of one, on the way of which each is a column block. */
function sideBySide(values: readonly Value[], exchange: (rows: Value) => Value): Value[] {
  const [only, ...more] = values;
  if (only !== undefined && more.length === 0) return [exchange(only)];
  const rows = exchange(concat(values, 1));
  let start = 0;
  return values.map(
    ({
      type: {
        shape: [, width = 0],
      },
    }) => slice(rows, 1, start, (start += width)),
  );
}

function inRows(whole: Value, ranks: number): Value {
  const { shape } = whole.type;
  const size = sizeOf(shape);
  const part = shardOf(shape, ranks) ?? size;
  const flat = reshape(whole, [size]);
  return reshape(part * ranks === size ? flat : pad(flat, 0, 0, part * ranks - size), [ranks, part]);
}

function fromRows(rows: Value, shape: Shape): Value {
  const [size, room] = [sizeOf(shape), sizeOf(rows.type.shape)];
  const flat = reshape(rows, [room]);
  return reshape(room === size ? flat : slice(flat, 0, 0, size), shape);
}
