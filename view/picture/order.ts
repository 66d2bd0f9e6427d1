// Stages as a tree: each after the one that it comes from. A chain goes straight down, branches are moved in.
import type { StageSpec } from "../../compiler/front-end.js";

/** A stage with its place in the tree. */
export interface Branch {
  readonly stage: StageSpec;
  /** How many times the way to it has branched. */
  readonly depth: number;
  /** Whether the stage above it is the one that it comes from. */
  readonly follows: boolean;
}

/** Where stages are moved in no further. */
export const deepest = 6;

/** All stages from the first to the last, branch after branch. */
export function treeOf(stages: ReadonlyMap<string, StageSpec>): Branch[] {
  const after = (name: string): StageSpec[] =>
    [...stages.values()].filter(({ from }) => from.kind === "stage" && from.name === name);
  const isRoot = ({ from }: StageSpec): boolean => from.kind !== "stage" || !stages.has(from.name);
  const branches: Branch[] = [];
  // A list of what is still to be shown, and no recursion: a chain of stages may be long.
  const open = [...stages.values()]
    .filter(isRoot)
    .map((stage) => ({ stage, depth: 0 }))
    .reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { stage, depth } = next;
    const above = branches.at(-1)?.stage.name;
    branches.push({ ...next, follows: stage.from.kind === "stage" && stage.from.name === above });
    const children = after(stage.name);
    const inner = children.length > 1 ? depth + 1 : depth;
    open.push(...children.map((child) => ({ stage: child, depth: inner })).reverse());
  }
  return branches;
}
