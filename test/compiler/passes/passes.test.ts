// Single passes on small graphs: the resulting operations as in the textual IR.
import { describe, expect, test } from "vitest";
import { createGraph, type Value } from "../../../compiler/index.js";
import { attention } from "../../../compiler/ops/attention.js";
import { gelu, layerNorm, linear } from "../../../compiler/ops/composite.js";
import { add, div, mul, neg, scale, sub } from "../../../compiler/ops/elementwise.js";
import { gather, scatterAdd } from "../../../compiler/ops/indexing.js";
import { matmul } from "../../../compiler/ops/linear.js";
import { broadcastTo, concat, constant, fill, pad, reshape, slice, stopGradient, sum, transpose } from "../../../compiler/ops/structure.js"; // prettier-ignore
import { commonSubexpressions } from "../../../compiler/passes/common-subexpressions.js";
import { singleQueryAttention } from "../../../compiler/passes/single-query-attention.js";
import { graphFlops } from "../../../compiler/passes/graph-flops.js";
import { hoistRowWise } from "../../../compiler/passes/hoist-row-wise.js";
import { dropStopGradients, simplify } from "../../../compiler/passes/simplify.js";
import { pushDownSlices } from "../../../compiler/passes/push-down-slices.js";
import { scatterToMatmul } from "../../../compiler/passes/scatter-to-matmul.js";
import { graphOf, hole, holes, ids, lines } from "./small-graphs.js";

const x = hole("x", 2, 3);
const y = hole("y", 2, 3);
const row = hole("row", 3);
const square = hole("square", 4, 4);
const tokens = hole("tokens", 2, 5, 8);
const weight = hole("weight", 8, 8);
const wide = hole("wide", 24, 8);
const bias = hole("bias", 8);
const wideBias = hole("wide bias", 24);
const rows = ids("rows", 2);
const many = ids("many", 5);

test.each([
  ["once if they are equal", 0, ["div [2,3]", "add [2,3]"]],
  ["twice if they differ in the sign of a zero", -0, ["div [2,3]", "div [2,3]", "add [2,3]"]],
])("common-subexpressions keeps divisions %s", (_, divisor, expected) => {
  const graph = graphOf(add(div(x, fill(0)), div(x, fill(divisor))));
  expect(lines(commonSubexpressions(graph))).toEqual(expected);
});

