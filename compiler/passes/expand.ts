// Replaces composites by their expansions, as far as a predicate asks.
import { rewrite, type Graph, type Node, type Value } from "../ir/graph.js";
import { definitionOf } from "../ops/index.js";

/** Expands every composite that `keeps` does not keep, and composites inside expansions likewise. */
export function expand(graph: Graph, keeps: (op: string) => boolean): Graph {
  const step = (node: Node, inputs: readonly Value[]): readonly Value[] | null => {
    const definition = definitionOf(node.op);
    return definition.kind === "primitive" || keeps(node.op) ? null : definition.expand(inputs, node.attributes);
  };
  let before = graph;
  for (;;) {
    let changed = false;
    const after = rewrite(before, (node, inputs) => {
      const outputs = step(node, inputs);
      changed ||= outputs !== null;
      return outputs;
    });
    if (!changed) return after;
    before = after;
  }
}
