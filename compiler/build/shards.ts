// Sharding of the optimizer's state over processes (ZeRO-1): each process reduce-scatters the gradients, updates its
// shard of every matrix, and all-gathers the parameters. A matrix is flattened and cut into rows [ranks, n], one row
// [1, n] for each.
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

/** The shape of a process's shard of a parameter's state; null where the state is not sharded. */
export function shardShape({ sizes }: Pick<BuildContext, "sizes">, shape: Shape): Shape | null {
  const part = sizes.shards === true ? shardOf(shape, ranksOf({ sizes })) : null;
  return part === null ? null : [1, part];
}

/** A process's own row of a tensor that every process holds whole. */
export function ownShard(context: BuildContext, whole: Value): Value {
  const ranks = ranksOf(context);
  const rank = indices(context, inputs.rank, [1], { least: 0, most: ranks - 1, what: "processes" });
  return gather(inRows(whole, ranks), rank);
}

/** Reduce-scatters tensors by name, in few exchanges: the process's own row of the sum over all ranks. */
export function scattered(context: BuildContext, values: ReadonlyMap<string, Value>): Map<string, Value> {
  const ranks = ranksOf(context);
  return inBuckets(values, (bucket) =>
    sideBySide(
      bucket.map((value) => inRows(value, ranks)),
      (rows) => reduceScatter(rows, ranks),
    ),
  );
}

/** All-gathers tensors by name from each process's own row, in few exchanges; `shapeOf` gives their whole shapes. */
export function assembled(
  context: BuildContext,
  own: ReadonlyMap<string, Value>,
  shapeOf: (name: string) => Shape,
): Map<string, Value> {
  const ranks = ranksOf(context);
  const rows = inBuckets(own, (bucket) => sideBySide(bucket, (row) => allGather(row, ranks)));
  return new Map([...rows].map(([name, each]) => [name, fromRows(each, shapeOf(name))]));
}

/** All-gathers a tensor of the optimizer's state, `whole`, from each process's `shard`. */
export function buildWhole(stage: StageSpec, sizes: Sizes, shape: Shape): Program {
  const context = createContext(stage, sizes, { training: true });
  const shard = declared(context, "shard", "state", { shape: shardShape(context, shape) ?? shape });
  return finish(
    context,
    "whole",
    assembled(context, new Map([["whole", shard]]), () => shape),
  );
}

/** Exchanges rows [·, n] of several tensors as one concatenated tensor, and splits the result again. */
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
