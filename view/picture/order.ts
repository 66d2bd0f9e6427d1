// Stages as a tree: each after the one it starts from. A chain is not indented, branches are.
import type { StageSpec } from "../../compiler/front-end.js";

/** A stage with its position in the tree. */
export interface Branch {
  readonly stage: StageSpec;
  /** The number of branchings above it. */
  readonly depth: number;
  /** Whether it starts from the stage above it. */
  readonly follows: boolean;
}

/** The largest indentation. */
export const deepest = 6;

/** All stages in order, branch by branch. */
export function treeOf(stages: ReadonlyMap<string, StageSpec>): Branch[] {
  const after = (name: string): StageSpec[] =>
    [...stages.values()].filter(({ from }) => from.kind === "stage" && from.name === name);
  const isRoot = ({ from }: StageSpec): boolean => from.kind !== "stage" || !stages.has(from.name);
  const branches: Branch[] = [];
  // An explicit stack instead of recursion: a chain of stages may be long.
  const open = [...stages.values()]
    .filter(isRoot)
    .map((stage) => ({ stage, depth: 0 }))
    .reverse();
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { stage, depth } = next;
    const above = branches.at(-1)?.stage.name;
    branches.push({ ...next, follows: stage.from.kind === "stage" && stage.from.name === above });
    const children = after(stage.name);
    const inner = Math.min(deepest, children.length > 1 ? depth + 1 : depth);
    open.push(...children.map((child) => ({ stage: child, depth: inner })).reverse());
  }
  return branches;
}
