// What each of several processes keeps of the optimizer's state where they share it (ZeRO-1; Rajbhandari et al. 2020,
// arXiv:1910.02054): of each matrix an equal part. Vectors are a thousandth of a model, and stay whole with all.
import { sizeOf, type Shape } from "../ir/types.js";

/**
 * Elements of a process's part of a tensor: the tensor's own in row-major order, zeros after them, in as many rows as there
 * are processes. null: every process has all of it.
 */
export function shardOf(shape: Shape, ranks: number): number | null {
  return shape.length < 2 ? null : Math.ceil(sizeOf(shape) / ranks);
}
