// Sharding of the optimizer's state over processes (ZeRO-1; Rajbhandari et al. 2020, arXiv:1910.02054): each holds an
// equal part of each matrix. Vectors are a thousandth of a model, and every process holds them whole.
import { sizeOf, type Shape } from "../ir/types.js";

/**
 * Elements in a process's shard of a tensor: the tensor flattened row-major, padded with zeros, and split into as many
 * rows as there are processes. null: not sharded, every process has all of it.
 */
export function shardOf(shape: Shape, ranks: number): number | null {
  return shape.length < 2 ? null : Math.ceil(sizeOf(shape) / ranks);
}
