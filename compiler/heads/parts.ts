// Pieces that several heads share: counts for means, masked positions, classifiers.
import type { Value } from "../ir/graph.js";
import { crossEntropy, gelu, layerNorm, linear } from "../ops/composite.js";
import { abs, add, div, equal, exp, log, maximum, mul, neg, relu, sub } from "../ops/elementwise.js";
import { argmax } from "../ops/reduction.js";
import { constant, fill, total } from "../ops/structure.js";
import { affine, derived, named, type BuildContext } from "../build/context.js";
import type { Count, Range } from "../build/program.js";
import type { FalseNegatives, FeatureSpec, HeadSpec } from "../spec/spec.js";

/** The one feature of a head that takes one. */
export function only(head: HeadSpec): FeatureSpec {
  const [feature] = head.features;
  if (feature === undefined) throw new Error(`internal: head ${head.name} reads no feature`);
  return feature;
}

/** Sum over `count.HEAD`: how many of `count` the whole optimizer batch holds. */

export function meanOf(context: BuildContext, head: HeadSpec, sum: Value, count: Count): Value {
  const name = `count.${head.name}`;
  context.counts.set(name, count);
  return div(sum, named(context, name, "scalar", { dtype: "float32", shape: [] }));
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

/** The tensor of a batch that says which texts are true of which images: 1 where the column's text is of the row's image. */
export const matchesInput = "matches";

/** [B, B], images by rows: 1 for what is no negative of a pair, which is itself and what is known to match. */
export function positives(context: BuildContext, head: HeadSpec & { falseNegatives: FalseNegatives }): Value {
  const { batch } = context.sizes;
  const own = diagonal(batch, 1);
  if (head.falseNegatives === "keep") return own;
  return maximum(own, named(context, matchesInput, "batch", { dtype: "float32", shape: [batch, batch] }, 0));
}

export interface Places {
  /** Flat positions in [B·length], int32 [C]. */
  readonly positions: Value;
  /** What stands there, int32 [C]. */
  readonly values: Value;
  /** 1 for a masked position, 0 for unused capacity: [C]. */
  readonly valid: Value;
}

/** Masked positions of a run as inputs of fixed capacity, worked out by the runtime from a tensor of the batch. */
export function masked(
  context: BuildContext,
  head: HeadSpec,
  source: { from: string; length: number; ignore: number; range: Range },
): Places {
  const { batch, capacity } = context.sizes;
  const room = capacity.get(head.name) ?? batch * source.length;
  const dtype = source.from === "patch_mask" ? "float32" : "int32";
  const from = {
    from: source.from,
    fromType: { dtype, shape: [batch, source.length] },
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

/** Linear → LayerNorm → GELU → Linear, or one Linear where `hidden` is null (facts.md §4, VQA and NLVR2). */
export function classifier(
  context: BuildContext,
  head: HeadSpec & { hidden: number | null; normEps: number },
  x: Value,
): Value {
  const prefix = `heads.${head.parametersOf}`;
  const out = affine(context, `${prefix}.fc2`);
  if (head.hidden === null) return linear(x, out.weight, out.bias);
  const { weight, bias } = affine(context, `${prefix}.fc1`);
  const hidden = gelu(layerNorm(linear(x, weight, bias), affine(context, `${prefix}.norm`), head.normEps));
  return linear(hidden, out.weight, out.bias);
}

/** Cross-entropy and the number of right answers for logits [N, C] and labels [N]; rows whose `valid` is 0 do not count. */
export function classified(logits: Value, labels: Value, valid: Value | null = null): { loss: Value; correct: Value } {
  const sumOf = (rows: Value): Value => total(valid === null ? rows : mul(rows, valid));
  return { loss: sumOf(crossEntropy(logits, labels)), correct: sumOf(equal(argmax(logits, 1), labels)) };
}

/** Σ of sigmoid cross-entropy over all entries: max(x,0) - x·y + log(1 + e^-|x|). */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
  return total(add(sub(relu(logits), mul(logits, targets)), log(add(fill(1), exp(neg(abs(logits)))))));
}
