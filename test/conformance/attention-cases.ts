// Rows of the conformance table for attention, in the cases that its kernels distinguish.
import { float32, type Tensor } from "../../runtime/tensor.js";
import { drawFrom } from "../support/draw.js";
import { testCase, type Case } from "./case.js";

const along = drawFrom("conformance of attention");

/** Added to the logits of masked keys, as in programs. */
const hidden = (...seen: number[]): Float32Array => Float32Array.from(seen, (value) => (value - 1) * 1e9);

/** Key counts that kernels have to pad; biases broadcast over items, heads or queries; masked keys. */
const attentions = [
  { q: [2, 1, 3, 4], keys: 5, bias: [2, 1, 1, 5], scale: 0.5 },
  { q: [2, 2, 3, 2], keys: 3, bias: [2, 3, 3], scale: 0.6 },
  { q: [2, 2, 3, 8], keys: 11, bias: [1, 2, 3, 11], scale: 0.25 },
  { q: [2, 1, 1, 8], keys: 8, bias: [2, 1, 1, 8], scale: 0.25 },
  { q: [3, 1, 4, 8], keys: 1, bias: [4, 1], scale: 1 },
  { q: [2, 1, 2, 8], keys: 3, bias: [2, 1, 1, 3], seen: [1, 1, 0, 1, 0, 0], scale: 0.25 },
  { q: [1, 2, 2, 8], keys: 3, bias: [1, 1, 2, 3], seen: [0, 1, 1, 1, 0, 0], scale: 0.25 },
].map(({ q, keys, bias, seen, scale }) => {
  const k = [...q.slice(0, 2), keys, ...q.slice(3)];
  const added = seen === undefined ? along.floats(bias) : float32(bias, hidden(...seen));
  // Central differences cannot resolve a gradient of 1e-9.
  const smooth = seen === undefined;
  return { inputs: [...[q, k, k].map((shape) => along.floats(shape)), added], scale, smooth };
});

/** Results of attention for such inputs, as operands of its gradient op; the bias has one row for all queries, or one each. */
function attended([q, k, v, bias]: readonly Tensor[], scale: number): { y: Tensor; sums: Tensor } {
  if (q === undefined || k === undefined || v === undefined || bias === undefined) throw new Error("four inputs");
  const [, heads = 0, queries = 0, size = 0] = q.shape;
  const keys = k.shape[2] ?? 0;
  const biasAt = (place: readonly number[]): number => {
    const own = bias.shape.map((length, i) => (length === 1 ? 0 : (place[i + 4 - bias.shape.length] ?? 0)));
    return bias.data[own.reduce((flat, index, i) => flat * (bias.shape[i] ?? 1) + index, 0)] ?? 0;
  };
  const range = (length: number): number[] => Array.from({ length }, (_, i) => i);
  const rows = range(q.data.length / size).map((row) => {
    const [b, h] = [Math.floor(row / queries / heads), Math.floor(row / queries) % heads];
    const keyAt = (j: number, c: number): number => ((b * heads + h) * keys + j) * size + c;
    const scores = range(keys).map((j) => {
      const product = range(size).reduce(
        (sum, c) => sum + (q.data[row * size + c] ?? 0) * (k.data[keyAt(j, c)] ?? 0),
        0,
      );
      return scale * product + biasAt([b, h, row % queries, j]);
    });
    const sum = Math.log(scores.reduce((all, score) => all + Math.exp(score), 0));
    const weights = scores.map((score) => Math.exp(score - sum));
    return { sum, y: range(size).map((c) => weights.reduce((all, w, j) => all + w * (v.data[keyAt(j, c)] ?? 0), 0)) };
  });
  return {
    y: float32(q.shape, Float32Array.from(rows.flatMap(({ y }) => y))),
    sums: float32(q.shape.slice(0, 3), Float32Array.from(rows.map(({ sum }) => sum))),
  };
}

/** Rows of `attention`. */
export const attentionCases: readonly Case[] = attentions.map(({ inputs, scale, smooth }) =>
  testCase("attention", inputs, { scale }, { smooth }),
);

/** Rows of its gradient op, with and without the bias's gradient. Its own gradient rounds six matmuls in a row: too many here. */
export const attentionGradientCases: readonly Case[] = [true, false].flatMap((bias) =>
  [attentions[0], attentions[2]]
    .flatMap((row) => row ?? [])
    .map(({ inputs, scale }) => {
      const { y, sums } = attended(inputs, scale);
      return testCase(
        "attentionGradient",
        [...inputs, y, sums, along.floats(y.shape)],
        { scale, bias },
        { still: [5] },
      );
    }),
);
