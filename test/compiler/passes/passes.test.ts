// Single passes on small graphs: what is left of each, as the textual IR has it.
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
  ["once where they are equal", 0, ["div [2,3]", "add [2,3]"]],
  ["twice where they differ in the sign of a zero", -0, ["div [2,3]", "div [2,3]", "add [2,3]"]],
])("common-subexpressions keeps divisions %s", (_, divisor, expected) => {
  const graph = graphOf(add(div(x, fill(0)), div(x, fill(divisor))));
  expect(lines(commonSubexpressions(graph))).toEqual(expected);
});

describe("simplify", () => {
  const one = constant([2, 3], Float32Array.of(1));
  test.each<[string, Value, string[]]>([
    ["adds no zero", add(x, fill(0)), []],
    ["takes nothing away", sub(x, fill(0)), []],
    ["multiplies by no one", mul(one, x), []],
    ["keeps the shape that a broadcast gave", add(row, fill(0, [2, 3])), ["broadcastTo [2,3]"]],
    ["does not multiply by zero away what may be infinite", mul(x, fill(0)), ["mul [2,3]"]],
    ["turns a negative sum into a difference", add(x, neg(y)), ["sub [2,3]"]],
    ["turns a difference of a negative into a sum", sub(x, neg(y)), ["add [2,3]"]],
    ["takes a sign off twice", neg(neg(x)), []],
    ["turns a difference round", neg(sub(x, y)), ["sub [2,3]"]],
    ["folds numbers that stay exact", mul(x, mul(fill(0.5), fill(0.25))), ["mul [2,3]"]],
    ["does not round a folded number", mul(x, mul(fill(0.1), fill(0.1))), ["mul []", "mul [2,3]"]],
    ["scales a product by its own factor", scale(matmul(square, square), 0.5), ["matmul [4,4]"]],
    ["scales an operand of a product by it", matmul(scale(square, 0.5), square), ["matmul [4,4]"]],
    [
      "and through a change of shape",
      matmul(reshape(scale(tokens, 0.5), [10, 8]), weight),
      ["reshape [10,8]", "matmul [10,8]"],
    ],
    [
      "scales a projection's weight, not its rows",
      linear(scale(tokens, 0.5), weight, bias),
      ["mul [8,8]", "linear [2,5,8]"],
    ],
    ["reshapes once", reshape(reshape(x, [6]), [3, 2]), ["reshape [3,2]"]],
    ["does not reshape there and back", reshape(reshape(x, [6]), [2, 3]), []],
    ["does not transpose there and back", transpose(transpose(x, [1, 0]), [1, 0]), []],
    ["reshapes where only axes of one move", transpose(reshape(x, [2, 1, 3]), [1, 0, 2]), ["reshape [1,2,3]"]],
    ["does not repeat what repeats by itself", mul(x, broadcastTo(row, [2, 3])), ["mul [2,3]"]],
    ["does not sum what is one", sum(reshape(x, [1, 2, 3]), [0]), []],
    ["sums once", sum(sum(tokens, [1]), [1]), ["sum [2]"]],
    ["counts repeats instead of summing them", sum(broadcastTo(row, [4, 3]), [0]), ["mul [3]"]],
    ["slices once", slice(slice(tokens, 1, 1, 4), 1, 1, 2), ["slice [2,1,8]"]],
    ["takes a part of a join from the part", slice(concat([x, y], 0), 0, 2, 4), []],
    ["takes what is padded out of the padding", slice(pad(x, 0, 2, 1), 0, 2, 4), []],
    ["knows that padding is zero", slice(pad(x, 0, 2, 1), 0, 0, 2), []],
    ["pads once", pad(pad(x, 0, 2, 1), 0, 1, 0), ["pad [6,3]"]],
    ["joins what was cut", concat([slice(x, 1, 0, 1), slice(x, 1, 1, 3)], 1), []],
    ["joins once", concat([concat([x, y], 0), x], 0), ["concat [6,3]"]],
    [
      "joins heads before it turns them",
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
      "but not along an axis that was not merged",
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
      "scatters two lists as one",
      add(add(hole("dense", 7, 3), scatterAdd(rows, x, 7)), scatterAdd(rows, y, 7)),
      ["concat [4]", "concat [4,3]", "scatterAdd [7,3]", "add [7,3]"],
    ],
  ])("%s", (_, value, left) => {
    expect(lines(simplify(graphOf(value)))).toEqual(left);
  });

  test("folding into a product that others read copies no work", () => {
    const product = matmul(square, square);
    const graph = createGraph("two readers", holes, new Map([["a", product], ["b", scale(product, 0.5)]])); // prettier-ignore
    expect(lines(simplify(graph))).toEqual(["matmul [4,4]", "mul [4,4]"]);
  });

  test("stops of gradients go when gradients are there", () => {
    expect(lines(dropStopGradients(graphOf(stopGradient(x))))).toEqual([]);
  });
});

