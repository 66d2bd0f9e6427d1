// What several heads are built of: counts for means, masked positions, losses of classes.
import type { Value } from "../ir/graph.js";
import { crossEntropy } from "../ops/composite.js";
import { abs, add, div, equal, exp, log, maximum, mean, mul, neg, relu, sub } from "../ops/elementwise.js";
import { argmax, max } from "../ops/reduction.js";
import { constant, fill, stopGradient, sum, total } from "../ops/structure.js";
import { derived, named, type BuildContext } from "../build/context.js";
import type { Count, Range } from "../build/program.js";
import { inputs, maskedBy, type BatchMask, type MaskRead, prefixes } from "../spec/inputs.js";
import type { HeadSpec } from "../spec/spec.js";
import type { FalseNegatives } from "./settings.js";

/** Sum over `count.HEAD`: how many of `count` the whole optimizer batch holds. */
export function meanOf(context: BuildContext, head: HeadSpec, summed: Value, count: Count): Value {
  const name = `${prefixes.count}${head.name}`;
  context.counts.set(name, count);
  return div(summed, named(context, name, "scalar", { dtype: "float32", shape: [] }));
}

/** Every item of the batch counts once. */
export const perItem: Count = { kind: "items" };

/** A square matrix with `value` on its diagonal and zeros elsewhere. */
export function diagonal(size: number, value: number): Value {
  return constant(
    [size, size],
    Float32Array.from({ length: size * size }, (_, i) => (i % (size + 1) === 0 ? value : 0)),
  );
}

/** [B, B], images by rows: 1 for what is no negative of a pair, which is itself and what is known to match. */
export function positives(context: BuildContext, head: HeadSpec & { falseNegatives: FalseNegatives }): Value {
  const { batch } = context.sizes;
  const own = diagonal(batch, 1);
  if (head.falseNegatives === "keep") return own;
  return maximum(own, named(context, inputs.matches, "batch", { dtype: "float32", shape: [batch, batch] }, 0));
}

/** Masked positions as a program holds them: as many as its capacity, some unused. */
export interface MaskedPositions {
  /** Flat positions in [B·length], int32 [C]. */
  readonly positions: Value;
  /** The values at these positions, int32 [C]. */
  readonly values: Value;
  /** 1 for a masked position, 0 for unused capacity: [C]. */
  readonly valid: Value;
}

/** Which of the masks of a batch a head reads. */
export function maskRead(context: BuildContext, head: HeadSpec, of: MaskRead["of"]): MaskRead {
  return { of, suffix: context.suffixOf(head, maskedBy[of]) };
}

/** Masked positions of a run as inputs of fixed capacity, worked out by the runtime from a tensor of the batch. */
export function masked(
  context: BuildContext,
  head: HeadSpec,
  source: Omit<BatchMask, "share"> & { length: number; range: Range },
): MaskedPositions {
  const { batch, capacity } = context.sizes;
  const room = capacity.get(head.name) ?? batch * source.length;
  const dtype = { image: "float32", text: "int32" } as const;
  const from = {
    from: source.from,
    fromType: { dtype: dtype[source.of], shape: [batch, source.length] },
    ignore: source.ignore,
  } as const;
  const integers = { dtype: "int32", shape: [room] } as const;
  const positions = { least: 0, most: batch * source.length - 1, what: "positions in the batch" };
  context.ranges.set(source.from, { ...source.range, none: source.ignore });
  context.ranges.set(`${head.name}.positions`, positions).set(`${head.name}.values`, source.range);
  return {
    positions: derived(context, `${head.name}.positions`, { kind: "positions", ...from, type: integers }),
    values: derived(context, `${head.name}.values`, { kind: "values", ...from, type: integers }),
    valid: derived(context, `${head.name}.valid`, {
      kind: "valid",
      ...from,
      type: { dtype: "float32", shape: [room] },
    }),
  };
}

/** Cross-entropy and the number of right answers for logits [N, C] and labels [N]; rows whose `valid` is 0 do not count. */
export function classified(logits: Value, labels: Value, valid: Value | null = null): { loss: Value; correct: Value } {
  const sumOf = (rows: Value): Value => total(valid === null ? rows : mul(rows, valid));
  return { loss: sumOf(crossEntropy(logits, labels)), correct: sumOf(equal(argmax(logits, 1), labels)) };
}

/** Σ over rows of the mean of -log softmax over all classes: cross-entropy with a target that is spread evenly. */
export function spreadCrossEntropy(logits: Value): Value {
  const shifted = sub(logits, stopGradient(max(logits, 1, true)));
  return total(sub(log(sum(exp(shifted), [1])), mean(shifted, [1])));
}

/** Σ of sigmoid cross-entropy over all entries: max(x,0) - x·y + log(1 + e^-|x|). */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
  return total(sigmoidCrossEntropy(logits, targets));
}

/** The same of each entry. */
export function sigmoidCrossEntropy(logits: Value, targets: Value): Value {
  return add(sub(relu(logits), mul(logits, targets)), log(add(fill(1), exp(neg(abs(logits))))));
}
