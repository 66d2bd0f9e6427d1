// Offsets in row-major tensors by strides, and the (outer, axis, inner) view around one axis.
import { sizeOf, type Shape, type TensorType } from "../../../compiler/index.js";

/** Distance in elements between neighbours along each axis of a row-major tensor. */
export function stridesOf(shape: Shape): number[] {
  return shape.map((_, i) => sizeOf(shape.slice(i + 1)));
}

/** Strides that broadcast a tensor to `to`: 0 along repeated axes. */
export function broadcastStrides(from: Shape, to: Shape): number[] {
  const lead = to.length - from.length;
  const strides = stridesOf(from);
  return to.map((_, i) => (i < lead || from[i - lead] === 1 ? 0 : (strides[i - lead] ?? 0)));
}

/** For every element of `shape` in row-major order, its offset under `strides`. */
export function offsets(shape: Shape, strides: readonly number[]): Int32Array {
  const result = new Int32Array(sizeOf(shape));
  let filled = 1;
  // From the last axis to the first: what is filled so far repeats, shifted by the stride of the axis.
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const size = shape[axis] ?? 0;
    const stride = strides[axis] ?? 0;
    for (let i = size - 1; i >= 0; i--) {
      for (let j = 0; j < filled; j++) result[i * filled + j] = (result[j] ?? 0) + i * stride;
    }
    filled *= size;
  }
  return result;
}

/** A tensor seen as [outer, size, inner] around one axis. */
export interface AxisView {
  readonly outer: number;
  readonly size: number;
  readonly inner: number;
}

/** A row-major tensor as [outer, size, inner] around an axis. */
export function axisView(shape: Shape, axis: number): AxisView {
  return { outer: sizeOf(shape.slice(0, axis)), size: shape[axis] ?? 1, inner: sizeOf(shape.slice(axis + 1)) };
}

/** Elements of a value: float32 values are held in float64. */
export type Data = Float64Array | Int32Array | Uint8Array;

/** Zeros as this engine holds them: floats in float64. */
export function zeros({ dtype, shape }: TensorType): Data {
  return new kinds[dtype](sizeOf(shape));
}

const kinds = {
  float32: Float64Array,
  bfloat16: Float64Array,
  int32: Int32Array,
  uint8: Uint8Array,
} as const satisfies Record<TensorType["dtype"], unknown>;

/** An input of an operation. Its elements must not be written to: results may share them. */
export interface Operand {
  readonly type: TensorType;
  readonly data: Data;
}
