// Matrix products on tfjs. Batch axes are merged or broadcast first, since the kernels broadcast wrongly where both operands
// have repeated axes.
import type { Tensor } from "@tensorflow/tfjs-core";
import { sizeOf, type OpAttributes, type Shape } from "../../../compiler/index.js";
import { stretched, type Tools } from "./tools.js";

/** alpha · op(a) · op(b) over the last two axes; `shape` is the result's. */
export function matmul(
  tools: Tools,
  [a, b]: readonly [Tensor, Tensor],
  { transA, transB, alpha }: OpAttributes<"matmul">,
  shape: Shape,
): Tensor {
  const folds = b.rank === 2 && a.rank > 2 && !transA;
  const [left, right] = folds ? [rows(tools, a), matrices(tools, b, [])] : broadcast(tools, a, b, shape.slice(0, -2));
  const [x, y] = [laidOut(tools, left, transA), laidOut(tools, right, transB)];
  const flags = { transposeA: x.transposed, transposeB: y.transposed };
  const product = tools.run("BatchMatMul", { a: x.matrices, b: y.matrices }, flags);
  const shaped = tools.reshape(product, shape);
  return alpha === 1 ? shaped : tools.run("Multiply", { a: shaped, b: tools.scalar(alpha) });
}

/** [.., D] as one matrix [1, N, D]. */
function rows({ reshape }: Tools, x: Tensor): Tensor {
  const width = x.shape[x.rank - 1] ?? 1;
  return reshape(x, [1, x.size / width, width]);
}

interface Operand {
  readonly matrices: Tensor;
  /** Whether the product has to transpose them. */
  readonly transposed: boolean;
}

/** A single matrix is transposed beforehand where transposing products are slow. */
function laidOut({ run, transposesFirst }: Tools, matrices: Tensor, transposed: boolean): Operand {
  if (!transposed || !transposesFirst || matrices.shape[0] !== 1) return { matrices, transposed };
  return { matrices: run("Transpose", { x: matrices }, { perm: [0, 2, 1] }), transposed: false };
}

/** Both operands as [batch, rows, columns] with one batch size; a single matrix stays single. */
function broadcast(tools: Tools, a: Tensor, b: Tensor, batch: Shape): [Tensor, Tensor] {
  return [matrices(tools, a, batch), matrices(tools, b, batch)];
}

function matrices(tools: Tools, x: Tensor, batch: Shape): Tensor {
  const [own, matrix] = [x.shape.slice(0, -2), x.shape.slice(-2)];
  const single = sizeOf(own) === 1;
  const full = single || sizeOf(own) === sizeOf(batch) ? x : stretched(tools, x, [...batch, ...matrix]);
  return tools.reshape(full, [single ? 1 : sizeOf(batch), ...matrix]);
}
