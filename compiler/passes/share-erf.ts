// Expands a GELU whose gradient is in the graph too: the gradient needs erf, which a fused GELU kernel would compute a
// second time. Without a gradient a target's own GELU is kept.
import { rewrite, nodesOf, type Graph, type Value } from "../ir/graph.js";
import { geluOp } from "../ops/composite.js";
import { at } from "../ops/op.js";
import { uniform } from "../ops/structure.js";

/** Expands those GELUs whose erf is already in the graph for their gradients. */
export function shareErf(graph: Graph): Graph {
  const known = new Set<Value>();
  for (const { op, inputs } of nodesOf(graph)) {
    const scaled = op === "erf" ? at(inputs, 0).node : null;
    if (scaled?.op === "mul" && uniform(at(scaled.inputs, 1)) !== null) known.add(at(scaled.inputs, 0));
  }
  return rewrite(graph, (node, inputs) =>
    node.op === "gelu" && known.has(at(node.inputs, 0)) ? geluOp.definition.expand(inputs, {}) : null,
  );
}
