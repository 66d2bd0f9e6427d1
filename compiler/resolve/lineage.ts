// A declaration and those it extends, without their entries: for code that shows or looks up, and reports nothing.
import { deepest } from "./chain.js";
import type { Declared } from "./module.js";
import { lookUp } from "./modules.js";

/** A declaration and those it extends, the nearest first, up to the longest allowed chain. */
export function lineage(declared: Declared): Declared[] {
  const line = new Set<Declared>();
  for (let next: Declared | undefined = declared; next !== undefined && line.size <= deepest; next = parentOf(next)) {
    if (line.has(next)) break;
    line.add(next);
  }
  return [...line];
}

function parentOf({ node, kind, module }: Declared): Declared | undefined {
  const parent = "parent" in node && node.parent !== undefined ? lookUp(module, node.parent.text) : undefined;
  return parent?.kind === kind ? parent : undefined;
}
