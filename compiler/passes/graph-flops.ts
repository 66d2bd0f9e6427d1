// Floating-point operations of a graph, counted as usual: 2·m·n·k for a matrix product, nothing for the rest.
import { nodesOf, type Graph, type Node, type Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { at } from "../ops/op.js";
import { match } from "./match.js";

/** FLOPs of every product that an output depends on; works before and after differentiation and expansion. */
export function graphFlops(graph: Graph): number {
  return nodesOf(graph).reduce((sum, node) => sum + nodeFlops(node), 0);
}

/** FLOPs of one node: 0 unless it multiplies matrices. */
export function nodeFlops(node: Node): number {
  const out = node.outputs[0] === undefined ? 0 : sizeOf(node.outputs[0].type.shape);
  const product = match(node, "matmul");
  if (product !== null) return 2 * out * fromEnd(at(product.inputs, 0), product.attributes.transA ? 2 : 1);
  if (node.op === "linear") return 2 * out * fromEnd(at(node.inputs, 0), 1);
  if (node.op === "conv2d") return 2 * out * sizeOf(at(node.inputs, 1).type.shape.slice(1));
  // q·kᵀ and weights·v: for each, 2 · the output's elements · the number of keys.
  if (node.op === "attention") return 4 * out * fromEnd(at(node.inputs, 1), 2);
  // The backward pass of both products, with respect to each factor.
  if (node.op === "attentionGradient") return 8 * out * fromEnd(at(node.inputs, 1), 2);
  return 0;
}

function fromEnd({ type: { shape } }: Value, i: number): number {
  return at(shape, shape.length - i);
}
