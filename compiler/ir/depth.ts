// Depth of nodes: the longest chain of dependent computations.
import type { Node } from "./graph.js";

/**
 * For each node the length of the longest chain that ends with it; `nodes` in topological order, `counts`: which nodes
 * count.
 */
export function depthsOf(nodes: readonly Node[], counts: (node: Node) => boolean = () => true): Map<Node, number> {
  const depths = new Map<Node, number>();
  for (const node of nodes) {
    const before = node.inputs.reduce((most, { node: from }) => Math.max(most, depths.get(from) ?? 0), 0);
    depths.set(node, before + Number(counts(node)));
  }
  return depths;
}
