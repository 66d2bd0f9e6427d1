// The semantics of every primitive, as plain loops. Floats are computed in float64. The other engines are compared with this
// table, so it prefers being obvious to being fast.
import { sameShape, sizeOf, type OpAttributes, type PrimitiveName, type TensorType } from "../../../compiler/index.js";
import { axisView, broadcastStrides, offsets, stridesOf, zeros, type Operand, type Data } from "./layout.js";
import { erf } from "./erf.js";
import { matmul } from "./matmul.js";

/** Computes the only output of a primitive, whose type is known. */
export type ReferenceRule<Name extends PrimitiveName> = (
  inputs: readonly Operand[],
  attributes: OpAttributes<Name>,
  type: TensorType,
) => Data;

/** The rule of every primitive. */
export const rules = {
  constant: (_, { data }, type) => {
    const result = zeros(type);
    return data.length === 1 ? result.fill(data[0] ?? 0) : copied(result, data);
  },
  reshape: ([x]) => need(x).data,
  transpose: ([x], { permutation }, type) => {
    const strides = stridesOf(need(x).type.shape);
    return picked(
      need(x),
      offsets(
        type.shape,
        permutation.map((axis) => strides[axis] ?? 0),
      ),
      type,
    );
  },
  broadcastTo: ([x], _, type) => broadcast(need(x), type),
  sum: ([x], { axes }, type) => {
    const { shape } = need(x).type;
    const kept = stridesOf(shape.map((size, i) => (axes.includes(i) ? 1 : size)));
    const to = offsets(
      shape,
      kept.map((stride, i) => (axes.includes(i) ? 0 : stride)),
    );
    const result = zeros(type);
    need(x).data.forEach((value, i) => add(result, to[i] ?? 0, value));
    return result;
  },
  concat: (parts, { axis }, type) => {
    const result = zeros(type);
    const { outer, size, inner } = axisView(type.shape, axis);
    let start = 0;
    for (const part of parts) {
      const length = (part.type.shape[axis] ?? 0) * inner;
      for (let o = 0; o < outer; o++) {
        result.set(part.data.subarray(o * length, (o + 1) * length), o * size * inner + start);
      }
      start += length;
    }
    return result;
  },
  slice: ([x], { axis, start, end }, type) => {
    const result = zeros(type);
    const { outer, size, inner } = axisView(need(x).type.shape, axis);
    for (let o = 0; o < outer; o++) {
      const from = (o * size + start) * inner;
      result.set(need(x).data.subarray(from, from + (end - start) * inner), o * (end - start) * inner);
    }
    return result;
  },
  pad: ([x], { axis, before }, type) => {
    const result = zeros(type);
    const { outer, size, inner } = axisView(need(x).type.shape, axis);
    const wide = type.shape[axis] ?? 0;
    for (let o = 0; o < outer; o++) {
      result.set(need(x).data.subarray(o * size * inner, (o + 1) * size * inner), (o * wide + before) * inner);
    }
    return result;
  },
  stopGradient: ([x]) => need(x).data,
  // Writing a float into an Int32Array truncates towards zero.
  cast: ([x], _, type) => copied(zeros(type), need(x).data),
  neg: unary((x) => -x),
  exp: unary(Math.exp),
  log: unary(Math.log),
  sqrt: unary(Math.sqrt),
  tanh: unary(Math.tanh),
  erf: unary(erf),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  // NaN passes through, as in the other engines.
  relu: unary((x) => (x < 0 ? 0 : x)),
  abs: unary(Math.abs),
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  maximum: binary(Math.max),
  equal: binary((a, b) => (a === b ? 1 : 0)),
  greater: binary((a, b) => (a > b ? 1 : 0)),
  select: ([condition, a, b], _, type) => {
    const result = zeros(type);
    need(condition).data.forEach((flag, i) => (result[i] = (flag !== 0 ? need(a) : need(b)).data[i] ?? 0));
    return result;
  },
  matmul: ([a, b], attributes, type) => matmul(need(a), need(b), attributes, type.shape),
  max: ([x], { axis }, type) => {
    const result = zeros(type);
    eachBest(need(x), axis, (at, best) => (result[at] = best.value));
    return result;
  },
  argmax: ([x], { axis }, type) => {
    const result = zeros(type);
    eachBest(need(x), axis, (at, best) => (result[at] = best.index));
    return result;
  },
  gather: ([table, ids], _, type) => {
    const result = zeros(type);
    const [rows = 0, ...rest] = need(table).type.shape;
    const width = sizeOf(rest);
    need(ids).data.forEach((id, i) => {
      checkRow(id, rows);
      result.set(need(table).data.subarray(id * width, (id + 1) * width), i * width);
    });
    return result;
  },
  scatterAdd: ([ids, updates], { rows }, type) => {
    const result = zeros(type);
    const width = sizeOf(type.shape.slice(1));
    need(ids).data.forEach((id, i) => {
      checkRow(id, rows);
      for (let j = 0; j < width; j++) add(result, id * width + j, need(updates).data[i * width + j] ?? 0);
    });
    return result;
  },
} satisfies { [Name in PrimitiveName]: ReferenceRule<Name> };

type Elementwise = (inputs: readonly Operand[], attributes: Record<string, never>, type: TensorType) => Data;

function unary(f: (x: number) => number): Elementwise {
  return ([x], _, type) => {
    const result = zeros(type);
    need(x).data.forEach((value, i) => (result[i] = f(value)));
    return result;
  };
}

function binary(f: (a: number, b: number) => number): Elementwise {
  return ([a, b], _, type) => {
    const [left, right] = [broadcast(need(a), type), broadcast(need(b), type)];
    const result = zeros(type);
    for (let i = 0; i < result.length; i++) result[i] = f(left[i] ?? 0, right[i] ?? 0);
    return result;
  };
}

/** The elements of a tensor, broadcast to a shape. */
function broadcast({ type, data }: Operand, { shape }: TensorType): Data {
  if (sameShape(type.shape, shape)) return data;
  const wide = { ...type, shape };
  if (data.length === 1) return zeros(wide).fill(data[0] ?? 0);
  return picked({ type, data }, offsets(shape, broadcastStrides(type.shape, shape)), wide);
}

/** Visits the largest element (the first of equal ones) of every line along an axis. */
function eachBest(x: Operand, axis: number, visit: (at: number, best: { value: number; index: number }) => void): void {
  const { outer, size, inner } = axisView(x.type.shape, axis);
  for (let o = 0; o < outer; o++) {
    for (let i = 0; i < inner; i++) {
      const best = { value: -Infinity, index: 0 };
      for (let k = 0; k < size; k++) {
        const value = x.data[(o * size + k) * inner + i] ?? 0;
        if (value > best.value) Object.assign(best, { value, index: k });
      }
      visit(o * inner + i, best);
    }
  }
}

function picked(x: Operand, from: Int32Array, type: TensorType): Data {
  const result = zeros(type);
  from.forEach((offset, i) => (result[i] = x.data[offset] ?? 0));
  return result;
}

function copied(to: Data, from: ArrayLike<number>): Data {
  to.set(from);
  return to;
}

function add(to: Data, i: number, value: number): void {
  to[i] = (to[i] ?? 0) + value;
}

function need(x: Operand | undefined): Operand {
  if (x === undefined) throw new Error("internal: an operation misses an input");
  return x;
}

function checkRow(id: number, rows: number): void {
  if (id < 0 || id >= rows) throw new Error(`internal: row ${id} of a table with ${rows}`);
}
