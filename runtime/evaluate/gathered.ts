// A head's outputs over a whole data set, as metrics and examples read them.
import { ignored, inputs, type MetricSpec } from "../../compiler/index.js";
import type { Batch, DataSet } from "../data/index.js";
import type { PixelCounts } from "./pixels.js";
import type { Tensor, Tensors } from "../tensor.js";
import type { Retrieval } from "./retrieve.js";

/** A batch without its large tensors, and its share in the denominator of the head's mean. */
export interface EvaluatedBatch {
  /** Its items' indices within the data set. */
  readonly indices: readonly number[];
  /** Ids, labels and targets; no images. */
  readonly tensors: Tensors;
  readonly count: number;
}

/** A text that a head generated for an image. */
export interface Caption {
  /** The first item with this image. */
  readonly item: number;
  readonly said: string;
  /** All texts of the image in the data set. */
  readonly references: readonly string[];
}

/** A head's outputs by batch, with the batches; and its generated texts, one per image. */
export interface Gathered {
  readonly dataSet: DataSet;
  readonly outputs: ReadonlyMap<string, readonly Tensor[]>;
  readonly batches: readonly EvaluatedBatch[];
  readonly captions: readonly Caption[];
  /** For a contrastive head. */
  readonly retrieval?: Retrieval;
  /** For a segmentation head, by metric. */
  readonly pixels?: ReadonlyMap<MetricSpec, PixelCounts>;
}

/** Tensors of a batch that metrics and examples read. */
const kept: ReadonlySet<string> = new Set([inputs.tokens, inputs.tokenLabels, inputs.label, inputs.answers]);

/** The part of a batch that is kept. */
export function evaluatedOf({ indices, tensors }: Batch, count: number): EvaluatedBatch {
  return { indices, tensors: new Map([...tensors].filter(([name]) => kept.has(name))), count };
}

/** An output of every batch. */
export function outputsOf({ outputs }: Gathered, name: string): readonly Tensor[] {
  const tensors = outputs.get(name);
  if (tensors === undefined) throw new Error(`internal: no output ${name} among ${[...outputs.keys()].join(", ")}`);
  return tensors;
}

/** Images and texts with their ranks, for a contrastive head. */
export function retrievalIn({ retrieval }: Gathered): Retrieval {
  if (retrieval === undefined) throw new Error("internal: nothing was ranked");
  return retrieval;
}

/** The pixel counts of a segmentation head; by default those of the first metric. */
export function pixelsOf({ pixels = new Map() }: Gathered, metric?: MetricSpec): PixelCounts {
  const counts = metric === undefined ? [...pixels.values()][0] : pixels.get(metric);
  if (counts === undefined) throw new Error("internal: no pixels were counted");
  return counts;
}

/** A tensor of every batch. */
export function tensorsOf({ batches }: Gathered, name: string): readonly Tensor[] {
  return batches.flatMap(({ tensors }) => tensors.get(name) ?? []);
}

/** The items in their order. */
export function indicesOf({ batches }: Gathered): readonly number[] {
  return batches.flatMap(({ indices }) => indices);
}

/** The denominator of the head's mean over all batches. */
export function countOf({ batches }: Gathered): number {
  return batches.reduce((sum, { count }) => sum + count, 0);
}

/** Rows of matrices, all batches in one list. */
export function rowsOf(tensors: readonly Tensor[]): Float32Array[] {
  return tensors.flatMap(({ shape, data }) => {
    const [rows = 0, width = 0] = shape;
    return Array.from({ length: rows }, (_, i) => Float32Array.from(data.subarray(i * width, (i + 1) * width)));
  });
}

/** How often each label occurs, without ignored ones. */
export function countsIn(labels: readonly Tensor["data"][]): Map<number, number> {
  const counts = new Map<number, number>();
  for (const each of labels)
    for (const label of each) if (label !== ignored) counts.set(label, (counts.get(label) ?? 0) + 1);
  return counts;
}

/** 0 for an empty list. */
export function sum(values: readonly number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** 0 for an empty list. */
export function mean(values: readonly number[]): number {
  return sum(values) / Math.max(1, values.length);
}
