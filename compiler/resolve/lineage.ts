// A declaration and those it extends, without what they say: for those who show or look up, and report nothing.
import { deepest } from "./chain.js";
import type { Declared } from "./module.js";
import { lookUp } from "./modules.js";

/** A declaration and those it extends, the nearest first: as many as a chain may have. */
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
