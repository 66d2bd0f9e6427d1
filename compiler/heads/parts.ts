// Building blocks of several heads: means with denominators, masked positions, classification losses.
import type { Value } from "../ir/graph.js";
import { sumOfRanks } from "../ops/collective.js";
import { crossEntropy } from "../ops/composite.js";
import { abs, add, div, equal, exp, log, maximum, mean, mul, neg, relu, sub } from "../ops/elementwise.js";
import { argmax, max } from "../ops/reduction.js";
import { fill, stopGradient, sum, total, transpose } from "../ops/structure.js";
import { derived, named, type BuildContext } from "../build/context.js";
import type { Count, Range } from "../build/program.js";
import { bothWays, ownColumns, ownRows, ranksOf, samplesOf, type PairRows } from "../build/ranks.js";
import { inputs, maskedBy, type BatchMask, type MaskRead, prefixes } from "../spec/inputs.js";
import type { HeadSpec } from "../spec/spec.js";
import type { FalseNegatives } from "./settings.js";

/**
 * Sum over the denominator `count.HEAD`: how many of `count` are in the whole optimizer batch, of which each rank knows
 * its share. With `mean: micro_batch` the denominator is that of a rank's micro-batch, as in each process of the
 * original.
 */
export function meanOf(context: BuildContext, head: HeadSpec, summed: Value, count: Count): Value {
  const name = `${prefixes.count}${head.name}`;
  context.counts.set(name, count);
  const given = named(context, name, "scalar", { dtype: "float32", shape: [] });
  const isShare = ranksOf(context) > 1 && context.stage.mean === "batch";
  return div(summed, isShare ? maximum(sumOfRanks(given), fill(1)) : given);
}

/** Every item of the batch counts once. */
export const perItem: Count = { kind: "items" };

/** 1 for pairs that are not negatives: the pair itself and others known to match. */
export function positives(context: BuildContext, head: HeadSpec & { falseNegatives: FalseNegatives }): PairRows {
  const own = ownColumns(context);
  if (head.falseNegatives === "keep") return bothWays(context, () => own);
  const all = samplesOf(context);
  const matches = named(context, inputs.matches, "batch", { dtype: "float32", shape: [all, all] }, 0);
  const ways = { i2t: () => matches, t2i: () => transpose(matches, [1, 0]) };
  return bothWays(context, (way) => maximum(own, ownRows(context, ways[way]())));
}

/** Masked positions of a run, padded to the program's capacity. */
export interface MaskedPositions {
  /** Flat positions in [B·length], int32 [C]. */
  readonly positions: Value;
  /** The values at these positions, int32 [C]. */
  readonly values: Value;
  /** 1 for a masked position, 0 for padding: [C]. */
  readonly valid: Value;
}

/** The mask of a batch that a head reads. */
export function maskRead(context: BuildContext, head: HeadSpec, of: MaskRead["of"]): MaskRead {
  return { of, suffix: context.suffixOf(head, maskedBy[of]) };
}

/** Masked positions of a run as inputs of fixed capacity, which the runtime derives from a tensor of the batch. */
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

/** Cross-entropy and number of right answers, from logits [N, C] and labels [N]; rows whose `valid` is 0 do not count. */
export function classified(logits: Value, labels: Value, valid: Value | null = null): { loss: Value; correct: Value } {
  const sumOf = (rows: Value): Value => total(valid === null ? rows : mul(rows, valid));
  return { loss: sumOf(crossEntropy(logits, labels)), correct: sumOf(equal(argmax(logits, 1), labels)) };
}

/** Σ over rows of the mean of -log softmax over all classes: cross-entropy with a uniform target. */
export function spreadCrossEntropy(logits: Value): Value {
  const shifted = sub(logits, stopGradient(max(logits, 1, true)));
  return total(sub(log(sum(exp(shifted), [1])), mean(shifted, [1])));
}

/** Σ of sigmoid cross-entropy over all entries: max(x,0) - x·y + log(1 + e^-|x|). */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
  return total(sigmoidCrossEntropy(logits, targets));
}

/** The same for each entry, without the sum. */
export function sigmoidCrossEntropy(logits: Value, targets: Value): Value {
  return add(sub(relu(logits), mul(logits, targets)), log(add(fill(1), exp(neg(abs(logits))))));
}
