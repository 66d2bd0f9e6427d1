// Turns scatter-adds into few rows into a product with a one-hot matrix: they are the gradients of selecting items of a
// batch. A scatter processes its updates element by element; a product this thin costs no more than reading them.
import { rewrite, type Graph, type Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { oneHot } from "../ops/composite.js";
import { matmul } from "../ops/linear.js";
import { at } from "../ops/op.js";
import { reshape } from "../ops/structure.js";
import { match } from "./match.js";

/** Largest size of the one-hot matrix, in elements. */
const small = 4096;

/** Only where rows and updates are few: the one-hot matrix has rows × updates elements. */
export function scatterToMatmul(graph: Graph): Graph {
  return rewrite(graph, (node, inputs) => {
    const scatter = match(node, "scatterAdd");
    const [ids, updates] = inputs;
    if (scatter === null || ids === undefined || updates === undefined) return null;
    const { rows } = scatter.attributes;
    const count = at(ids.type.shape, 0);
    const width = sizeOf(updates.type.shape) / count;
    return rows * count > small || width < 2
      ? null
      : [product(ids, reshape(updates, [count, width]), rows, node.outputs)];
  });
}

function product(ids: Value, updates: Value, rows: number, outputs: readonly Value[]): Value {
  return reshape(matmul(oneHot(ids, rows), updates, { transA: true }), at(outputs, 0).type.shape);
}