describe("simplify", () => {
  const one = constant([2, 3], Float32Array.of(1));
  test.each<[string, Value, string[]]>([
    ["removes the addition of zero", add(x, fill(0)), []],
    ["removes the subtraction of zero", sub(x, fill(0)), []],
    ["removes the multiplication by one", mul(one, x), []],
    ["keeps a broadcast shape", add(row, fill(0, [2, 3])), ["broadcastTo [2,3]"]],
    ["keeps the multiplication of a possible infinity by zero", mul(x, fill(0)), ["mul [2,3]"]],
    ["turns the sum with a negation into a difference", add(x, neg(y)), ["sub [2,3]"]],
    ["turns the difference from a negation into a sum", sub(x, neg(y)), ["add [2,3]"]],
    ["removes a double negation", neg(neg(x)), []],
    ["swaps the operands of a negated difference", neg(sub(x, y)), ["sub [2,3]"]],
    ["folds constants where the result is exact", mul(x, mul(fill(0.5), fill(0.25))), ["mul [2,3]"]],
    [
      "does not fold constants where the result would be rounded",
      mul(x, mul(fill(0.1), fill(0.1))),
      ["mul []", "mul [2,3]"],
    ],
    ["folds a scale into the factor of a matmul", scale(matmul(square, square), 0.5), ["matmul [4,4]"]],
    ["folds the scale of an operand into the factor of a matmul", matmul(scale(square, 0.5), square), ["matmul [4,4]"]],
    [
      "folds the scale of a reshaped operand into the factor of a matmul",
      matmul(reshape(scale(tokens, 0.5), [10, 8]), weight),
      ["reshape [10,8]", "matmul [10,8]"],
    ],
    [
      "scales a projection's weight instead of its rows",
      linear(scale(tokens, 0.5), weight, bias),
      ["mul [8,8]", "linear [2,5,8]"],
    ],
    ["merges reshapes", reshape(reshape(x, [6]), [3, 2]), ["reshape [3,2]"]],
    ["removes a reshape and its inverse", reshape(reshape(x, [6]), [2, 3]), []],
    ["removes a transpose and its inverse", transpose(transpose(x, [1, 0]), [1, 0]), []],
    [
      "turns a transpose that moves axes of size 1 only into a reshape",
      transpose(reshape(x, [2, 1, 3]), [1, 0, 2]),
      ["reshape [1,2,3]"],
    ],
    ["removes an explicit broadcast before a broadcasting operation", mul(x, broadcastTo(row, [2, 3])), ["mul [2,3]"]],
    ["removes the sum over axes of size 1", sum(reshape(x, [1, 2, 3]), [0]), []],
    ["merges sums", sum(sum(tokens, [1]), [1]), ["sum [2]"]],
    ["turns the sum of a broadcast into a multiplication", sum(broadcastTo(row, [4, 3]), [0]), ["mul [3]"]],
    ["merges slices", slice(slice(tokens, 1, 1, 4), 1, 1, 2), ["slice [2,1,8]"]],
    ["takes a slice of a concatenation from its operand", slice(concat([x, y], 0), 0, 2, 4), []],
    ["removes a pad whose padding is sliced off", slice(pad(x, 0, 2, 1), 0, 2, 4), []],
    ["turns a slice of padding into zeros", slice(pad(x, 0, 2, 1), 0, 0, 2), []],
    ["merges pads", pad(pad(x, 0, 2, 1), 0, 1, 0), ["pad [6,3]"]],
    ["removes the concatenation of adjacent slices", concat([slice(x, 1, 0, 1), slice(x, 1, 1, 3)], 1), []],
    ["merges concatenations", concat([concat([x, y], 0), x], 0), ["concat [6,3]"]],
    [
      "concatenates heads before the transpose",
      concat(
        [tokens, neg(tokens)].map((part) => reshape(transpose(reshape(part, [2, 2, 5, 4]), [0, 2, 1, 3]), [2, 5, 8])),
        2,
      ),
      [
        "reshape [2,2,5,4]",
        "neg [2,5,8]",
        "reshape [2,2,5,4]",
        "concat [2,4,5,4]",
        "transpose [2,5,4,4]",
        "reshape [2,5,16]",
      ],
    ],
    [
      "does not concatenate before the transpose along an axis that was not merged",
      concat(
        [tokens, neg(tokens)].map((part) => reshape(transpose(reshape(part, [2, 2, 5, 4]), [0, 2, 1, 3]), [2, 5, 8])),
        1,
      ),
      [
        "reshape [2,2,5,4]",
        "transpose [2,5,2,4]",
        "reshape [2,5,8]",
        "neg [2,5,8]",
        "reshape [2,2,5,4]",
        "transpose [2,5,2,4]",
        "reshape [2,5,8]",
        "concat [2,10,8]",
      ],
    ],
    [
      "merges two scatters into one",
      add(add(hole("dense", 7, 3), scatterAdd(rows, x, 7)), scatterAdd(rows, y, 7)),
      ["concat [4]", "concat [4,3]", "scatterAdd [7,3]", "add [7,3]"],
    ],
  ])("%s", (_, value, left) => {
    expect(lines(simplify(graphOf(value)))).toEqual(left);
  });

  test("folding into a matmul with other readers duplicates no work", () => {
    const product = matmul(square, square);
    const graph = createGraph("two readers", holes, new Map([["a", product], ["b", scale(product, 0.5)]])); // prettier-ignore
    expect(lines(simplify(graph))).toEqual(["matmul [4,4]", "mul [4,4]"]);
  });

  test("removes stop-gradients after differentiation", () => {
    expect(lines(dropStopGradients(graphOf(stopGradient(x))))).toEqual([]);
  });
});

describe("push-down-slices", () => {
  const norm = (value: Value): Value => layerNorm(value, { weight: bias, bias }, 1e-6);
  const cls = (value: Value): Value => slice(value, 1, 0, 1);
  test.each<[string, Value, string[]]>([
    [
      "moves the slice of one token up to where all tokens are read",
      cls(add(tokens, linear(gelu(norm(tokens)), weight, bias))),
      ["slice [2,1,8]", "layerNorm [2,1,8]", "gelu [2,1,8]", "linear [2,1,8]", "add [2,1,8]"],
    ],
    [
      "does not move it past a sum over tokens",
      cls(mul(tokens, sum(norm(tokens), [1], true))),
      ["slice [2,1,8]", "layerNorm [2,5,8]", "sum [2,1,8]", "mul [2,1,8]"],
    ],
    [
      "moves gathers of rows up too, through reshapes",
      gather(reshape(gelu(linear(tokens, weight, bias)), [10, 8]), rows),
      ["reshape [10,8]", "gather [2,8]", "linear [2,8]", "gelu [2,8]"],
    ],
    [
      "gathers a per-sample factor by row",
      gather(reshape(mul(gelu(tokens), hole("keep", 2, 1, 1)), [10, 8]), rows),
      [
        "reshape [10,8]",
        "gather [2,8]",
        "gelu [2,8]",
        "broadcastTo [2,5,1]",
        "reshape [10,1]",
        "gather [2,1]",
        "mul [2,8]",
      ],
    ],
    ["leaves a gather of more rows than its input has", gather(gelu(x), many), ["gelu [2,3]", "gather [5,3]"]],
    [
      "leaves a slice that keeps almost everything",
      slice(gelu(hole("long", 2, 50, 8)), 1, 1, 50),
      ["gelu [2,50,8]", "slice [2,49,8]"],
    ],
    [
      "computes only the part of a concatenation that is read",
      slice(concat([gelu(x), neg(y)], 1), 1, 1, 3),
      ["slice [2,2]", "gelu [2,2]"],
    ],
    [
      "turns columns of a projection into rows of its weight",
      slice(linear(tokens, wide, wideBias), 2, 8, 16),
      ["slice [8,8]", "slice [8]", "linear [2,5,8]"],
    ],
  ])("%s", (_, value, left) => {
    expect(lines(pushDownSlices(graphOf(value))).sort()).toEqual([...left].sort());
  });

  test("attention computes only the queries that are read, with all keys and values", () => {
    const graph = pushDownSlices(graphOf(cls(attended(tokens))));
    expect(lines(graph)).toContain("attention [2,2,1,4]");
    expect(lines(graph).filter((line) => line.startsWith("linear"))).toEqual(["linear [2,1,8]", "linear [2,5,16]"]);
  });
});

