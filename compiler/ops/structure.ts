// Primitives that move, copy or sum elements, and constants. Defined first because the gradients of all other families
// use them.
import type { Value } from "../ir/graph.js";
import { sameShape, sizeOf, type Dtype, type HostDtype, type Shape } from "../ir/types.js";
import { at, one, primitive, type Cotangent } from "./op.js";
import { broadcastShapes, checkAxis, checkBroadcastTo, checkReshape, fail, reducedShape } from "./shapes.js";

/** The cotangent of the only output of a one-output op. */
export function first(cotangents: readonly (Value | null)[]): Value {
  const [g] = cotangents;
  if (g === undefined || g === null) throw new Error("internal: a gradient rule ran without a cotangent");
  return g;
}

/** Element type of a constant. */
export type ConstantDtype = Exclude<HostDtype, "uint8">;

/** A compile-time constant; data of one element fills any shape. */
export const constantOp = primitive<{ dtype: ConstantDtype; shape: Shape; data: Float32Array | Int32Array }>({
  name: "constant",
  summary: "A tensor known when the program is built.",
  inputs: [],
  infer: (_, { dtype, shape, data }) => {
    if (data.length !== sizeOf(shape) && data.length !== 1)
      fail("constant", `${data.length} elements for [${shape.join(",")}]`);
    if (data instanceof Int32Array !== (dtype === "int32")) fail("constant", `elements of another type than ${dtype}`);
    return [{ dtype, shape }];
  },
  gradient: "none",
});

/** The value of a float constant that is the same everywhere, or null. */
export function uniform({ node }: Value): number | null {
  const { data } = node.attributes;
  if (node.op !== "constant" || !(data instanceof Float32Array) || data.length !== 1) return null;
  return data[0] ?? null;
}

/** The op of `reshape`. */
export const reshapeOp = primitive<{ shape: Shape }>({
  name: "reshape",
  summary: "The same elements, in row-major order, under another shape.",
  inputs: ["x"],
  infer: ([x], { shape }) => {
    if (x === undefined) fail("reshape", "wants an input");
    checkReshape("reshape", x.shape, shape);
    return [{ dtype: x.dtype, shape }];
  },
  gradient: (g, { inputs }) => [reshape(first(g), at(inputs, 0).type.shape)],
});

/** The op of `transpose`. */
export const transposeOp = primitive<{ permutation: readonly number[] }>({
  name: "transpose",
  summary: "Axes in another order: axis i of the result is axis permutation[i] of x.",
  inputs: ["x"],
  infer: ([x], { permutation }) => {
    if (x === undefined) fail("transpose", "wants an input");
    if (
      !sameShape(
        [...permutation].sort((a, b) => a - b),
        x.shape.map((_, i) => i),
      )
    ) {
      fail("transpose", `[${permutation.join(",")}] is no permutation of the axes of [${x.shape.join(",")}]`);
    }
    return [{ dtype: x.dtype, shape: permutation.map((axis) => at(x.shape, axis)) }];
  },
  gradient: (g, { attributes: { permutation } }) => [
    transpose(
      first(g),
      permutation.map((_, i) => permutation.indexOf(i)),
    ),
  ],
});

/** The op of `broadcastTo`; its gradient sums over the repeated axes. */
export const broadcastToOp = primitive<{ shape: Shape }>({
  name: "broadcastTo",
  summary: "Repeats axes of length 1 (and missing leading axes) up to a shape.",
  inputs: ["x"],
  infer: ([x], { shape }) => {
    if (x === undefined) fail("broadcastTo", "wants an input");
    checkBroadcastTo("broadcastTo", x.shape, shape);
    return [{ dtype: x.dtype, shape }];
  },
  gradient: (g, { inputs }) => [unbroadcast(first(g), at(inputs, 0).type.shape)],
});

/** The op of `sum`. */
export const sumOp = primitive<{ axes: readonly number[]; keep: boolean }>({
  name: "sum",
  summary: "Sum over axes, which stay as length 1 where `keep`.",
  inputs: ["x"],
  infer: ([x], { axes, keep }) => {
    if (x === undefined) fail("sum", "wants an input");
    return [{ dtype: x.dtype, shape: reducedShape("sum", x.shape, axes, keep) }];
  },
  gradient: (g, { inputs, attributes: { axes } }) => {
    const { shape } = at(inputs, 0).type;
    return [broadcastTo(reshape(first(g), reducedShape("sum", shape, axes, true)), shape)];
  },
});

/** The op of `concat`. */
export const concatOp = primitive<{ axis: number }>({
  name: "concat",
  summary: "Tensors one after another along an axis.",
  inputs: ["...parts"],
  infer: (parts, { axis }) => {
    const head = parts[0] ?? fail("concat", "wants at least one input");
    checkAxis("concat", head.shape, axis);
    for (const part of parts) {
      const fits =
        part.dtype === head.dtype &&
        part.shape.length === head.shape.length &&
        part.shape.every((size, i) => i === axis || size === head.shape[i]);
      if (!fits) fail("concat", `[${part.shape.join(",")}] does not join [${head.shape.join(",")}] along axis ${axis}`);
    }
    const total = parts.reduce((sum, part) => sum + at(part.shape, axis), 0);
    return [{ dtype: head.dtype, shape: head.shape.map((size, i) => (i === axis ? total : size)) }];
  },
  gradient: (g, { inputs, attributes: { axis }, wants }) => {
    let start = 0;
    return inputs.map((part, i): Cotangent => {
      const end = start + at(part.type.shape, axis);
      const piece: Cotangent = wants(i) ? slice(first(g), axis, start, end) : "none";
      start = end;
      return piece;
    });
  },
});

