// Reading rows by index, and adding into them.
import type { Value } from "../ir/graph.js";
import { at, one, primitive } from "./op.js";
import { expectFloat, expectInteger, fail } from "./shapes.js";
import { first, reshape } from "./structure.js";

/** The op of `gather`; its gradient is `scatterAdd`. */
export const gatherOp = primitive<Record<string, never>>({
  name: "gather",
  summary: "Rows of a table by index: table [R, …], ids [I…] → [I…, …].",
  inputs: ["table", "ids"],
  infer: ([table, ids]) => {
    if (table === undefined || ids === undefined) fail("gather", "wants two inputs");
    expectInteger("gather", ids);
    if (table.shape.length < 1) fail("gather", "a scalar has no rows");
    return [{ dtype: table.dtype, shape: [...ids.shape, ...table.shape.slice(1)] }];
  },
  gradient: (g, { inputs }) => {
    const [table, ids] = [at(inputs, 0), at(inputs, 1)];
    const flat = reshape(ids, [ids.type.shape.reduce((a, b) => a * b, 1)]);
    const updates = reshape(first(g), [at(flat.type.shape, 0), ...table.type.shape.slice(1)]);
    return [scatterAdd(flat, updates, at(table.type.shape, 0)), "none"];
  },
});

/** The op of `scatterAdd`; its gradient is `gather`. */
export const scatterAddOp = primitive<{ rows: number }>({
  name: "scatterAdd",
  summary: "Sums updates [I, …] into rows of zeros [rows, …] by ids [I]; equal ids add up.",
  inputs: ["ids", "updates"],
  infer: ([ids, updates], { rows }) => {
    if (ids === undefined || updates === undefined) fail("scatterAdd", "wants two inputs");
    expectInteger("scatterAdd", ids);
    expectFloat("scatterAdd", updates);
    if (ids.shape.length !== 1 || updates.shape[0] !== ids.shape[0])
      fail("scatterAdd", `ids [${ids.shape.join(",")}] for updates [${updates.shape.join(",")}]`);
    return [{ dtype: updates.dtype, shape: [rows, ...updates.shape.slice(1)] }];
  },
  gradient: (g, { inputs }) => ["none", gather(first(g), at(inputs, 0))],
});

/** Selects rows of a table [R, ...] by int32 ids; the result's shape is that of ids followed by that of a row. */
export const gather = (table: Value, ids: Value): Value => one(gatherOp([table, ids], {}));
/** Adds `updates` into `rows` rows of zeros by int32 ids; updates with equal ids are summed. */
export const scatterAdd = (ids: Value, updates: Value, rows: number): Value =>
  one(scatterAddOp([ids, updates], { rows }));