/** Two-head attention over packed queries, keys and values: [2, 5, 8]. */
function attended(value: Value): Value {
  const qkv = linear(value, wide, wideBias);
  const [q, k, v] = [0, 8, 16].map((start) =>
    transpose(reshape(slice(qkv, 2, start, start + 8), [2, 5, 2, 4]), [0, 2, 1, 3]),
  );
  if (q === undefined || k === undefined || v === undefined) throw new Error("three");
  return reshape(transpose(attention({ q, k, v, bias: fill(0) }, { scale: 0.5 }), [0, 2, 1, 3]), [2, 5, 8]);
}

test("single-query-attention multiplies the weights with the one query instead of all tokens", () => {
  const before = pushDownSlices(graphOf(slice(attended(tokens), 1, 0, 1)));
  const after = singleQueryAttention(before);
  expect(lines(after).filter((line) => line.startsWith("attention"))).toEqual([]);
  expect(graphFlops(after)).toBeLessThan(0.6 * graphFlops(before));
  expect(singleQueryAttention(graphOf(attended(tokens))).outputs.get("y")?.node.op).toBe("reshape");
});

describe("hoist-row-wise", () => {
  const other = hole("other", 2, 5, 8);
  const projected = (value: Value): Value => linear(value, weight, bias);
  test("computes a part common to several concatenations before concatenating", () => {
    const left = concat([tokens, other], 1);
    const right = concat([other, tokens], 1);
    const graph = hoistRowWise(graphOf(add(projected(left), projected(right))));
    expect(lines(graph)).toEqual([
      "linear [2,5,8]",
      "linear [2,5,8]",
      "concat [2,10,8]",
      "concat [2,10,8]",
      "add [2,10,8]",
    ]);
  });
  test("gathers items of a batch after computing them", () => {
    const made = gelu(tokens);
    const graph = hoistRowWise(graphOf(concat([projected(made), projected(gather(made, rows))], 0)));
    expect(lines(graph)).toEqual(["gelu [2,5,8]", "linear [2,5,8]", "gather [2,5,8]", "concat [4,5,8]"]);
  });
  test("leaves a computation that occurs once", () => {
    const graph = graphOf(projected(concat([tokens, other], 1)));
    expect(hoistRowWise(graph)).toBe(graph);
  });
  test("finds the shared rows among many with the same weights that are not shared", () => {
    const alone = ["a", "b", "c"].map((name) => projected(hole(name, 2, 10, 8)));
    const shared = [concat([tokens, other], 1), concat([other, tokens], 1)].map(projected);
    const all = [...alone, ...shared].reduce((a, b) => add(a, b));
    expect(lines(hoistRowWise(graphOf(all))).filter((line) => line === "linear [2,5,8]")).toHaveLength(2);
  });
});

test("scatter-to-matmul turns the scatter of few rows into a matmul and keeps that of many", () => {
  expect(lines(scatterToMatmul(graphOf(scatterAdd(rows, x, 7)))).some((line) => line.startsWith("matmul"))).toBe(true);
  expect(lines(scatterToMatmul(graphOf(scatterAdd(rows, x, 70_000))))).toEqual(["scatterAdd [70000,3]"]);
});

describe("flops counts", () => {
  test.each<[string, Value, number]>([
    ["a matmul", matmul(square, square), 2 * 4 * 4 * 4],
    ["a batched matmul with a transposed operand", matmul(tokens, tokens, { transA: true }), 2 * 2 * 8 * 8 * 5],
    ["a projection", linear(tokens, wide, wideBias), 2 * 10 * 24 * 8],
    ["attention with its projection", attended(tokens), 2 * 10 * 24 * 8 + 2 * 2 * 2 * 2 * 5 * 5 * 4],
    ["no operation without products", add(x, y), 0],
  ])("%s", (_, value, expected) => {
    expect(graphFlops(graphOf(value))).toBe(expected);
  });
});