/** The op of `slice`; its gradient is `pad`. */
export const sliceOp = primitive<{ axis: number; start: number; end: number }>({
  name: "slice",
  summary: "Elements start…end-1 along an axis.",
  inputs: ["x"],
  infer: ([x], { axis, start, end }) => {
    if (x === undefined) fail("slice", "wants an input");
    checkAxis("slice", x.shape, axis);
    if (start < 0 || end > at(x.shape, axis) || start >= end)
      fail("slice", `${start}..${end} of axis ${axis} of [${x.shape.join(",")}]`);
    return [{ dtype: x.dtype, shape: x.shape.map((size, i) => (i === axis ? end - start : size)) }];
  },
  gradient: (g, { inputs, attributes: { axis, start, end } }) => [
    pad(first(g), axis, start, at(at(inputs, 0).type.shape, axis) - end),
  ],
});

/** The op of `pad`; its gradient is `slice`. */
export const padOp = primitive<{ axis: number; before: number; after: number }>({
  name: "pad",
  summary: "Zeros before and after the elements along an axis.",
  inputs: ["x"],
  infer: ([x], { axis, before, after }) => {
    if (x === undefined) fail("pad", "wants an input");
    checkAxis("pad", x.shape, axis);
    if (before < 0 || after < 0) fail("pad", `${before} before and ${after} after`);
    return [{ dtype: x.dtype, shape: x.shape.map((size, i) => (i === axis ? before + size + after : size)) }];
  },
  gradient: (g, { inputs, attributes: { axis, before } }) => [
    slice(first(g), axis, before, before + at(at(inputs, 0).type.shape, axis)),
  ],
});

/** The op of `stopGradient`; removed once the graph is differentiated. */
export const stopGradientOp = primitive<Record<string, never>>({
  name: "stopGradient",
  summary: "x itself, through which no cotangent flows.",
  inputs: ["x"],
  infer: ([x]) => [x ?? fail("stopGradient", "wants an input")],
  gradient: "none",
});

/** The op of `cast`; no gradient flows through it. */
export const castOp = primitive<{ dtype: Dtype }>({
  name: "cast",
  summary: "The same numbers as another element type; float32 to int32 truncates towards zero.",
  inputs: ["x"],
  infer: ([x], { dtype }) => [{ dtype, shape: (x ?? fail("cast", "wants an input")).shape }],
  gradient: "none",
});

/** A constant of the given shape; `data` is row-major. */
export function constant(shape: Shape, data: Float32Array | Int32Array): Value {
  return one(constantOp([], { dtype: data instanceof Int32Array ? "int32" : "float32", shape, data }));
}

/** A float32 constant with one value everywhere (a scalar by default). */
export function fill(value: number, shape: Shape = []): Value {
  return constant(shape, Float32Array.of(value));
}

/** A square float32 matrix with ones on its diagonal and zeros elsewhere. */
export function identity(size: number): Value {
  const data = Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? 1 : 0));
  return constant([size, size], data);
}

/** Reshapes, row-major. No node if the shape is the same. */
export function reshape(x: Value, shape: Shape): Value {
  return sameShape(x.type.shape, shape) ? x : one(reshapeOp([x], { shape }));
}

/** Axis i of the result is axis `permutation[i]` of x. No node for the identity. */
export function transpose(x: Value, permutation: readonly number[]): Value {
  return permutation.every((axis, i) => axis === i) ? x : one(transposeOp([x], { permutation }));
}

/** Repeats axes of length 1 and adds missing leading ones. No node if the shape is the same. */
export function broadcastTo(x: Value, shape: Shape): Value {
  return sameShape(x.type.shape, shape) ? x : one(broadcastToOp([x], { shape }));
}

/** Sum over axes, which are kept with length 1 if `keep`. No node if there are no axes. */
export function sum(x: Value, axes: readonly number[], keep = false): Value {
  return axes.length === 0 ? x : one(sumOp([x], { axes, keep }));
}

/** Sum of every element, as a scalar. */
export function total(x: Value): Value {
  return sum(
    x,
    x.type.shape.map((_, i) => i),
  );
}

/** Concatenates tensors along an axis; their other axes agree. */
export function concat(parts: readonly Value[], axis: number): Value {
  return parts.length === 1 ? at(parts, 0) : one(concatOp(parts, { axis }));
}

/** Elements `start` … `end` − 1 along an axis. No node if those are all. */
export function slice(x: Value, axis: number, start: number, end: number): Value {
  return start === 0 && end === x.type.shape[axis] ? x : one(sliceOp([x], { axis, start, end }));
}

/** Pads with zeros before and after along an axis. No node if there are none. */
export function pad(x: Value, axis: number, before: number, after: number): Value {
  return before === 0 && after === 0 ? x : one(padOp([x], { axis, before, after }));
}

/** x as a constant to the backward pass (`detach` in PyTorch). */
export function stopGradient(x: Value): Value {
  return one(stopGradientOp([x], {}));
}

/** Converts to another element type. No node if it is the same. */
export function cast(x: Value, dtype: Dtype): Value {
  return x.type.dtype === dtype ? x : one(castOp([x], { dtype }));
}

/** Sums `g` back to the shape it was broadcast from. */
export function unbroadcast(g: Value, shape: Shape): Value {
  const from = g.type.shape;
  if (sameShape(from, shape)) return g;
  const lead = from.length - shape.length;
  const axes = from.flatMap((size, i) => (i < lead || (shape[i - lead] === 1 && size !== 1) ? [i] : []));
  return reshape(sum(g, axes, true), shape);
}

/** Type of an elementwise result; shared by the elementwise family. */
export function broadcastType(op: string, a: Value["type"], b: Value["type"]): Value["type"] {
  return { dtype: a.dtype, shape: broadcastShapes(op, a.shape, b.shape) };
}
