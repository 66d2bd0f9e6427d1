// Projections: x·Wᵀ + b.
import type { Value } from "../../ir/graph.js";
import { sameShape } from "../../ir/types.js";
import { uniform } from "../../ops/structure.js";
import type { Writer } from "./writer.js";

/** Names of a weight [O, I] and a bias [O], and the number that the weight is multiplied by. */
export interface Projection {
  readonly weight: string;
  readonly bias: string;
  readonly factor: number;
}

/** Gemm fills its result with the bias first, on one thread; and of MatMul with Add ONNX Runtime would make a Gemm again. */
export function project(write: Writer, x: string, { weight, bias, factor }: Projection): string {
  const product = write.emit("FusedMatMul", [x, weight], { transA: 0, transB: 1, alpha: { float: factor } });
  return write.emit("Add", [product, bias]);
}

/** A value and the number it is multiplied by. */
export function unscaled(value: Value): { readonly value: Value; readonly factor: number } {
  const [x, by] = value.node.inputs;
  const factor = by === undefined ? null : uniform(by);
  const scales = value.node.op === "mul" && x !== undefined && sameShape(x.type.shape, value.type.shape);
  return scales && factor !== null ? { value: x, factor } : { value, factor: 1 };
}
