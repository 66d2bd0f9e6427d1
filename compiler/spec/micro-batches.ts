// How an optimizer batch is split into micro-batches: all of one size, except for a smaller last one.
import type { StageSpec } from "./spec.js";

/** Samples in the smallest micro-batch, which is the last one. */
export function lastMicroBatch({ batch, micro }: Pick<StageSpec, "batch" | "micro">): number {
  return batch % micro || micro;
}
