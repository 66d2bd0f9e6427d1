// The table of optimizers. A new one is a file and a line here: types, keys, state and scalars come from its record.
import { adamw } from "./adamw.js";
import { lamb } from "./lamb.js";
import { lion } from "./lion.js";
import type { OptimizerBase, OptimizerRule } from "./optimizer.js";
import { sgd } from "./sgd.js";

/** By name in the language. */
export const optimizers = { adamw, sgd, lion, lamb } as const;

type Table = typeof optimizers;

/** A kind of optimizer. */
export type OptimizerKind = keyof Table;

/** An optimizer of any kind, discriminated by `kind`, with the settings of its record. */
export type OptimizerSpec = {
  readonly [Kind in OptimizerKind]: OptimizerBase & { readonly kind: Kind } & Readonly<
      ReturnType<Table[Kind]["settings"]>
    >;
}[OptimizerKind];

/** The record of an optimizer's kind. */
export function optimizerRuleOf({ kind }: Pick<OptimizerSpec, "kind">): OptimizerRule {
  return optimizers[kind] as unknown as OptimizerRule; // each record accepts the settings of its own kind
}

/** Names of a parameter's state tensors: `adam.m.NAME`, … */
export function stateNames(optimizer: OptimizerSpec, parameter: string): string[] {
  return optimizerRuleOf(optimizer).state.map((part) => `${part}.${parameter}`);
}

/** The parameter that a state tensor belongs to; null for a tensor that is not optimizer state. */
export function parameterOfState(optimizer: OptimizerSpec, name: string): string | null {
  const part = optimizerRuleOf(optimizer).state.find((each) => name.startsWith(`${each}.`));
  return part === undefined ? null : name.slice(part.length + 1);
}

/** Whether a tensor is optimizer state. */
export function isState(optimizer: OptimizerSpec, name: string): boolean {
  return parameterOfState(optimizer, name) !== null;
}

/** Scalar inputs of a step (the first is 1), the learning rate included. */
export function stepScalars(optimizer: OptimizerSpec, step: number, lr = optimizer.lr): Map<string, number> {
  return new Map([["lr", lr], ...Object.entries(optimizerRuleOf(optimizer).scalars(optimizer, step))]);
}
