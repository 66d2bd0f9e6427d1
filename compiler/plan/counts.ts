// Numbers of scalars in parameters.
import { parameterList } from "../check/parameter-list.js";
import { sizeOf } from "../ir/types.js";
import type { ParameterSpec } from "../spec/parameters.js";
import type { StageSpec } from "../spec/spec.js";

/** Number of scalars in a list of parameters. */
export function countOf(parameters: readonly ParameterSpec[]): number {
  return parameters.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
}

/** All that a stage holds, what its losses reach, and what of that it trains. */
export function countsOf(stage: StageSpec): { all: number; reached: number; trained: number } {
  const all = parameterList(stage.model, stage.heads);
  return {
    all: countOf(all),
    reached: countOf(all.filter(({ name }) => !stage.unreached.has(name))),
    trained: countOf(all.filter(({ name }) => stage.trained.has(name))),
  };
}
