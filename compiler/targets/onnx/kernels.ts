// What rules build on that execution providers of ONNX Runtime have different kernels for. Here: the CPU's.
import type { Value } from "../../ir/graph.js";
import { sameShape, type Dtype, type Shape } from "../../ir/types.js";
import type { OpAttributes } from "../../ops/index.js";
import { uniform } from "../../ops/structure.js";
import type { OnnxAttribute } from "./proto.js";

/** A tensor in the model. */
export interface Named {
  readonly name: string;
  readonly shape: Shape;
}

/** Weight [O, I] and bias [O] of a projection, and the number that the weight is multiplied by. */
export interface Projection {
  readonly weight: string;
  readonly bias: string;
  readonly factor: number;
  /** O. */
  readonly size: number;
}

/** What kernels are written with. */
export interface Emitter {
  emit(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  reshape(name: string, from: Shape, to: Shape): string;
  transpose(name: string, permutation: readonly number[]): string;
  scalar(dtype: Dtype, value: number): string;
}

/** How a provider computes what the operators of ONNX leave open. */
export interface Kernels {
  /** alpha·a·b over the last two axes, either of them transposed. */
  readonly product: (write: Emitter, a: Named, b: Named, how: OpAttributes<"matmul">) => string;
  /** x·Wᵀ + b over the last axis. */
  readonly project: (write: Emitter, x: Named, projection: Projection) => string;
  /** Outputs that a Split may have. */
  readonly splitOutputs: number;
}

/** Those of the CPU. */
export const cpu: Kernels = {
  product: (write, a, b, { transA, transB, alpha }) => {
    if (!transA && !transB && alpha === 1) return write.emit("MatMul", [a.name, b.name]);
    const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
    return write.emit("FusedMatMul", [a.name, b.name], attributes);
  },
  // Gemm fills its result with the bias first, on one thread; and of MatMul with Add ONNX Runtime would make a Gemm again.
  project: (write, x, { weight, bias, factor }) => {
    const product = write.emit("FusedMatMul", [x.name, weight], { transA: 0, transB: 1, alpha: { float: factor } });
    return write.emit("Add", [product, bias]);
  },
  splitOutputs: Number.POSITIVE_INFINITY,
};

/** The permutation that exchanges the last two of so many axes. */
export function exchanged(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
}

/** A value and the number it is multiplied by. */
export function unscaled(value: Value): { readonly value: Value; readonly factor: number } {
  const [x, by] = value.node.inputs;
  const factor = by === undefined ? null : uniform(by);
  const scales = value.node.op === "mul" && x !== undefined && sameShape(x.type.shape, value.type.shape);
  return scales && factor !== null ? { value: x, factor } : { value, factor: 1 };
}
