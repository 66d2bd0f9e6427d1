// How much has to be computed one after the other before a node.
import type { Node } from "./graph.js";

/** The longest chain of nodes that ends with each, among nodes that come after those they read; `counts`: which are counted. */
export function depthsOf(nodes: readonly Node[], counts: (node: Node) => boolean = () => true): Map<Node, number> {
  const depths = new Map<Node, number>();
  for (const node of nodes) {
    const before = node.inputs.reduce((most, { node: from }) => Math.max(most, depths.get(from) ?? 0), 0);
    depths.set(node, before + Number(counts(node)));
  }
  return depths;
}
