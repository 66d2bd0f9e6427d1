// Replaces composites by their expansions, except those that a predicate keeps.
import { rewrite, type Graph, type Node, type Value } from "../ir/graph.js";
import { definitionOf } from "../ops/index.js";

/**
 * Expands every composite that `keeps` rejects, including those inside expansions; `keeps` is called again for each
 * intermediate graph.
 */
export function expand(graph: Graph, keeps: (graph: Graph) => (node: Node) => boolean): Graph {
  const step = (node: Node, inputs: readonly Value[], isKept: (node: Node) => boolean): readonly Value[] | null => {
    const definition = definitionOf(node.op);
    return definition.kind === "primitive" || isKept(node) ? null : definition.expand(inputs, node.attributes);
  };
  let before = graph;
  for (;;) {
    const isKept = keeps(before);
    const after = rewrite(before, (node, inputs) => step(node, inputs, isKept));
    if (after === before) return after;
    before = after;
  }
}
