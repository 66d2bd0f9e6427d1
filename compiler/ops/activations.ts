// The activations of a feed-forward network, one row each; read by the language, the builder and the plan.
import type { Value } from "../ir/graph.js";
import { gelu } from "./composite.js";
import { relu } from "./elementwise.js";

interface ActivationRule {
  readonly apply: (x: Value) => Value;
  /** Tensors of the hidden width that the forward pass saves for the backward pass. */
  readonly kept: number;
}

/** By name in the language. */
export const activations = {
  gelu: { apply: gelu, kept: 2 },
  relu: { apply: relu, kept: 1 },
} as const satisfies Readonly<Record<string, ActivationRule>>;

/** An activation that an expert may name. */
export type Activation = keyof typeof activations;

/** In the order of the language's reference. */
export const activationNames = Object.keys(activations) as [Activation, ...Activation[]]; // the keys of the table
