// The optimizer's part of a program. A model has many short vectors (biases, norms, gains); one operation on all of
// them laid end to end costs what one on a single vector does, and gives the same numbers.
import type { Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { add, div, maximum, mul, sqrt } from "../ops/elementwise.js";
import { adamw, type AdamwAttributes } from "../ops/optimizer.js";
import { concat, fill, slice, total } from "../ops/structure.js";

/** A trained parameter and all that its update reads. */
export interface Updated {
  readonly name: string;
  readonly parameter: Value;
  readonly m: Value;
  readonly v: Value;
  readonly gradient: Value;
  readonly attributes: AdamwAttributes;
}

/** Scalars of a step: the learning rate, 1 - β₁ᵗ and 1 - β₂ᵗ. */
export interface StepScalars {
  readonly lr: Value;
  readonly correction1: Value;
  readonly correction2: Value;
}

export interface StepOptions {
  /** Largest norm of all gradients together; null leaves them as they are. */
  readonly clip: number | null;
  /** Whether vectors are updated together; then none can be had without the others. */
  readonly joinVectors: boolean;
}

/** One AdamW step: `next.NAME`, `next.adam.m.NAME`, `next.adam.v.NAME`, and `gradient_norm` where gradients are clipped. */
export function optimizerStep(
  parameters: readonly Updated[],
  scalars: StepScalars,
  { clip, joinVectors }: StepOptions,
): Map<string, Value> {
  const groups = grouped(parameters, joinVectors).map((members) => ({
    members,
    gradient: joined(members, "gradient"),
  }));
  const outputs = new Map<string, Value>();
  const factor = clipFactor(clip, groups.map(({ gradient }) => gradient)); // prettier-ignore
  if (factor !== null) outputs.set("gradient_norm", factor.norm);
  for (const { members, gradient } of groups) {
    const [first] = members;
    if (first === undefined) continue;
    const tensors = { parameter: joined(members, "parameter"), m: joined(members, "m"), v: joined(members, "v") };
    const clipped = factor === null ? gradient : mul(gradient, factor.scale);
    const next = adamw({ ...tensors, gradient: clipped, ...scalars }, first.attributes);
    let start = 0;
    for (const { name, parameter } of members) {
      const end = start + sizeOf(parameter.type.shape);
      const own = (whole: Value): Value => (members.length === 1 ? whole : slice(whole, 0, start, end));
      outputs.set(`next.${name}`, own(next.parameter));
      outputs.set(`next.adam.m.${name}`, own(next.m)).set(`next.adam.v.${name}`, own(next.v));
      start = end;
    }
  }
  return outputs;
}

/** Vectors with the same attributes are updated together, every other tensor by itself. */
function grouped(parameters: readonly Updated[], joinVectors: boolean): Updated[][] {
  const groups = new Map<string, Updated[]>();
  for (const entry of parameters) {
    const isJoined = joinVectors && entry.parameter.type.shape.length === 1;
    const key = isJoined ? JSON.stringify(entry.attributes) : `tensor ${entry.name}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

function joined(members: readonly Updated[], part: "parameter" | "m" | "v" | "gradient"): Value {
  const [first, ...more] = members.map((entry) => entry[part]);
  if (first === undefined) throw new Error("internal: a group of no parameters");
  return more.length === 0 ? first : concat([first, ...more], 0);
}

/** min(1, clip / norm) of the global gradient norm, as torch.nn.utils.clip_grad_norm_ (with its 1e-6). */
function clipFactor(clip: number | null, gradients: readonly Value[]): { norm: Value; scale: Value } | null {
  if (clip === null || gradients.length === 0) return null;
  const squares = gradients.map((g) => total(mul(g, g))).reduce((a, b) => add(a, b));
  const norm = sqrt(squares);
  return { norm, scale: div(fill(clip), maximum(add(norm, fill(1e-6)), fill(clip))) };
}
