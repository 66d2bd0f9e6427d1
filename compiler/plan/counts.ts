// Counts of parameters, in scalars.
import { parameterGroups, parametersOf } from "../spec/parameter-list.js";
import { shardOf } from "../spec/shards.js";
import { memoized } from "../spec/memoize.js";
import { totalOf, type ParameterGroup } from "../spec/parameter.js";
import type { StageSpec } from "../spec/spec.js";

/** Scalars of those parameters of some groups whose names are in `names`. */
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

/** All parameters of a stage, and those that it trains. */
export function countsOf(stage: StageSpec): Counts {
  return memoized(known, stage, () => {
    const groups = parameterGroups(stage.model, stage.heads);
    return { all: totalOf(groups), trained: countNamed(groups, stage.trained) };
  });
}

/** Scalars per state tensor where processes shard the optimizer's state. */
export interface SharedCounts {
  /** Held by each of them. */
  readonly kept: number;
  /** Exchanged in total: all matrices, padded to a multiple of the number of processes, and the vectors once. */
  readonly exchanged: number;
}

/** For the trained parameters of a stage. */
export function sharedCountsOf(stage: StageSpec, processes: number): SharedCounts {
  const { model, heads, trained } = stage;
  const whole = countsOf(stage).trained;
  // A single process keeps all: a shortcut, since every check plans this case.
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

/** Parameters that the losses of a stage reach. */
export function countReached(stage: StageSpec): number {
  return countsOf(stage).all - countNamed(parameterGroups(stage.model, stage.heads), stage.unreached);
}
