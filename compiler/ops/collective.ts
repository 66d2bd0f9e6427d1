// Collectives over the processes (ranks) that share each training step. Loss and gradients of a rank are its shares;
// their sum over the ranks is what one process would compute.
import type { Value } from "../ir/graph.js";
import { one, primitive, type PrimitiveOp } from "./op.js";
import { expectFloat, fail } from "./shapes.js";
import { fill, first } from "./structure.js";

/** The op of `allGather`; its gradient is `reduceScatter`. */
export const allGatherOp: PrimitiveOp<{ ranks: number }> = primitive<{ ranks: number }>({
  name: "allGather",
  summary: "The rows [n, …] of every rank, one rank below the other: [n·ranks, …].",
  inputs: ["x"],
  infer: ([x], { ranks }) => {
    if (x === undefined) fail("allGather", "wants an input");
    const [rows, ...rest] = x.shape;
    if (rows === undefined) fail("allGather", "a scalar has no rows");
    return [{ dtype: x.dtype, shape: [rows * ranks, ...rest] }];
  },
  gradient: (g, { attributes }) => [one(reduceScatterOp([first(g)], attributes))],
});

/** The op of `reduceScatter`; its gradient is `allGather`. */
export const reduceScatterOp: PrimitiveOp<{ ranks: number }> = primitive<{ ranks: number }>({
  name: "reduceScatter",
  summary: "The sum over all ranks of x [n·ranks, …], of which each rank gets its own rows [n, …].",
  inputs: ["x"],
  infer: ([x], { ranks }) => {
    if (x === undefined) fail("reduceScatter", "wants an input");
    expectFloat("reduceScatter", x);
    const [rows, ...rest] = x.shape;
    if (rows === undefined || rows % ranks !== 0)
      fail("reduceScatter", `[${x.shape.join(",")}] does not divide among ${ranks} ranks`);
    return [{ dtype: x.dtype, shape: [rows / ranks, ...rest] }];
  },
  gradient: (g, { attributes }) => [one(allGatherOp([first(g)], attributes))],
});

/** The op of `allReduce`; its gradient is itself. */
export const allReduceOp: PrimitiveOp<Record<string, never>> = primitive<Record<string, never>>({
  name: "allReduce",
  summary: "The sum over all ranks of each input; one exchange for all of them.",
  inputs: ["...x"],
  infer: (types) => {
    types.forEach((type) => expectFloat("allReduce", type));
    return types;
  },
  gradient: (cotangents, { outputs }) =>
    allReduceOp(
      outputs.map(({ type }, i) => cotangents[i] ?? fill(0, type.shape)),
      {},
    ),
});

/** All-gather: the rows of all ranks [n·ranks, …] from each rank's [n, …]. */
export const allGather = (x: Value, ranks: number): Value => one(allGatherOp([x], { ranks }));
/** All-reduce: a value summed over all ranks. */
export const sumOfRanks = (x: Value): Value => one(allReduceOp([x], {}));
/** Reduce-scatter: a rank's own rows [n, …] of the sum over all ranks of x [n·ranks, …]. */
export const reduceScatter = (x: Value, ranks: number): Value => one(reduceScatterOp([x], { ranks }));
