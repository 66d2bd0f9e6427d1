// The matrix product of the reference engine.
import { sizeOf, type OpAttributes, type Shape } from "../../../compiler/index.js";
import { broadcastStrides, offsets, type Operand } from "./layout.js";

/** alpha · op(a) · op(b) over the last two axes; `shape` is the result's. */
export function matmul(a: Operand, b: Operand, attributes: OpAttributes<"matmul">, shape: Shape): Float64Array {
  const { transA, transB, alpha } = attributes;
  const batch = shape.slice(0, -2);
  const [rows = 0, columns = 0] = shape.slice(-2);
  const [left, right] = [side(a, transA, batch), side(b, transB, batch)];
  const inner = left.columns;
  const result = new Float64Array(sizeOf(shape));
  for (let n = 0; n < sizeOf(batch); n++) {
    for (let i = 0; i < rows; i++) {
      for (let j = 0; j < columns; j++) {
        let sum = 0;
        let p = (left.starts[n] ?? 0) + i * left.rowStride;
        let q = (right.starts[n] ?? 0) + j * right.columnStride;
        for (let k = 0; k < inner; k++) {
          sum += (a.data[p] ?? 0) * (b.data[q] ?? 0);
          p += left.columnStride;
          q += right.rowStride;
        }
        result[(n * rows + i) * columns + j] = alpha * sum;
      }
    }
  }
  return result;
}

/** One operand as a batch of matrices. */
interface Side {
  readonly columns: number;
  readonly rowStride: number;
  readonly columnStride: number;
  /** The offset of each matrix of the batch. */
  readonly starts: Int32Array;
}

function side(x: Operand, transposed: boolean, batch: Shape): Side {
  const { shape } = x.type;
  const [rows = 0, columns = 0] = shape.slice(-2);
  const starts = offsets(batch, broadcastStrides(shape.slice(0, -2), batch)).map((matrix) => matrix * rows * columns);
  return transposed
    ? { columns: rows, rowStride: 1, columnStride: columns, starts }
    : { columns, rowStride: columns, columnStride: 1, starts };
}
