// Building blocks of rules for which ONNX Runtime's execution providers have different kernels. Here: the CPU's.
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

/** Weight [O, I] and bias [O] of a projection, and a constant factor of the weight. */
export interface Projection {
  readonly weight: string;
  readonly bias: string;
  readonly factor: number;
  /** Number of output features, O. */
  readonly size: number;
}

/** What kernels write nodes with. */
export interface Emitter {
  emit(op: string, inputs: readonly string[], attributes?: Readonly<Record<string, OnnxAttribute>>): string;
  reshape(name: string, from: Shape, to: Shape): string;
  transpose(name: string, permutation: readonly number[]): string;
  scalar(dtype: Dtype, value: number): string;
}

/** How a provider computes what ONNX operators leave open. */
export interface Kernels {
  /** alpha·a·b over the last two axes, each optionally transposed. */
  readonly product: (write: Emitter, a: Named, b: Named, how: OpAttributes<"matmul">) => string;
  /** x·Wᵀ + b over the last axis. */
  readonly project: (write: Emitter, x: Named, projection: Projection) => string;
  /** Largest number of outputs of a Split. */
  readonly splitOutputs: number;
}

/** The kernels of the CPU provider. */
export const cpu: Kernels = {
  product: (write, a, b, { transA, transB, alpha }) => {
    if (!transA && !transB && alpha === 1) return write.emit("MatMul", [a.name, b.name]);
    const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
    return write.emit("FusedMatMul", [a.name, b.name], attributes);
  },
  // Gemm first fills its result with the bias, on one thread; and ONNX Runtime would fuse MatMul and Add into a Gemm again.
  project: (write, x, { weight, bias, factor }) => {
    const product = write.emit("FusedMatMul", [x.name, weight], { transA: 0, transB: 1, alpha: { float: factor } });
    return write.emit("Add", [product, bias]);
  },
  splitOutputs: Number.POSITIVE_INFINITY,
};

/** The permutation of `rank` axes that swaps the last two. */
export function exchanged(rank: number): readonly number[] {
  return Array.from({ length: rank }, (_, i) => (i < rank - 2 ? i : 2 * rank - 3 - i));
}

/** A value and its constant factor. */
export function unscaled(value: Value): { readonly value: Value; readonly factor: number } {
  const [x, by] = value.node.inputs;
  const factor = by === undefined ? null : uniform(by);
  const scales = value.node.op === "mul" && x !== undefined && sameShape(x.type.shape, value.type.shape);
  return scales && factor !== null ? { value: x, factor } : { value, factor: 1 };
}
