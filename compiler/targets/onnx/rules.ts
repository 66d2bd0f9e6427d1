// How every primitive, and each composite that ONNX Runtime has natively, is lowered to ONNX (operator set 20 and
// com.microsoft). Where there was a choice, it was measured on ONNX Runtime's CPU kernels; the comment names the slower
// alternative.
import type { Value } from "../../ir/graph.js";
import { hostType, sameShape, sizeOf, type HostDtype, type Shape } from "../../ir/types.js";
import type { ConstantDtype } from "../../ops/structure.js";
import type { CompositeName, OpAttributes, OpName, PrimitiveName } from "../../ops/index.js";
import { at } from "../../ops/op.js";
import type { OnnxTensor } from "./proto.js";
import { exchanged, unscaled } from "./kernels.js";
import type { Writer } from "./writer.js";

/** A node of the IR as a rule sees it. */
export interface Lowering<Name extends OpName> {
  readonly inputs: readonly Value[];
  readonly attributes: OpAttributes<Name>;
  readonly outputs: readonly Value[];
}

/** Writes the nodes of one operation and returns the names of its outputs. */
export type OnnxRule<Name extends OpName> = (write: Writer, node: Lowering<Name>) => readonly string[];

const elementTypes = { float32: 1, uint8: 2, int32: 6 } as const satisfies Record<HostDtype, number>;

