// Numbers of scalars in parameters.
import { parameterGroups, parametersOf } from "../spec/parameter-list.js";
import { shardOf } from "../spec/shards.js";
import { memoized } from "../spec/memoize.js";
import { totalOf, type ParameterGroup } from "../spec/parameter.js";
import type { StageSpec } from "../spec/spec.js";

/** Number of scalars in those parameters of some groups that have certain names. */
export function countNamed(groups: readonly ParameterGroup[], names: ReadonlySet<string>): number {
  let count = 0;
  for (const { parameters } of groups) for (const { name, size } of parameters) if (names.has(name)) count += size;
  return count;
}

interface Counts {
  readonly all: number;
  readonly trained: number;
}

const known = new WeakMap<StageSpec, Counts>();

/** All that a stage holds, and what of that it trains. */
export function countsOf(stage: StageSpec): Counts {
  return memoized(known, stage, () => {
    const groups = parameterGroups(stage.model, stage.heads);
    return { all: totalOf(groups), trained: countNamed(groups, stage.trained) };
  });
}

/** What processes that share the optimizer's state have of every tensor of it, in scalars. */
export interface SharedCounts {
  /** Of each of them. */
  readonly kept: number;
  /** Of all matrices together, with the zeros where they do not divide, and of the vectors once. */
  readonly exchanged: number;
}

/** Of the trained parameters of a stage. */
export function sharedCountsOf(stage: StageSpec, processes: number): SharedCounts {
  const { model, heads, trained } = stage;
  const whole = countsOf(stage).trained;
  // One process keeps all: nothing has to be gone through for the plans of every check.
  if (processes === 1) return { kept: whole, exchanged: whole };
  const counts = { kept: 0, exchanged: 0 };
  for (const { name, shape, size } of parametersOf(model, heads)) {
    if (!trained.has(name)) continue;
    const part = shardOf(shape, processes);
    counts.kept += part ?? size;
    counts.exchanged += part === null ? size : processes * part;
  }
  return counts;
}

/** What the losses of a stage reach. */
export function countReached(stage: StageSpec): number {
  return countsOf(stage).all - countNamed(parameterGroups(stage.model, stage.heads), stage.unreached);
}
