// GELU where its gradient is computed too: the gradient needs erf, so that a kernel for the whole would compute it
// again. A target's own GELU is left where there is no gradient.
import { rewrite, nodesOf, type Graph, type Value } from "../ir/graph.js";
import { geluOp } from "../ops/composite.js";
import { at } from "../ops/op.js";
import { uniform } from "../ops/structure.js";

/** Expands those GELUs whose erf is in the graph already, for their gradients. */
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
