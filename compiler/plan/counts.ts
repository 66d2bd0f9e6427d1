// Numbers of scalars in parameters.
import { parameterList } from "../check/parameter-list.js";
import { remembered } from "../check/remembered.js";
import type { ParameterSpec } from "../spec/parameter.js";
import type { StageSpec } from "../spec/spec.js";

/** Number of scalars in a list of parameters, or in those of certain names. */
export function countOf(parameters: readonly ParameterSpec[], named?: Pick<ReadonlySet<string>, "has">): number {
  if (named === undefined) return parameters.reduce((sum, { size }) => sum + size, 0);
  return parameters.reduce((sum, { name, size }) => (named.has(name) ? sum + size : sum), 0);
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
    const list = parameterList(stage.model, stage.heads);
    const all = countOf(list);
    return { all, reached: all - countOf(list, stage.unreached), trained: countOf(list, stage.trained) };
  });
}
