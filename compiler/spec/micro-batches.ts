// How an optimizer batch is cut into micro-batches: all are of one size, but for a last one with what is left.
import type { StageSpec } from "./spec.js";

/** Samples of the smallest micro-batch, which is the last one. */
export function lastMicroBatch({ batch, micro }: Pick<StageSpec, "batch" | "micro">): number {
  return batch % micro || micro;
}
