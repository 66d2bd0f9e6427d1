// Weights of loss terms, and of mixed data.
import { diagnose } from "../codes.js";
import type { ValueNode } from "../resolve/blocks.js";
import { most } from "./most.js";
import { measureWords, quantityOf, type Measure, type Quantity, type Reading } from "./quantity.js";

/** `0.25`, `25%` and `2x`. */
const weights: readonly Measure[] = ["none", "ratio", "factor"];

/** Whether a number can be a weight: one that a loss may be multiplied by in float32. */
export function isWeight(value: number): boolean {
  return value > 0 && value <= most.real;
}

/** Reads a weight. Null: it is not one, which was reported. */
export function readWeight(node: ValueNode, label: string, reading: Reading): Quantity | null {
  const wanted = "a plain number";
  const weight = quantityOf(node, reading, { label, wanted });
  if (weight === null || weights.includes(weight.measure)) return weight;
  reading.report(diagnose("V205", weight.span, { key: label, wanted, found: measureWords[weight.measure] }));
  return null;
}
