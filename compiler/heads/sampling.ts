// Resampling of maps [B, side, side, C]: one matrix for the rows and the same one for the columns.
import type { Value } from "../ir/graph.js";
import { matmul } from "../ops/linear.js";
import { constant, reshape } from "../ops/structure.js";

/** Bilinear, as `torch.nn.functional.interpolate` with `align_corners=False`; the map itself if it has that side. */
export function resized(x: Value, side: number): Value {
  const from = x.type.shape[1] ?? 1;
  return from === side ? x : sampled(x, bilinear(from, side));
}

/** Averages over side × side cells, as `torch.nn.AdaptiveAvgPool2d`. */
export function averaged(x: Value, side: number): Value {
  return sampled(x, means(x.type.shape[1] ?? 1, side));
}

/** FLOPs of both products per sample. */
export function samplingFlops(from: number, to: number, channels: number): number {
  return from === to ? 0 : 2 * from * to * channels * (from + to);
}

/** [to, from], row-major. */
interface Matrix {
  readonly to: number;
  readonly from: number;
  readonly data: Float32Array;
}

function sampled(x: Value, { to, from, data }: Matrix): Value {
  const [batch = 0, side = 0, , channels = 0] = x.type.shape;
  const matrix = constant([to, from], data);
  const across = reshape(matmul(matrix, x), [batch, side, to * channels]);
  return reshape(matmul(matrix, across), [batch, to, to, channels]);
}

/** The two old positions around a new one, and the weight of the second. */
export function between(place: number, { from, to }: { readonly from: number; readonly to: number }) {
  const at = Math.max(0, ((place + 0.5) * from) / to - 0.5);
  const before = Math.min(from - 1, Math.floor(at));
  return { before, after: Math.min(from - 1, before + 1), share: at - before } as const;
}

function bilinear(from: number, to: number): Matrix {
  const data = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const { before, after, share } = between(row, { from, to });
    data[row * from + before] = 1 - share;
    data[row * from + after] = (data[row * from + after] ?? 0) + share;
  }
  return { to, from, data };
}

/** Cell i covers ⌊i · from / to⌋ to ⌈(i + 1) · from / to⌉: cells overlap where `to` does not divide `from`. */
function means(from: number, to: number): Matrix {
  const data = new Float32Array(to * from);
  for (let row = 0; row < to; row++) {
    const [start, end] = [Math.floor((row * from) / to), Math.ceil(((row + 1) * from) / to)];
    data.fill(1 / (end - start), row * from + start, row * from + end);
  }
  return { to, from, data };
}
