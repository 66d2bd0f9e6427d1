// Which stages of a specification come before which.
import type { Spec, StageSpec } from "./spec.js";

type Stages = Pick<Spec, "stages">;

/** The stage that another one comes from; undefined where that is none of the specification. */
export function predecessorOf({ from }: StageSpec, { stages }: Stages): StageSpec | undefined {
  return from.kind === "stage" ? stages.get(from.name) : undefined;
}

/** Stages with those that they come from, predecessors first. */
export function withPredecessors(spec: Stages, stages: readonly StageSpec[]): StageSpec[] {
  const ordered = new Set<StageSpec>();
  const add = (stage: StageSpec): void => {
    const before = predecessorOf(stage, spec);
    if (before !== undefined && !ordered.has(before)) add(before);
    ordered.add(stage);
  };
  stages.forEach(add);
  return [...ordered];
}
