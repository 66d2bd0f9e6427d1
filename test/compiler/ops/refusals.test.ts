// Shape rules refuse what no target could compute. (The conformance tests run what they accept.)
import { expect, test } from "vitest";
import { input, type Attributes, type OpName, type TensorType } from "../../../compiler/index.js";
import { applyOp } from "../../../compiler/ops/apply.js";
import { ShapeError } from "../../../compiler/ops/op.js";

const f = (...shape: number[]): TensorType => ({ dtype: "float32", shape });
const i = (...shape: number[]): TensorType => ({ dtype: "int32", shape });

const refused: readonly [string, OpName, readonly TensorType[], Attributes][] = [
  ["another number of inputs", "add", [f(2)], {}],
  ["shapes that do not broadcast", "add", [f(2), f(3)], {}],
  ["integers where floats are computed", "exp", [i(2)], {}],
  ["operands of two types", "equal", [f(2), i(2)], {}],
  ["a select of two shapes", "select", [f(2), f(2), f(1)], {}],
  ["a product of different inner axes", "matmul", [f(2, 3), f(2, 3)], { transA: false, transB: false, alpha: 1 }],
  ["a product with a vector", "matmul", [f(3), f(3, 2)], { transA: false, transB: false, alpha: 1 }],
  ["another number of elements", "reshape", [f(2, 3)], { shape: [5] }],
  ["a permutation that repeats an axis", "transpose", [f(2, 3)], { permutation: [0, 0] }],
  ["stretching an axis longer than 1", "broadcastTo", [f(2)], { shape: [4] }],
  ["axes that do not ascend", "sum", [f(2, 3)], { axes: [1, 0], keep: false }],
  ["joining different widths", "concat", [f(2, 3), f(2, 4)], { axis: 0 }],
  ["an empty slice", "slice", [f(4)], { axis: 0, start: 2, end: 2 }],
  ["negative padding", "pad", [f(4)], { axis: 0, before: -1, after: 0 }],
  ["an axis out of range", "max", [f(4)], { axis: 1, keep: false }],
  ["float indices", "gather", [f(4), f(2)], {}],
  ["more ids than updates", "scatterAdd", [i(3), f(2, 2)], { rows: 4 }],
  ["a constant of another size", "constant", [], { dtype: "float32", shape: [3], data: Float32Array.of(1, 2) }],
  ["a constant of another type", "constant", [], { dtype: "int32", shape: [1], data: Float32Array.of(1) }],
  ["linear of a vector, which its products cannot take", "linear", [f(4), f(2, 4), f(2)], {}],
  ["linear with a bias of two axes", "linear", [f(3, 4), f(2, 4), f(2, 4)], {}],
  ["layerNorm with a bias of another width", "layerNorm", [f(3, 4), f(4), f(3)], { eps: 1e-6 }],
  ["layerNorm of a scalar", "layerNorm", [f(), f(4), f(4)], { eps: 1e-6 }],
  [
    "keys of another width than the queries",
    "attention",
    [f(1, 2, 3, 4), f(1, 2, 3, 5), f(1, 2, 3, 5), f()],
    { scale: 1 },
  ],
  ["a bias for another number of keys", "attention", [f(1, 2, 3, 4), f(1, 2, 5, 4), f(1, 2, 5, 4), f(3)], { scale: 1 }],
  ["a kernel of other channels", "conv2d", [f(1, 3, 4, 4), f(2, 1, 3, 3), f(2)], { stride: 1, padding: 1 }],
  ["a kernel larger than the image", "conv2d", [f(1, 1, 2, 2), f(1, 1, 3, 3), f(1)], { stride: 1, padding: 0 }],
  ["a stride of zero", "conv2d", [f(1, 1, 2, 2), f(1, 1, 1, 1), f(1)], { stride: 0, padding: 0 }],
  ["labels of another batch", "crossEntropy", [f(3, 5), i(2)], {}],
  ["a cotangent of another batch", "crossEntropyGradient", [f(3, 5), i(3), f(2)], {}],
];

test.each(refused)("%s (%s) is refused", (_, op, types, attributes) => {
  const inputs = types.map((type, n) => input(`x${n}`, "batch", type).value);
  expect(() => applyOp(op, inputs, attributes)).toThrow(ShapeError);
});
