// Collects the named inputs of a program while it is built, and memoizes values by key, so that two readers of the same
// view share one computation.
import { input, type Input, type InputRole, type Value } from "../ir/graph.js";
import type { Shape, TensorType } from "../ir/types.js";
import type { OwnWant, PixelType } from "../spec/inputs.js";
import type { ParameterSpec } from "../spec/parameter.js";
import type { HeadSpec, ModelSpec, StageSpec } from "../spec/spec.js";
import type { Count, Derivation, Distribution, Gathering, Range } from "./program.js";

/** Sizes that are fixed for a program but not for its stage. */
export interface Sizes {
  /** Samples per run. */
  readonly batch: number;
  /** Masked positions that a run can hold, by head; the smallest capacity that fits the data. */
  readonly capacity: ReadonlyMap<string, number>;
  /** Tokens kept of every text: beyond them there is only padding. The model's text length by default. */
  readonly words?: number;
  /** Processes that run the program together, each on `batch` samples of its own; 1 by default. */
  readonly ranks?: number;
  /** Element type of the batch's pixels; float32 by default. */
  readonly pixels?: PixelType;
  /** Whether each process holds only a part of the optimizer's state (ZeRO-1); no by default. */
  readonly shards?: boolean;
}

/**
 * How much of the stage a program holds. Where a contrast spans micro-batches (`cached: true`), one program computes
 * the vectors (`vectors`), another compares them (`pool`), and a third differentiates a micro-batch (`shares`);
 * otherwise one does all (`whole`).
 */
export type Extent = "whole" | "vectors" | "pool" | "shares";

/** Everything that one program is built from, and the inputs that it needs so far. */
export interface BuildContext {
  readonly stage: StageSpec;
  readonly model: ModelSpec;
  readonly sizes: Sizes;
  /** Whether drop-path and dropout are in the graph (they are inputs that default to "keep everything"). */
  readonly training: boolean;
  readonly extent: Extent;
  /** Suffix of the names of a head's inputs, where heads of a stage want different masks or codes (heads/masks.ts). */
  readonly suffixOf: (head: HeadSpec, want: OwnWant) => string;
  readonly parameters: ReadonlyMap<string, ParameterSpec>;
  readonly inputs: Map<string, Input>;
  readonly noise: Map<string, Distribution>;
  readonly derivations: Map<string, Derivation>;
  readonly gatherings: Map<string, Gathering>;
  readonly counts: Map<string, Count>;
  readonly ranges: Map<string, Range>;
  readonly built: Map<string, unknown>;
}

/** The parameter of that name, as a program input. */
export function parameter(context: BuildContext, name: string): Value {
  const spec = context.parameters.get(name);
  if (spec === undefined) throw new Error(`internal: stage ${context.stage.name} has no parameter ${name}`);
  return named(context, name, "parameter", { dtype: "float32", shape: spec.shape });
}

/** Whether the stage holds a parameter. */
export function holds(context: BuildContext, name: string): boolean {
  return context.parameters.has(name);
}

/** Scale and shift [D] of a layer norm: the parameters `PREFIX.weight` and `PREFIX.bias`. */
export function affine(context: BuildContext, prefix: string): { weight: Value; bias: Value } {
  return { weight: parameter(context, `${prefix}.weight`), bias: parameter(context, `${prefix}.bias`) };
}

/** A float32 input; for int32 ones see `indices`. */
// eslint-disable-next-line max-params -- name, role and type are one declaration
export function named(
  context: BuildContext,
  name: string,
  role: InputRole,
  type: TensorType & { readonly dtype: "float32" },
  fallback: number | null = null,
): Value {
  return declared(context, input(name, role, type, fallback));
}

/** Pixel levels, 0 … 255, uint8. */
export function levels(context: BuildContext, name: string, shape: Shape): Value {
  return declared(context, input(name, "batch", { dtype: "uint8", shape }));
}

/** An int32 input of the batch whose values are indices within a known range. */
export function indices(context: BuildContext, name: string, shape: Shape, range: Range): Value {
  context.ranges.set(name, range);
  return declared(context, input(name, "batch", { dtype: "int32", shape }, null));
}

/** As `indices`, for indices that the program draws itself unless the caller forces them. */
export function forcedIndices(
  context: BuildContext,
  name: string,
  shape: Shape,
  range: Range & { readonly none: number },
): Value {
  context.ranges.set(name, range);
  return declared(context, input(name, "noise", { dtype: "int32", shape }, range.none));
}

/** A batch input that holds rows of the whole optimizer batch. */
export function gathered<T extends string>(context: BuildContext, name: T, gathering: Gathering): T {
  context.gatherings.set(name, gathering);
  return name;
}

function declared(context: BuildContext, entry: Input): Value {
  const known = context.inputs.get(entry.name) ?? entry;
  context.inputs.set(entry.name, known);
  return known.value;
}

/** A noise input, drawn from `distribution` in training; `fallback` where the caller supplies none. */
export function noise(context: BuildContext, name: string, distribution: Distribution, fallback: number): Value {
  context.noise.set(name, distribution);
  return named(context, name, "noise", { dtype: "float32", shape: distribution.shape }, fallback);
}

/** An input that the runtime derives from a tensor of the batch. */
export function derived(context: BuildContext, name: string, derivation: Derivation): Value {
  context.derivations.set(name, derivation);
  return declared(context, input(name, "batch", derivation.type, null));
}

/** Memoizes: calls `make` the first time, returns the same result afterwards. */
export function once<T>(context: BuildContext, key: string, make: () => T): T {
  if (!context.built.has(key)) context.built.set(key, make());
  return context.built.get(key) as T; // each key is used for values of one type only: see the callers
}

/** The stage's head of that name. Throws an internal error if it is missing, which the checker should have reported. */
export function headOf(context: BuildContext, name: string): HeadSpec {
  const head = context.stage.heads.find((entry) => entry.name === name);
  if (head === undefined) throw new Error(`internal: stage ${context.stage.name} has no head ${name}`);
  return head;
}
