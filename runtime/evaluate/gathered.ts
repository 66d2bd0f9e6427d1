// What a head gave over a whole data set, as metrics and examples read it.
import type { Batch } from "../data/index.js";
import type { Tensor } from "../tensor.js";

/** A head's outputs by batch, with the batches. */
export interface Gathered {
  items: number;
  readonly outputs: Map<string, Tensor[]>;
  readonly labels: Batch[];
}

/** An output of every batch. */
export function outputsOf(gathered: Gathered, name: string): Tensor[] {
  const tensors = gathered.outputs.get(name);
  if (tensors === undefined)
    throw new Error(`internal: no output ${name} among ${[...gathered.outputs.keys()].join(", ")}`);
  return tensors;
}

/** Rows of matrices, all batches in one list. */
export function rowsOf(tensors: readonly Tensor[]): Float32Array[] {
  return tensors.flatMap(({ shape, data }) => {
    const [rows = 0, width = 0] = shape;
    return Array.from({ length: rows }, (_, i) => Float32Array.from(data.subarray(i * width, (i + 1) * width)));
  });
}

export function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i] ?? 0) * (b[i] ?? 0);
  return sum;
}