describe("push-down-slices", () => {
  const norm = (value: Value): Value => layerNorm(value, { weight: bias, bias }, 1e-6);
  const cls = (value: Value): Value => slice(value, 1, 0, 1);
  test.each<[string, Value, string[]]>([
    [
      "one token goes up to where all are read",
      cls(add(tokens, linear(gelu(norm(tokens)), weight, bias))),
      ["slice [2,1,8]", "layerNorm [2,1,8]", "gelu [2,1,8]", "linear [2,1,8]", "add [2,1,8]"],
    ],
    [
      "and not past a sum over tokens",
      cls(mul(tokens, sum(norm(tokens), [1], true))),
      ["slice [2,1,8]", "layerNorm [2,5,8]", "sum [2,1,8]", "mul [2,1,8]"],
    ],
    [
      "rows by index go up too, through reshapes",
      gather(reshape(gelu(linear(tokens, weight, bias)), [10, 8]), rows),
      ["reshape [10,8]", "gather [2,8]", "linear [2,8]", "gelu [2,8]"],
    ],
    [
      "a factor a sample is picked by row",
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
    ["more rows than there are stay where they are", gather(gelu(x), many), ["gelu [2,3]", "gather [5,3]"]],
    [
      "a slice that leaves hardly anything out stays where it is",
      slice(gelu(hole("long", 2, 50, 8)), 1, 1, 50),
      ["gelu [2,50,8]", "slice [2,49,8]"],
    ],
    [
      "of a join only the part that is read is computed",
      slice(concat([gelu(x), neg(y)], 1), 1, 1, 3),
      ["slice [2,2]", "gelu [2,2]"],
    ],
    [
      "columns of a projection are rows of its weight",
      slice(linear(tokens, wide, wideBias), 2, 8, 16),
      ["slice [8,8]", "slice [8]", "linear [2,5,8]"],
    ],
  ])("%s", (_, value, left) => {
    expect(lines(pushDownSlices(graphOf(value))).sort()).toEqual([...left].sort());
  });

  test("attention computes the queries that are read, and all keys and values", () => {
    const graph = pushDownSlices(graphOf(cls(attended(tokens))));
    expect(lines(graph)).toContain("attention [2,2,1,4]");
    expect(lines(graph).filter((line) => line.startsWith("linear"))).toEqual(["linear [2,1,8]", "linear [2,5,16]"]);
  });
});

/** Attention of two heads over packed queries, keys and values: [2, 5, 8]. */
function attended(value: Value): Value {
  const qkv = linear(value, wide, wideBias);
  const [q, k, v] = [0, 8, 16].map((start) =>
    transpose(reshape(slice(qkv, 2, start, start + 8), [2, 5, 2, 4]), [0, 2, 1, 3]),
  );
  if (q === undefined || k === undefined || v === undefined) throw new Error("three");
  return reshape(transpose(attention({ q, k, v, bias: fill(0) }, { scale: 0.5 }), [0, 2, 1, 3]), [2, 5, 8]);
}

test("single-query-attention: weights meet the one query, not all tokens", () => {
  const before = pushDownSlices(graphOf(slice(attended(tokens), 1, 0, 1)));
  const after = singleQueryAttention(before);
  expect(lines(after).filter((line) => line.startsWith("attention"))).toEqual([]);
  expect(graphFlops(after)).toBeLessThan(0.6 * graphFlops(before));
  expect(singleQueryAttention(graphOf(attended(tokens))).outputs.get("y")?.node.op).toBe("reshape");
});

describe("hoist-row-wise", () => {
  const other = hole("other", 2, 5, 8);
  const projected = (value: Value): Value => linear(value, weight, bias);
  test("joins after computing what is the same in several joins", () => {
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
  test("picks items of a batch after computing them", () => {
    const made = gelu(tokens);
    const graph = hoistRowWise(graphOf(concat([projected(made), projected(gather(made, rows))], 0)));
    expect(lines(graph)).toEqual(["gelu [2,5,8]", "linear [2,5,8]", "gather [2,5,8]", "concat [4,5,8]"]);
  });
  test("leaves alone what is computed once", () => {
    const graph = graphOf(projected(concat([tokens, other], 1)));
    expect(hoistRowWise(graph)).toBe(graph);
  });
  test("sees what is shared beside much that has the same weights and is not", () => {
    const alone = ["a", "b", "c"].map((name) => projected(hole(name, 2, 10, 8)));
    const shared = [concat([tokens, other], 1), concat([other, tokens], 1)].map(projected);
    const all = [...alone, ...shared].reduce((a, b) => add(a, b));
    expect(lines(hoistRowWise(graphOf(all))).filter((line) => line === "linear [2,5,8]")).toHaveLength(2);
  });
});

test("scatter-to-matmul: few rows are a product, many a scatter", () => {
  expect(lines(scatterToMatmul(graphOf(scatterAdd(rows, x, 7)))).some((line) => line.startsWith("matmul"))).toBe(true);
  expect(lines(scatterToMatmul(graphOf(scatterAdd(rows, x, 70_000))))).toEqual(["scatterAdd [70000,3]"]);
});

describe("flops", () => {
  test.each<[string, Value, number]>([
    ["a product", matmul(square, square), 2 * 4 * 4 * 4],
    ["a batch of products with a transposed side", matmul(tokens, tokens, { transA: true }), 2 * 2 * 8 * 8 * 5],
    ["a projection", linear(tokens, wide, wideBias), 2 * 10 * 24 * 8],
    ["attention with its projection", attended(tokens), 2 * 10 * 24 * 8 + 2 * 2 * 2 * 2 * 5 * 5 * 4],
    ["no product", add(x, y), 0],
  ])("of %s", (_, value, expected) => {
    expect(graphFlops(graphOf(value))).toBe(expected);
  });
});
