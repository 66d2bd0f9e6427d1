// The table of optimizers. A new one is a file and a line here; `tsc` says when the language knows one that has none.
import type { OptimizerKind, OptimizerSpec } from "../spec/spec.js";
import { adamw } from "./adamw.js";
import type { OptimizerRule } from "./optimizer.js";

/** By the language's name. */
export const optimizers = { adamw } as const satisfies { readonly [Kind in OptimizerKind]: { readonly kind: Kind } };

/** What the language knows of an optimizer. */
export function optimizerRuleOf({ kind }: Pick<OptimizerSpec, "kind">): OptimizerRule {
  return optimizers[kind] as unknown as OptimizerRule; // each rule takes optimizers of its own kind
}

/** Names of the state tensors of a parameter: `adam.m.NAME`, … */
export function stateNames(optimizer: OptimizerSpec, parameter: string): string[] {
  return optimizerRuleOf(optimizer).state.map((part) => `${part}.${parameter}`);
}

/** Whether a tensor is state of the optimizer. */
export function isState(optimizer: OptimizerSpec, name: string): boolean {
  return optimizerRuleOf(optimizer).state.some((part) => name.startsWith(`${part}.`));
}

/** Scalar inputs of a step, counted from 1, with the learning rate. */
export function stepScalars(optimizer: OptimizerSpec, step: number, lr = optimizer.lr): Map<string, number> {
  return new Map([["lr", lr], ...Object.entries(optimizerRuleOf(optimizer).scalars(optimizer, step))]);
}
