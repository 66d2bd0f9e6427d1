// Tolerances of results in bfloat16.
import { expect } from "vitest";
import { lower, targets, type Graph } from "../../compiler/index.js";
import type { Tensors } from "../../runtime/tensor.js";
import type { Tolerance } from "./evaluate.js";

/** The graph with casts, as lowered for the torch engine. */
export const inBfloat16 = (graph: Graph): Graph => lower(graph, targets.torch, "bfloat16");

/**
 * Against the reference, which rounds at the program's casts: the summation orders differ, so that a sum between two bfloat16
 * numbers may be rounded to either, at most 2⁻⁷ of it apart. Sums of terms around 1 may cancel.
 */
export const rounding: Tolerance = { absolute: 2 ** -9, relative: 2 ** -7 };

/**
 * For a whole program, relative to all of its results: about thirty rounded matmuls in sequence through two layers and back,
 * with independent errors of 2⁻⁹ each: 2⁻⁹ · √30 is 1.1%. There is no bound by tensor: gradients of biases are sums that may
 * cancel to zero.
 */
export const throughLayers = 2 ** -6;

/** Relative to the norm of all expected tensors. */
export function expectCloseTogether(actual: Tensors, wanted: Tensors, tolerance: number): void {
  let [off, whole] = [0, 0];
  for (const [name, { data }] of wanted) {
    data.forEach((value, i) => {
      off += ((actual.get(name)?.data[i] ?? NaN) - value) ** 2;
      whole += value ** 2;
    });
  }
  if (wanted.size > 0) expect(Math.sqrt(off / whole)).toBeLessThan(tolerance);
}

/**
 * From the original's float32, relative to all results. The weights of its fixtures are sensitive: rounding only the parameters
 * to bfloat16, and computing in float32, changes forward results by up to 1.9%, gradients by up to 14%, a step by up to 0.2%.
 * Rounding activations too changes them up to three times as much (2.8%, 36%, 0.2%).
 */
export const fromFloat32 = { forward: 2 ** -5, gradient: 0.4, step: 2 ** -8 };
