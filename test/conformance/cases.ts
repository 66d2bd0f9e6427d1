// The conformance table: every op in several shapes, at well-conditioned values. A new op gets rows here.
import { sameShape, type CollectiveName, type OpName, type Shape } from "../../compiler/index.js";
import { float32, int32, type Tensor } from "../../runtime/tensor.js";
import { drawFrom, type Draw } from "../support/draw.js";
import { attentionCases, attentionGradientCases } from "./attention-cases.js";
import { testCase, type Case, type CaseOptions } from "./case.js";

const draw: Draw = drawFrom("conformance");
const { floats, away, distinct, flags, ids } = draw;

const list = (...values: number[]): Tensor => float32([values.length], Float32Array.from(values));
const whole = (...values: number[]): Tensor => int32([values.length], Int32Array.from(values));
const positive = (shape: Shape): Tensor => floats(shape, 0.2, 3);

const shapes: readonly Shape[] = [[], [7], [3, 5], [2, 1, 4]];
const broadcasts: readonly (readonly [Shape, Shape])[] = [
  [[3, 5], [3, 5]],
  [[2, 3, 4], [4]],
  [[], [3, 2]],
  [[2, 1, 3], [4, 1]],
  [[1, 1], [1]],
]; // prettier-ignore

type Unary = "neg" | "exp" | "log" | "sqrt" | "tanh" | "erf" | "sigmoid" | "relu" | "abs" | "softmax" | "gelu";

function unary(op: Unary, values: (shape: Shape) => Tensor): Case[] {
  return shapes
    .filter((shape) => op !== "softmax" || shape.length > 0)
    .map((shape) => testCase(op, [values(shape)], {}));
}

type Binary = "add" | "sub" | "mul" | "div" | "maximum" | "equal" | "greater";

function binary(op: Binary, values: (shape: Shape, side: 0 | 1) => Tensor, options: CaseOptions = {}): Case[] {
  const mirrored = broadcasts.map(([a, b]) => [b, a] as const).filter(([a, b]) => !sameShape(a, b));
  return [...broadcasts, ...mirrored].map(([a, b]) => testCase(op, [values(a, 0), values(b, 1)], {}, options));
}

/** Multiples of 0.1, shifted by half a step on one side, so that no two values are close. */
const staggered = (shape: Shape, side: 0 | 1): Tensor =>
  float32(
    shape,
    floats(shape, -10, 10).data.map((value: number) => Math.round(value) * 0.1 + side * 0.05) as Float32Array,
  );
const small = (shape: Shape): Tensor => {
  const { data } = ids(shape, 3);
  return float32(shape, Float32Array.from(data));
};

const product = { transA: false, transB: false, alpha: 1 };

function matmuls(): Case[] {
  const rows: [Shape, Shape, Partial<typeof product>][] = [
    [[3, 4], [4, 5], {}],
    [[4, 3], [4, 5], { transA: true }],
    [[3, 4], [5, 4], { transB: true, alpha: 0.5 }],
    [[4, 3], [5, 4], { transA: true, transB: true, alpha: -2 }],
    [[1, 1], [1, 7], {}],
    [[2, 3, 4], [2, 4, 5], {}],
    [[2, 3, 4], [4, 5], {}],
    [[2, 3, 4], [5, 4], { transB: true }],
    [[2, 4, 3], [4, 5], { transA: true }],
    [[3, 4], [2, 4, 5], { alpha: 3 }],
    [[4, 3], [2, 5, 4], { transA: true, transB: true }],
    [[2, 1, 3, 4], [3, 4, 2], {}],
    [[2, 3, 3, 4], [2, 3, 5, 4], { transB: true, alpha: 0.25 }],
    [[2, 2, 4, 3], [2, 2, 4, 5], { transA: true }],
    [[2, 2, 4, 3], [2, 1, 5, 4], { transA: true, transB: true }],
  ]; // prettier-ignore
  return rows.map(([a, b, options]) => testCase("matmul", [floats(a), floats(b)], { ...product, ...options }));
}

