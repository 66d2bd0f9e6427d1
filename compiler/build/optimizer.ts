// The optimizer's part of a program. A model has many short vectors (biases, norms, layer scales); concatenated, they
// are updated by one operation, at the cost of updating a single vector and with the same results.
import type { Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { allReduceOp, sumOfRanks } from "../ops/collective.js";
import { add, div, maximum, mul, sqrt } from "../ops/elementwise.js";
import { at } from "../ops/op.js";
import { concat, fill, slice, total } from "../ops/structure.js";
import { optimizerRuleOf } from "../optimizers/index.js";
import type { Update, UpdateAttributes } from "../optimizers/optimizer.js";
import { prefixes } from "../spec/inputs.js";
import type { OptimizerSpec } from "../spec/spec.js";

/** A trained parameter and the tensors that its update reads. */
export interface Updated {
  readonly name: string;
  readonly parameter: Value;
  /** In the order of the optimizer's state. */
  readonly state: readonly Value[];
  readonly gradient: Value;
  readonly attributes: UpdateAttributes;
  /** Whether these tensors are one process's shard. */
  readonly sharded: boolean;
}

/** Inputs of a step's update besides parameters, gradients and state. */
export interface StepOptions {
  readonly optimizer: OptimizerSpec;
  /** Scalars of the step by name; `lr` is the learning rate. */
  readonly scalars: Readonly<Record<string, Value>>;
  /** Whether vectors are updated together; if so, none can be computed without the others. */
  readonly joinVectors: boolean;
}

/** Parameters that are concatenated and updated as one. */
interface Group {
  readonly members: readonly Updated[];
  readonly sharded: boolean;
  readonly gradient: Value;
}

/** One optimizer step: `next.NAME`, `next.STATE.NAME`, and `gradient_norm` where gradients are clipped. */
export function optimizerStep(
  parameters: readonly Updated[],
  { optimizer, scalars: { lr, ...scalars }, joinVectors }: StepOptions,
): Map<string, Value> {
  if (lr === undefined) throw new Error("internal: a step without a learning rate");
  const { state, elementwise, update } = optimizerRuleOf(optimizer);
  const groups = grouped(parameters, joinVectors && elementwise).map((members): Group => ({
    members,
    sharded: members.some((member) => member.sharded),
    gradient: joined(members.map(({ gradient }) => gradient)),
  }));
  const outputs = new Map<string, Value>();
  const factor = clipFactor(optimizer.clip, groups);
  if (factor !== null) outputs.set("gradient_norm", factor.norm);
  const updated = ({ members, gradient }: Group, sumOf: (x: Value) => Value): Update => {
    const parameter = joined(members.map((member) => member.parameter));
    const states = state.map((_, i) => joined(members.flatMap((member) => member.state[i] ?? [])));
    const clipped = factor === null ? gradient : mul(gradient, factor.scale);
    const given = { parameter, gradient: clipped, state: states, lr, scalars, sumOf };
    return update(optimizer, given, at(members, 0).attributes);
  };
  const sumOfParts = summedTogether((sumOf) => {
    if (!elementwise) for (const group of groups) if (group.sharded) updated(group, sumOf);
  });
  for (const group of groups) {
    const { members, sharded } = group;
    const next = updated(group, sharded ? sumOfParts : total);
    let start = 0;
    for (const member of members) {
      const end = start + sizeOf(member.parameter.type.shape);
      const own = (whole: Value): Value => (members.length === 1 ? whole : slice(whole, 0, start, end));
      outputs.set(`${prefixes.next}${member.name}`, own(next.parameter));
      state.forEach((part, i) => {
        const whole = next.state[i];
        if (whole !== undefined) outputs.set(`${prefixes.next}${part}.${member.name}`, own(whole));
      });
      start = end;
    }
  }
  return outputs;
}

/**
 * Joins scalar sums over all processes into one all-reduce: `ask` requests each sum through `sumOf`, and the returned
 * function is then called as often and in the same order. No sum may depend on another.
 */
function summedTogether(ask: (sumOf: (x: Value) => Value) => void): () => Value {
  const own: Value[] = [];
  ask((x) => {
    own.push(total(x));
    return fill(1);
  });
  const sums = own.length === 0 ? [] : allReduceOp(own, {});
  let next = 0;
  return () => at(sums, next++);
}

/** Vectors with the same attributes are grouped; every other tensor is its own group. */
function grouped(parameters: readonly Updated[], joinVectors: boolean): Updated[][] {
  const groups = new Map<string, Updated[]>();
  for (const entry of parameters) {
    const isJoined = joinVectors && entry.parameter.type.shape.length === 1;
    const key = isJoined ? JSON.stringify(entry.attributes) : `tensor ${entry.name}`;
    groups.set(key, [...(groups.get(key) ?? []), entry]);
  }
  return [...groups.values()];
}

function joined(values: readonly Value[]): Value {
  const [first, ...more] = values;
  if (first === undefined) throw new Error("internal: a group of no parameters");
  return more.length === 0 ? first : concat([first, ...more], 0);
}

/** min(1, clip / norm) of the global gradient norm, as torch.nn.utils.clip_grad_norm_ (with its 1e-6). */
function clipFactor(
  clip: number | null,
  groups: readonly Pick<Group, "gradient" | "sharded">[],
): { norm: Value; scale: Value } | null {
  if (clip === null || groups.length === 0) return null;
  const squares = (sharded: boolean): Value | undefined =>
    groups
      .filter((group) => group.sharded === sharded)
      .map(({ gradient: g }) => total(mul(g, g)))
      .reduce<Value | undefined>((a, b) => (a === undefined ? b : add(a, b)), undefined);
  const [own, all] = [squares(true), squares(false)];
  const norm = sqrt(
    [...(own === undefined ? [] : [sumOfRanks(own)]), ...(all === undefined ? [] : [all])].reduce((a, b) => add(a, b)),
  );
  return { norm, scale: div(fill(clip), maximum(add(norm, fill(1e-6)), fill(clip))) };
}