/** By op; `tsc` reports a missing one. */
export const rules = {
  constant: (write, { attributes: { dtype, shape, data } }) => [constant(write, dtype, { shape, data })],
  reshape: (write, { inputs, outputs }) => [write.reshape(name(write, inputs), shapeOf(inputs), shapeOf(outputs))],
  transpose: (write, { inputs, attributes: { permutation } }) => [write.transpose(name(write, inputs), permutation)],
  broadcastTo: (write, { inputs, attributes: { shape } }) => [
    write.emit("Expand", [name(write, inputs), write.int64s(shape)]),
  ],
  sum: (write, { inputs, outputs, attributes: { axes, keep } }) => [
    leadingSum(write, at(inputs, 0), axes, shapeOf(outputs)) ??
      write.emit("ReduceSum", [name(write, inputs), write.int64s(axes)], {
        keepdims: Number(keep),
        noop_with_empty_axes: 1,
      }),
  ],
  concat: (write, { inputs, attributes: { axis } }) => [
    write.emit(
      "Concat",
      inputs.map((part) => write.name(part)),
      { axis },
    ),
  ],
  slice: (write, { inputs, attributes: { axis, start, end } }) => [
    write.emit("Slice", [name(write, inputs), ...[[start], [end], [axis]].map((bound) => write.int64s(bound))]),
  ],
  // Written for every axis: when ONNX Runtime 1.30 moves a transpose past a Pad of only some axes, it gets their number wrong.
  pad: (write, { inputs, attributes: { axis, before, after } }) => {
    const ends = [before, after].map((size) => shapeOf(inputs).map((_, i) => (i === axis ? size : 0)));
    return [write.emit("Pad", [name(write, inputs), write.int64s(ends.flat())])];
  },
  stopGradient: (write, { inputs }) => [name(write, inputs)],
  cast: (write, { inputs, outputs, attributes: { dtype } }) => [
    at(inputs, 0).type.dtype === dtype
      ? name(write, inputs)
      : write.emit("Cast", [name(write, inputs)], { to: elementTypes[hostType(at(outputs, 0).type).dtype] }),
  ],
  neg: unary("Neg"),
  exp: unary("Exp"),
  log: unary("Log"),
  sqrt: unary("Sqrt"),
  tanh: unary("Tanh"),
  erf: unary("Erf"),
  sigmoid: unary("Sigmoid"),
  relu: unary("Relu"),
  abs: unary("Abs"),
  add: (write, node) => [intoScatter(write, node.inputs) ?? elementwise("Add", write, node)],
  sub: binary("Sub"),
  mul: binary("Mul"),
  div: binary("Div"),
  maximum: binary("Max"),
  equal: comparison("Equal"),
  greater: comparison("Greater"),
  select: (write, { inputs: [condition, ...branches], outputs }) => [
    write.emit("Where", [write.flag(condition ?? missing()), ...write.operands(branches, shapeOf(outputs))]),
  ],
  matmul: (write, { inputs, attributes }) => [matmul(write, at(inputs, 0), at(inputs, 1), attributes)],
  max: (write, { inputs, attributes: { axis, keep } }) => [
    write.emit("ReduceMax", [name(write, inputs), write.int64s([axis])], { keepdims: Number(keep) }),
  ],
  argmax: (write, { inputs, attributes: { axis } }) => {
    const index = write.emit("ArgMax", [name(write, inputs)], { axis, keepdims: 0 });
    return [write.emit("Cast", [index], { to: elementTypes.int32 })];
  },
  gather: (write, { inputs }) => [
    write.emit("Gather", [write.name(at(inputs, 0)), write.name(at(inputs, 1))], { axis: 0 }),
  ],
  scatterAdd: (write, { inputs, outputs }) => {
    const shape = shapeOf(outputs);
    const zeros = write.emit("ConstantOfShape", [write.int64s(asMatrix(shape))]);
    return [write.reshape(scatter(write, zeros, inputs), asMatrix(shape), shape)];
  },
  linear: (write, { inputs }) => {
    const { value, factor } = unscaled(at(inputs, 1));
    const [bias, size] = [write.name(at(inputs, 2)), at(value.type.shape, 0)];
    const projection = { weight: write.name(value), bias, factor, size };
    return [write.kernels.project(write, write.named(at(inputs, 0)), projection)];
  },
  softmax: (write, { inputs }) => [write.softmax(at(inputs, 0))],
  layerNorm: (write, { inputs, outputs, attributes: { eps } }) => {
    const statistics = outputs.slice(1).some((value) => write.uses(value) > 0);
    const operands = inputs.map((value) => write.name(value));
    const names = write.emitMany(
      "LayerNormalization",
      operands,
      { axis: -1, epsilon: { float: eps } },
      statistics ? 3 : 1,
    );
    return outputs.map((_, i) => names[i] ?? "");
  },
  gelu: unary("Gelu"),
  // max z - log(max p) - z[label]: as stable as log-sum-exp, and p is computed for the gradient anyway. ReduceLogSumExp
  // is slower.
  crossEntropy: (write, { inputs }) => {
    const logits = write.name(at(inputs, 0));
    const last = write.int64s([1]);
    const largest = write.emit("ReduceMax", [logits, last], { keepdims: 0 });
    const likeliest = write.emit("ReduceMax", [write.softmax(at(inputs, 0)), last], { keepdims: 0 });
    const normaliser = write.emit("Sub", [largest, write.emit("Log", [likeliest])]);
    const picked = write.emit("GatherElements", [logits, labelColumn(write, inputs)], { axis: 1 });
    const rows = at(inputs, 1).type.shape;
    return [write.emit("Sub", [normaliser, write.reshape(picked, [...rows, 1], rows)])];
  },
  // Subtracting 1 at each label costs less than a one-hot matrix; every (row, label) occurs once, so there is no race.
  crossEntropyGradient: (write, { inputs }) => {
    const rows = at(inputs, 1).type.shape;
    const minusOne = write.filled([...rows, 1], -1);
    const attributes = { axis: 1, reduction: "add" };
    const softmax = write.softmax(at(inputs, 0));
    const difference = write.emit("ScatterElements", [softmax, labelColumn(write, inputs), minusOne], attributes);
    const g = write.reshape(write.name(at(inputs, 2)), rows, [...rows, 1]);
    return [write.emit("Mul", [difference, g])];
  },
  conv2d: (write, { inputs, attributes: { stride, padding } }) => [
    write.emit(
      "Conv",
      inputs.map((value) => write.name(value)),
      { strides: [stride, stride], pads: [padding, padding, padding, padding] },
    ),
  ],
} satisfies { readonly [Name in PrimitiveName]: OnnxRule<Name> } & {
  readonly [Name in CompositeName]?: OnnxRule<Name>;
};

/** A rule for each of these ops. */
export type OnnxRules = typeof rules;

function missing(): never {
  throw new Error("internal: an operation misses an input");
}

function name(write: Writer, inputs: readonly Value[]): string {
  return write.name(at(inputs, 0));
}

function shapeOf(values: readonly Value[]): Shape {
  return at(values, 0).type.shape;
}

/** All trailing axes folded into one. */
function asMatrix(shape: Shape): Shape {
  return [at(shape, 0), sizeOf(shape.slice(1))];
}

function unary(op: string): (write: Writer, node: { readonly inputs: readonly Value[] }) => readonly string[] {
  return (write, { inputs }) => [write.emit(op, [name(write, inputs)])];
}

/** The values that a node reads and makes; a `Writer` has their names in the model. */
export interface Joined {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
}