const affineOf = (width: number): [Tensor, Tensor] => [floats([width], 0.5, 1.5), floats([width])];

/** Statistics of the norm for such rows, as operands of its gradient op. */
function layerNormGradients(shape: Shape, affine: boolean): Case[] {
  const width = shape.at(-1) ?? 1;
  const [x, [weight, bias]] = [floats(shape), affineOf(width)];
  const rows = Array.from({ length: x.data.length / width }, (_, i) => [...x.data.slice(i * width, (i + 1) * width)]);
  const means = rows.map((row) => row.reduce((sum, value) => sum + value, 0) / width);
  const inverses = rows.map((row, i) => {
    const variance = row.reduce((sum, value) => sum + (value - (means[i] ?? 0)) ** 2, 0) / width;
    return 1 / Math.sqrt(variance + 1e-6);
  });
  const y = rows.flatMap((row, i) =>
    row.map((value, j) => (value - (means[i] ?? 0)) * (inverses[i] ?? 0) * (weight.data[j] ?? 0) + (bias.data[j] ?? 0)),
  );
  const statistic = [...shape.slice(0, -1), 1];
  const given = [
    float32(shape, Float32Array.from(y)),
    float32(statistic, Float32Array.from(means)),
    float32(statistic, Float32Array.from(inverses)),
  ];
  return [testCase("layerNormGradient", [x, weight, bias, ...given, floats(shape)], { affine }, { still: [2, 3] })];
}

function adamws(): Case[] {
  const shared = { beta1: 0.9, beta2: 0.98, eps: 1e-6, weightDecay: 0.01, factor: 1 };
  return (["torch", "hf"] as const).flatMap((variant) =>
    [
      { shape: [3, 4], attributes: { ...shared, variant } },
      { shape: [5], attributes: { ...shared, factor: 5, variant } },
      { shape: [], attributes: { ...shared, weightDecay: 0, variant } },
    ].map(({ shape, attributes }) => {
      const scalar = (value: number): Tensor => float32([], Float32Array.of(value));
      const tensors = [floats(shape), floats(shape), positive(shape), away(shape)];
      return testCase("adamw", [...tensors, scalar(0.01), scalar(0.19), scalar(0.0396)], attributes, {
        seeded: [0, 1, 2],
      });
    }),
  );
}

function convolutions(): Case[] {
  const rows: [Shape, Shape, { stride: number; padding: number }][] = [
    [[2, 3, 5, 4], [2, 3, 3, 3], { stride: 1, padding: 1 }],
    [[1, 2, 4, 4], [3, 2, 1, 1], { stride: 1, padding: 0 }],
    [[2, 1, 6, 6], [2, 1, 4, 4], { stride: 2, padding: 1 }],
    [[1, 2, 7, 5], [1, 2, 3, 2], { stride: 2, padding: 0 }],
    [[1, 2, 8, 7], [2, 2, 2, 3], { stride: 3, padding: 2 }],
    [[1, 1, 4, 6], [2, 1, 2, 2], { stride: 2, padding: 0 }],
    [[1, 2, 5, 5], [1, 2, 1, 1], { stride: 3, padding: 0 }],
    [[1, 1, 3, 3], [1, 1, 5, 5], { stride: 1, padding: 2 }],
  ]; // prettier-ignore
  return rows.map(([x, weight, attributes]) =>
    testCase("conv2d", [floats(x), floats(weight), floats([weight[0] ?? 1])], attributes),
  );
}

