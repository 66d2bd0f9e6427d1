// Numbers of scalars in parameters.
import { parameterGroups } from "../spec/parameter-list.js";
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

/** What the losses of a stage reach. */
export function countReached(stage: StageSpec): number {
  return countsOf(stage).all - countNamed(parameterGroups(stage.model, stage.heads), stage.unreached);
}
