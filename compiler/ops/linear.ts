// Matrix products.
import type { Value } from "../ir/graph.js";
import { sizeOf, type Shape } from "../ir/types.js";
import { at, one, primitive, type Cotangent } from "./op.js";
import { broadcastShapes, expectFactors, fail } from "./shapes.js";
import { first, reshape, unbroadcast } from "./structure.js";

/** Transposition is an attribute, so that the graph holds no transposed copies. */
export type MatmulAttributes = { transA: boolean; transB: boolean; alpha: number };

/** Rows and columns of a matrix operand after transposition. */
function matrix(shape: Shape, transposed: boolean): [number, number] {
  const [rows, columns] = [at(shape, shape.length - 2), at(shape, shape.length - 1)];
  return transposed ? [columns, rows] : [rows, columns];
}

/** The op of `matmul`. */
export const matmulOp = primitive<MatmulAttributes>({
  name: "matmul",
  summary: "alpha · op(a) · op(b) over the last two axes, op transposing where asked; leading axes broadcast.",
  inputs: ["a", "b"],
  infer: ([a, b], { transA, transB }) => {
    if (a === undefined || b === undefined) fail("matmul", "wants two inputs");
    expectFactors("matmul", a, b);
    if (a.shape.length < 2 || b.shape.length < 2)
      fail("matmul", `operands need two axes: [${a.shape.join(",")}] and [${b.shape.join(",")}]`);
    const [rows, inner] = matrix(a.shape, transA);
    const [inner2, columns] = matrix(b.shape, transB);
    if (inner !== inner2)
      fail(
        "matmul",
        `[${a.shape.join(",")}]${transA ? "ᵀ" : ""} and [${b.shape.join(",")}]${transB ? "ᵀ" : ""} differ in the inner axis`,
      );
    return [
      {
        dtype: a.dtype,
        shape: [...broadcastShapes("matmul", a.shape.slice(0, -2), b.shape.slice(0, -2)), rows, columns],
      },
    ];
  },
  // C = α·A·B: dA = α·g·Bᵀ, dB = α·Aᵀ·g; with a transposed operand the product is transposed instead.
  gradient: (g, { inputs, attributes: { transA, transB, alpha }, wants }) => {
    const [a, b] = [at(inputs, 0), at(inputs, 1)];
    const c = first(g);
    const left = (): Value =>
      transA
        ? product(b, c, { transA: transB, transB: true, alpha })
        : product(c, b, { transA: false, transB: !transB, alpha });
    const dA: Cotangent = wants(0) ? unbroadcast(left(), a.type.shape) : "none";
    const dB: Cotangent = wants(1) ? rightGradient(a, b, c, { transA, transB, alpha }) : "none";
    return [dA, dB];
  },
});

// For a weight (two axes) the gradient sums over the batch; folding the batch into the rows makes that one product.
function rightGradient(a: Value, b: Value, g: Value, { transA, transB, alpha }: MatmulAttributes): Value {
  const folds = b.type.shape.length === 2 && a.type.shape.length > 2 && !transA;
  const [x, c] = folds ? [rows(a), rows(g)] : [a, g];
  const right = transB
    ? product(c, x, { transA: true, transB: transA, alpha })
    : product(x, c, { transA: !transA, transB: false, alpha });
  return unbroadcast(right, b.type.shape);
}

/** All leading axes folded into one: [.., D] → [N, D]. */
export function rows(x: Value): Value {
  const width = at(x.type.shape, x.type.shape.length - 1);
  return reshape(x, [sizeOf(x.type.shape) / width, width]);
}

function product(a: Value, b: Value, attributes: MatmulAttributes): Value {
  return one(matmulOp([a, b], attributes));
}

/** alpha · op(a) · op(b); leading axes broadcast. */
export function matmul(a: Value, b: Value, options: Partial<MatmulAttributes> = {}): Value {
  return product(a, b, { transA: options.transA ?? false, transB: options.transB ?? false, alpha: options.alpha ?? 1 });
}
