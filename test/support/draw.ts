// Seeded tensors for tests. Values are representable in float32, so that float32 and float64 engines start from the same
// numbers.
import { sizeOf, type Shape } from "../../compiler/index.js";
import { stream, type RandomStream } from "../../runtime/random.js";
import { float32, int32, type Tensor } from "../../runtime/tensor.js";

/** Draws tensors; the same labels give the same tensors. */
export interface Draw {
  /** Uniform in [low, high). */
  floats(shape: Shape, low?: number, high?: number): Tensor;
  /** Magnitudes in [0.1, 2) with random sign: away from kinks and poles at 0. */
  away(shape: Shape): Tensor;
  /** Distinct numbers, at least 0.05 apart, in random order. */
  distinct(shape: Shape): Tensor;
  /** 0 or 1, as float32. */
  flags(shape: Shape): Tensor;
  /** Integers in [0, n), as int32; with duplicates if the tensor has more than n elements. */
  ids(shape: Shape, n: number): Tensor;
  readonly random: RandomStream;
}

export function drawFrom(...labels: readonly (string | number)[]): Draw {
  const random = stream(7, ...labels);
  const each = (shape: Shape, value: (i: number) => number): Tensor =>
    float32(
      shape,
      Float32Array.from({ length: sizeOf(shape) }, (_, i) => value(i)),
    );
  return {
    random,
    floats: (shape, low = -1.5, high = 1.5) => each(shape, () => low + random.uniform() * (high - low)),
    away: (shape) => each(shape, () => (0.1 + random.uniform() * 1.9) * (random.chance(0.5) ? 1 : -1)),
    distinct: (shape) => {
      const places = random.shuffle(Array.from({ length: sizeOf(shape) }, (_, i) => i));
      return each(shape, (i) => (places[i] ?? 0) * 0.07 - sizeOf(shape) * 0.035);
    },
    flags: (shape) => each(shape, () => random.integer(2)),
    ids: (shape, n) =>
      int32(
        shape,
        Int32Array.from({ length: sizeOf(shape) }, () => random.integer(n)),
      ),
  };
}