function elementwise(op: string, write: Writer, { inputs, outputs }: Joined): string {
  return write.emit(op, write.operands(inputs, shapeOf(outputs)));
}

function binary(op: string): (write: Writer, node: Joined) => readonly string[] {
  return (write, node) => [elementwise(op, write, node)];
}

function comparison(op: string): (write: Writer, node: Joined) => readonly string[] {
  return (write, node) => [write.flagged(at(node.outputs, 0), elementwise(op, write, node))];
}

function constant(
  write: Writer,
  dtype: ConstantDtype,
  { shape, data }: Pick<OnnxTensor, "shape"> & ConstantData,
): string {
  const [value] = data;
  if (data.length === 1 && value !== undefined && sizeOf(shape) > 1) {
    // Most readers take the scalar itself; this node is removed again if all do.
    const one: OnnxTensor =
      dtype === "float32"
        ? { dtype, shape: [1], data: Float32Array.of(value) }
        : { dtype, shape: [1], data: Int32Array.of(value) };
    return write.emit("ConstantOfShape", [write.int64s(shape)], { value: { tensor: one } });
  }
  return data instanceof Float32Array
    ? write.constant({ dtype: "float32", shape, data })
    : write.constant({ dtype: "int32", shape, data });
}

interface ConstantData {
  readonly data: Float32Array | Int32Array;
}

/** A sum over leading axes as a product with ones: up to 14 times as fast as ReduceSum. Null for any other sum. */
function leadingSum(write: Writer, x: Value, axes: readonly number[], to: Shape): string | null {
  const { dtype, shape } = x.type;
  const rows = sizeOf(shape.slice(0, axes.length));
  const columns = sizeOf(shape.slice(axes.length));
  if (dtype !== "float32" || !axes.every((axis, i) => axis === i) || rows < 2 || columns < 16) return null;
  const matrix = write.reshape(write.name(x), shape, [rows, columns]);
  return write.reshape(write.emit("MatMul", [write.filled([rows], 1), matrix]), [columns], to);
}

function matmul(write: Writer, a: Value, b: Value, { transA, transB, alpha }: OpAttributes<"matmul">): string {
  const [left, right] = [untransposed(a), untransposed(b)];
  const [flipA, flipB] = [transA !== (left !== null), transB !== (right !== null)];
  const how = { transA: flipA, transB: flipB, alpha };
  return write.kernels.product(write, write.named(left ?? a), write.named(right ?? b), how);
}

/** The value that this one is the transpose of, over its last two axes; else null. */
function untransposed({ node }: Value): Value | null {
  const { permutation } = node.attributes;
  if (node.op !== "transpose" || typeof permutation !== "object") return null;
  return sameShape([...permutation], exchanged(permutation.length)) ? at(node.inputs, 0) : null;
}

/**
 * data [R, W] with updates added to the rows selected by ids. ScatterElements, because ScatterND loses updates when
 * threads write to the same row.
 */
function scatter(write: Writer, data: string, [ids, updates]: readonly Value[]): string {
  if (ids === undefined || updates === undefined) missing();
  const flat = asMatrix(updates.type.shape);
  const column = write.reshape(write.name(ids), ids.type.shape, [at(flat, 0), 1]);
  const indices = write.emit("Expand", [column, write.int64s(flat)]);
  const source = write.reshape(write.name(updates), updates.type.shape, flat);
  return write.emit("ScatterElements", [data, indices, source], { axis: 0, reduction: "add" });
}

/** dense + scatterAdd(…) scatters into the dense tensor, which saves a tensor of zeros and an addition. */
function intoScatter(write: Writer, [a, b]: readonly Value[]): string | null {
  if (a === undefined || b === undefined || !sameShape(a.type.shape, b.type.shape)) return null;
  const scattered = [a, b].find(({ node }) => node.op === "scatterAdd");
  if (scattered === undefined || write.uses(scattered) > 1) return null;
  const dense = scattered === a ? b : a;
  if (dense.node.op === "constant") return null;
  const { shape } = dense.type;
  const matrix = write.reshape(write.name(dense), shape, asMatrix(shape));
  return write.reshape(scatter(write, matrix, scattered.node.inputs), asMatrix(shape), shape);
}

function labelColumn(write: Writer, inputs: readonly Value[]): string {
  const { shape } = at(inputs, 1).type;
  return write.reshape(write.name(at(inputs, 1)), shape, [...shape, 1]);
}
