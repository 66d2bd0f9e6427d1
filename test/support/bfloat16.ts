// How far results in bfloat16 may be off, in one place.
import { expect } from "vitest";
import { lower, targets, type Graph } from "../../compiler/index.js";
import type { Tensors } from "../../runtime/tensor.js";
import type { Tolerance } from "./evaluate.js";

/** The graph with its casts, as the torch engine gets it. */
export const inBfloat16 = (graph: Graph): Graph => lower(graph, targets.torch, "bfloat16");

/**
 * Against the reference, which rounds where the program says: the two add up in another order, so that a sum between two
 * bfloat16 numbers is now and then rounded to the other one, 2⁻⁷ of it away at most. Sums of terms around 1 may cancel.
 */
export const rounding: Tolerance = { absolute: 2 ** -9, relative: 2 ** -7 };

/**
 * Of a whole program, relative to all of its results: about thirty rounded products follow each other through two layers
 * and back, each off by 2⁻⁹ and none like the others: 2⁻⁹ · √30 is 1.1%. By tensor nothing can be said: gradients of biases are
 * sums that cancel, down to nothing.
 */
export const throughLayers = 2 ** -6;

/** Relative to the norm of all tensors expected. */
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
 * From the original's float32, relative to all results. Its fixtures have weights that react strongly: rounding nothing but
 * the parameters to bfloat16, and computing in float32, moves forward results by up to 1.9%, gradients by up to 14% and a step
 * by up to 0.2%. Rounding what layers give each other too moves them up to three times as far (2.8%, 36%, 0.2%).
 */
export const fromFloat32 = { forward: 2 ** -5, gradient: 0.4, step: 2 ** -8 };
