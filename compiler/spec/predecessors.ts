// The order of the stages of a specification.
import type { Spec, StageSpec } from "./spec.js";

type Stages = Pick<Spec, "stages">;

/** The stage that another one comes from; undefined if that is not in the specification. */
export function predecessorOf({ from }: StageSpec, { stages }: Stages): StageSpec | undefined {
  return from.kind === "stage" ? stages.get(from.name) : undefined;
}

/** Stages with all those that they come from, predecessors first. */
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
