// Numbers of scalars in parameters.
import { parameterGroups } from "../check/parameter-list.js";
import { remembered } from "../check/remembered.js";
import { totalOf, type ParameterGroup } from "../spec/parameter.js";
import type { StageSpec } from "../spec/spec.js";

/** Number of scalars in those parameters of some groups that have certain names. */
export function countNamed(groups: Iterable<ParameterGroup>, names: ReadonlySet<string>): number {
  let count = 0;
  for (const { parameters } of groups) for (const { name, size } of parameters) if (names.has(name)) count += size;
  return count;
}

interface Counts {
  readonly all: number;
  readonly reached: number;
  readonly trained: number;
}

const known = new WeakMap<StageSpec, Counts>();

/** All that a stage holds, what its losses reach, and what of that it trains. */
export function countsOf(stage: StageSpec): Counts {
  return remembered(known, stage, () => {
    const groups = parameterGroups(stage.model, stage.heads);
    const all = totalOf(groups);
    return { all, reached: all - countNamed(groups, stage.unreached), trained: countNamed(groups, stage.trained) };
  });
}
