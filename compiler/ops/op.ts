// The definition of an operation. A primitive has a shape rule and a gradient; a composite has an expansion into other
// operations, and its own gradient where differentiating the expansion would waste work.
import { createNode, type Attributes, type Value } from "../ir/graph.js";
import type { TensorType } from "../ir/types.js";

/**
 * Thrown by shape rules. The builder makes only legal graphs, so this is a bug of ours (or in a hand-written IR file).
 */
export class ShapeError extends Error {}

/** Cotangent of an input, or "none" where nothing flows back (indices, labels, constants). */
export type Cotangent = Value | "none";

/** What a gradient rule knows of the node that it differentiates. */
export interface GradientContext<A> {
  readonly inputs: readonly Value[];
  readonly outputs: readonly Value[];
  readonly attributes: A;
  /** Whether the cotangent of input `i` is needed: a rule skips the others. */
  readonly wants: (i: number) => boolean;
}

/** From the cotangents of the outputs (null where none flows) to those of the inputs, in order. */
export type GradientRule<A> = (
  cotangents: readonly (Value | null)[],
  context: GradientContext<A>,
) => readonly Cotangent[];

interface OpBase<A extends Attributes> {
  readonly name: string;
  readonly summary: string;
  /** Names of the inputs, for messages and the reference page; `...x` stands for any number of them. */
  readonly inputs: readonly string[];
  readonly infer: (types: readonly TensorType[], attributes: A) => readonly TensorType[];
}

/** An op that every target must lower. */
export interface Primitive<A extends Attributes = Attributes> extends OpBase<A> {
  readonly kind: "primitive";
  readonly gradient: GradientRule<A> | "none";
}

/** An op defined by an expansion into others; a target that has it natively keeps it. */
export interface Composite<A extends Attributes = Attributes> extends OpBase<A> {
  readonly kind: "composite";
  readonly expand: (inputs: readonly Value[], attributes: A) => readonly Value[];
  /** `expand`: differentiate the expansion. */
  readonly gradient: GradientRule<A> | "expand";
}

/** An op, callable on values: returns its outputs. */
export interface Op<A extends Attributes, D extends Primitive<A> | Composite<A>> {
  (inputs: readonly Value[], attributes: A): readonly Value[];
  readonly definition: D;
}

/** A primitive, callable on values. */
export type PrimitiveOp<A extends Attributes> = Op<A, Primitive<A>>;
/** A composite, callable on values. */
export type CompositeOp<A extends Attributes> = Op<A, Composite<A>>;
/** The attributes that an op is called with. */
export type AttributesOf<O> = O extends (inputs: readonly Value[], attributes: infer A) => readonly Value[] ? A : never;

/** Makes a definition callable. A call infers and checks types, and throws ShapeError. */
export function primitive<A extends Attributes>(definition: Omit<Primitive<A>, "kind">): PrimitiveOp<A> {
  return callable<A, Primitive<A>>({ kind: "primitive", ...definition });
}

/** Makes a definition callable. A call infers and checks types, and throws ShapeError. */
export function composite<A extends Attributes>(definition: Omit<Composite<A>, "kind">): CompositeOp<A> {
  return callable<A, Composite<A>>({ kind: "composite", ...definition });
}

function callable<A extends Attributes, D extends Primitive<A> | Composite<A>>(definition: D): Op<A, D> {
  const apply = (inputs: readonly Value[], attributes: A): readonly Value[] => {
    checkArity(definition, inputs.length);
    const types = definition.infer(
      inputs.map((value) => value.type),
      attributes,
    );
    return createNode(definition.name, inputs, attributes, types).outputs;
  };
  return Object.assign(apply, { definition });
}

/** Throws a ShapeError if the number of inputs is wrong. */
export function checkArity(definition: { name: string; inputs: readonly string[] }, given: number): void {
  const variadic = definition.inputs.some((name) => name.startsWith("..."));
  if (variadic || definition.inputs.length === given) return;
  throw new ShapeError(`${definition.name} takes (${definition.inputs.join(", ")}), got ${given} inputs`);
}

/** The only output of a node. */
export function one(values: readonly Value[]): Value {
  const [value] = values;
  if (value === undefined || values.length !== 1) throw new Error(`internal: one value expected, got ${values.length}`);
  return value;
}

/** The `i`-th of a list that is known to have it. */
export function at<T>(list: readonly T[], i: number): T {
  const item = list[i];
  if (item === undefined) throw new Error(`internal: no element ${i} of ${list.length}`);
  return item;
}