/** Without collectives, which need several processes: see collectives.test.ts. */
const table: { readonly [Name in Exclude<OpName, CollectiveName>]: readonly Case[] } = {
  constant: [
    testCase("constant", [], { dtype: "float32", shape: [2, 3], data: Float32Array.of(1, -2, 3, 4.5, 5, 6) }),
    testCase("constant", [], { dtype: "float32", shape: [2, 3], data: Float32Array.of(0.25) }),
    testCase("constant", [], { dtype: "float32", shape: [], data: Float32Array.of(-3) }),
    testCase("constant", [], { dtype: "int32", shape: [3], data: Int32Array.of(1, -2, 2_000_000_011) }),
    testCase("constant", [], { dtype: "int32", shape: [2, 2], data: Int32Array.of(7) }),
  ],
  reshape: [
    testCase("reshape", [floats([2, 6])], { shape: [3, 4] }),
    testCase("reshape", [floats([1])], { shape: [] }),
    testCase("reshape", [floats([2, 3, 4])], { shape: [24] }),
    testCase("reshape", [ids([4], 9)], { shape: [2, 2] }, { still: [0] }),
  ],
  transpose: [
    testCase("transpose", [floats([3, 5])], { permutation: [1, 0] }),
    testCase("transpose", [floats([2, 3, 4])], { permutation: [2, 0, 1] }),
    testCase("transpose", [floats([2, 3, 4, 5])], { permutation: [0, 2, 1, 3] }),
    testCase("transpose", [floats([2, 3, 1, 2, 2])], { permutation: [4, 1, 3, 0, 2] }),
    testCase("transpose", [floats([2, 2, 3, 1, 2, 2])], { permutation: [0, 2, 4, 1, 3, 5] }),
    testCase("transpose", [ids([2, 3], 9)], { permutation: [1, 0] }, { still: [0] }),
  ],
  broadcastTo: [
    testCase("broadcastTo", [floats([])], { shape: [2, 3] }),
    testCase("broadcastTo", [floats([3])], { shape: [2, 3] }),
    testCase("broadcastTo", [floats([2, 1, 3])], { shape: [2, 4, 3] }),
    testCase("broadcastTo", [floats([1, 3, 1])], { shape: [2, 2, 3, 5] }),
    testCase("broadcastTo", [floats([1, 1])], { shape: [1, 1, 1] }),
    testCase("broadcastTo", [ids([1, 3], 9)], { shape: [2, 3] }, { still: [0] }),
  ],
  sum: [
    testCase("sum", [floats([7])], { axes: [0], keep: false }),
    testCase("sum", [floats([3, 5])], { axes: [1], keep: true }),
    testCase("sum", [floats([3, 5])], { axes: [0], keep: false }),
    testCase("sum", [floats([2, 3, 4])], { axes: [0, 2], keep: false }),
    testCase("sum", [floats([2, 3, 4])], { axes: [0, 1, 2], keep: false }),
    testCase("sum", [floats([2, 1, 4, 2])], { axes: [1, 2], keep: true }),
    testCase("sum", [ids([3, 4], 9)], { axes: [0], keep: false }, { still: [0] }),
  ],
  concat: [
    testCase("concat", [floats([3]), floats([1]), floats([4])], { axis: 0 }),
    testCase("concat", [floats([2, 3]), floats([2, 1])], { axis: 1 }),
    testCase("concat", [floats([2, 2, 3]), floats([2, 1, 3])], { axis: 1 }),
    testCase("concat", [floats([2, 2])], { axis: 0 }),
    testCase("concat", [ids([2], 9), ids([3], 9)], { axis: 0 }, { still: [0, 1] }),
  ],
  slice: [
    testCase("slice", [floats([7])], { axis: 0, start: 2, end: 5 }),
    testCase("slice", [floats([3, 5])], { axis: 1, start: 4, end: 5 }),
    testCase("slice", [floats([2, 5, 3])], { axis: 1, start: 0, end: 2 }),
    testCase("slice", [floats([2, 3, 2, 2])], { axis: 0, start: 1, end: 2 }),
    testCase("slice", [ids([5], 9)], { axis: 0, start: 1, end: 4 }, { still: [0] }),
  ],
  pad: [
    testCase("pad", [floats([3])], { axis: 0, before: 1, after: 2 }),
    testCase("pad", [floats([2, 3])], { axis: 1, before: 0, after: 1 }),
    testCase("pad", [floats([2, 2, 3])], { axis: 0, before: 2, after: 0 }),
    testCase("pad", [floats([2, 3, 1, 2])], { axis: 2, before: 1, after: 1 }),
    testCase("pad", [ids([3], 9)], { axis: 0, before: 1, after: 0 }, { still: [0] }),
  ],
  stopGradient: [
    testCase("stopGradient", [floats([2, 3])], {}, { still: [0] }),
    testCase("stopGradient", [floats([])], {}, { still: [0] }),
  ],
  cast: [
    testCase("cast", [list(-2.75, -1, -0.5, 0, 0.5, 1.25, 1000.9)], { dtype: "int32" }, { still: [0] }),
    testCase("cast", [ids([2, 3], 9)], { dtype: "float32" }, { still: [0] }),
    testCase("cast", [floats([2])], { dtype: "float32" }, { still: [0] }),
  ],
  neg: unary("neg", floats),
  exp: unary("exp", floats),
  log: unary("log", positive),
  sqrt: unary("sqrt", positive),
  tanh: unary("tanh", floats),
  erf: [...unary("erf", floats), testCase("erf", [list(-4, -2.5, -0.01, 0, 2.5, 4)], {})],
  sigmoid: [...unary("sigmoid", floats), testCase("sigmoid", [list(-30, -5, 0, 5, 30)], {})],
  relu: [...unary("relu", away), testCase("relu", [list(-1, 0, 1)], {}, { smooth: false })],
  abs: [...unary("abs", away), testCase("abs", [list(-1, 0, 1)], {}, { smooth: false })],
  add: binary("add", floats),
  sub: binary("sub", floats),
  mul: binary("mul", floats),
  div: binary("div", away),
  maximum: [
    ...binary("maximum", staggered),
    testCase("maximum", [list(1, 2, 3), list(1, 3, 2)], {}, { smooth: false }),
  ],
  equal: [
    ...binary("equal", small, { still: [0, 1] }),
    testCase("equal", [ids([4, 1], 3), whole(0, 1, 2)], {}, { still: [0, 1] }),
  ],
  greater: [
    ...binary("greater", small, { still: [0, 1] }),
    testCase("greater", [ids([2, 3], 3), ids([3], 3)], {}, { still: [0, 1] }),
  ],
  select: [
    testCase("select", [flags([7]), floats([7]), floats([7])], {}, { still: [0] }),
    testCase("select", [flags([2, 3]), floats([2, 3]), floats([2, 3])], {}, { still: [0] }),
    testCase("select", [flags([]), floats([]), floats([])], {}, { still: [0] }),
    testCase("select", [flags([5]), ids([5], 9), ids([5], 9)], {}, { still: [0, 1, 2] }),
  ],
  matmul: matmuls(),
  max: [
    testCase("max", [distinct([7])], { axis: 0, keep: false }),
    testCase("max", [distinct([3, 5])], { axis: 1, keep: true }),
    testCase("max", [distinct([3, 5])], { axis: 0, keep: false }),
    testCase("max", [distinct([2, 3, 4])], { axis: 1, keep: true }),
    testCase("max", [list(1, 3, 3, 2, 3)], { axis: 0, keep: false }, { smooth: false }),
  ],
  argmax: [
    testCase("argmax", [distinct([7])], { axis: 0 }, { still: [0] }),
    testCase("argmax", [distinct([3, 5])], { axis: 1 }, { still: [0] }),
    testCase("argmax", [distinct([2, 3, 4])], { axis: 1 }, { still: [0] }),
    testCase("argmax", [list(1, 3, 3, 2, 3)], { axis: 0 }, { still: [0] }),
  ],
  gather: [
    testCase("gather", [floats([4, 3]), whole(2, 0, 2, 3, 2)], {}, { still: [1] }),
    testCase("gather", [floats([5]), ids([2, 3], 5)], {}, { still: [1] }),
    testCase("gather", [floats([3, 2, 2]), ids([2, 2], 3)], {}, { still: [1] }),
    testCase("gather", [floats([3, 2]), int32([], Int32Array.of(1))], {}, { still: [1] }),
    testCase("gather", [ids([6], 9), ids([4], 6)], {}, { still: [0, 1] }),
  ],
  scatterAdd: [
    testCase("scatterAdd", [whole(2, 0, 2, 3, 2), floats([5, 3])], { rows: 4 }, { still: [0] }),
    testCase("scatterAdd", [ids([6], 3), floats([6])], { rows: 3 }, { still: [0] }),
    testCase("scatterAdd", [ids([7], 2), floats([7, 2, 3])], { rows: 5 }, { still: [0] }),
  ],
  linear: [
    testCase("linear", [floats([3, 4]), floats([5, 4]), floats([5])], {}),
    testCase("linear", [floats([2, 3, 4]), floats([5, 4]), floats([5])], {}),
    testCase("linear", [floats([2, 2, 3, 1]), floats([3, 1]), floats([3])], {}),
    testCase("linear", [floats([1, 4]), floats([2, 4]), floats([2])], {}),
  ],
  softmax: [...unary("softmax", floats), testCase("softmax", [list(-40, 0, 40, 39)], {})],
  layerNorm: [
    testCase("layerNorm", [floats([3, 5]), ...affineOf(5)], { eps: 1e-6 }),
    testCase("layerNorm", [floats([2, 3, 8]), ...affineOf(8)], { eps: 1e-12 }),
    testCase("layerNorm", [floats([6]), ...affineOf(6)], { eps: 1e-5 }),
  ],
  layerNormGradient: [
    ...layerNormGradients([3, 5], true),
    ...layerNormGradients([2, 3, 8], true),
    ...layerNormGradients([2, 3, 8], false),
    ...layerNormGradients([6], true),
  ],
  gelu: [...unary("gelu", floats), testCase("gelu", [list(-6, -3, 0, 3, 6)], {})],
  geluGradient: [
    ...shapes.map((shape) => testCase("geluGradient", [floats(shape), floats(shape)], {})),
    testCase("geluGradient", [list(-6, -3, 0, 3, 6), list(1, -2, 3, -4, 5)], {}),
  ],
  attention: [
    testCase("attention", [floats([1, 1, 2, 3]), floats([1, 1, 2, 3]), floats([1, 1, 2, 3]), floats([1, 1, 2, 2])], {
      scale: 0.5,
    }),
    testCase("attention", [floats([2, 2, 3, 4]), floats([2, 2, 5, 4]), floats([2, 2, 5, 4]), floats([2, 1, 1, 5])], {
      scale: 0.5,
    }),
    testCase("attention", [floats([2, 2, 3, 2]), floats([2, 2, 3, 2]), floats([2, 2, 3, 2]), floats([2, 3, 3])], {
      scale: 0.7,
    }),
    testCase("attention", [floats([1, 2, 3, 2]), floats([1, 2, 3, 2]), floats([1, 2, 3, 2]), floats([])], {
      scale: 0.7,
    }),
    ...attentionCases,
  ],
  attentionGradient: attentionGradientCases,
  crossEntropy: [
    testCase("crossEntropy", [floats([4, 5]), ids([4], 5)], {}, { still: [1] }),
    testCase("crossEntropy", [floats([1, 2]), ids([1], 2)], {}, { still: [1] }),
    testCase("crossEntropy", [floats([3, 7], -20, 20), whole(0, 6, 3)], {}, { still: [1] }),
  ],
  crossEntropyGradient: [
    testCase("crossEntropyGradient", [floats([4, 5]), ids([4], 5), floats([4])], {}, { still: [1] }),
    testCase("crossEntropyGradient", [floats([1, 2]), ids([1], 2), floats([1])], {}, { still: [1] }),
  ],
  conv2d: convolutions(),
  adamw: adamws(),
};

/** All rows, ordered by op. */
export const cases: readonly Case[] = Object.values(table).flat();
