// A tensor in host memory: exchanged by data, checkpoints and engines.
import { sizeOf, type HostDtype, type Shape } from "../compiler/index.js";

/**
 * Row-major tensor in host memory. `float32` values may be stored in a Float64Array for higher precision (the `reference`
 * engine computes in float64); every other engine converts its inputs.
 */
export interface Tensor {
  readonly dtype: HostDtype;
  readonly shape: Shape;
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array;
}

/** The array type of each dtype. */
export const arrays = {
  float32: Float32Array,
  int32: Int32Array,
  uint8: Uint8Array,
} as const satisfies Readonly<Record<HostDtype, unknown>>;

/** Tensors by name: parameters, a batch, noise, results. */
export type Tensors = ReadonlyMap<string, Tensor>;

/** A float32 tensor over `data` (not copied). Throws when the size does not fit the shape. */
export function float32(shape: Shape, data: Float32Array = new Float32Array(sizeOf(shape))): Tensor {
  return checked({ dtype: "float32", shape, data });
}

/** An int32 tensor over `data` (not copied). Throws when the size does not fit the shape. */
export function int32(shape: Shape, data: Int32Array = new Int32Array(sizeOf(shape))): Tensor {
  return checked({ dtype: "int32", shape, data });
}

/** A 0-dimensional float32 tensor. */
export function scalar(value: number): Tensor {
  return float32([], Float32Array.of(value));
}

/** Rows of a tensor, by their indices along its first axis, copied. */
export function pickRows(tensor: Tensor, numbers: ArrayLike<number>): Tensor {
  const [count = 1, ...rest] = tensor.shape;
  const one = tensor.data.length / Math.max(1, count);
  const shape = [numbers.length, ...rest];
  const data = emptyLike(tensor.data, numbers.length * one);
  for (let i = 0; i < numbers.length; i++) {
    const from = (numbers[i] ?? 0) * one;
    data.set(tensor.data.subarray(from, from + one), i * one);
  }
  return { ...tensor, shape, data };
}

/** An array of zeros of the same type. */
export function emptyLike(data: Tensor["data"], length: number): Tensor["data"] {
  const kinds = [Int32Array, Uint8Array, Float64Array] as const;
  return new (kinds.find((kind) => data instanceof kind) ?? Float32Array)(length);
}

function checked(tensor: Tensor): Tensor {
  if (tensor.data.length !== sizeOf(tensor.shape)) {
    throw new Error(`internal: ${tensor.data.length} elements for shape [${tensor.shape.join(", ")}]`);
  }
  return tensor;
}
