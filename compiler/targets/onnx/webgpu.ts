// What ONNX Runtime's WebGPU provider computes differently from its CPU kernels: without FusedMatMul, with a limited
// number of buffers, and without slices of integers. An operation without a WebGPU kernel would move its tensors to the
// CPU and back in every step.
import { sizeOf } from "../../ir/types.js";
import { at } from "../../ops/op.js";
import { exchanged, type Emitter, type Kernels, type Named } from "./kernels.js";
import { rules as cpuRules, type OnnxRules } from "./rules.js";

/** Every adapter allows a shader eight buffers; one is the tensor that is split. */
const SPLIT_OUTPUTS = 7;

/** The kernels of the WebGPU provider. */
export const webgpu: Kernels = {
  product: (write, a, b, { transA, transB, alpha }) => {
    if (!transA && !transB && alpha === 1) return write.emit("MatMul", [a.name, b.name]);
    if (a.shape.length === 2 && b.shape.length === 2) {
      const attributes = { transA: Number(transA), transB: Number(transB), alpha: { float: alpha } };
      return write.emit("Gemm", [a.name, b.name], attributes);
    }
    const product = write.emit("MatMul", [turned(write, a, transA), turned(write, b, transB)]);
    return alpha === 1 ? product : write.emit("Mul", [product, write.scalar("float32", alpha)]);
  },
  project: (write, x, { weight, bias, factor, size }) => {
    const outer = x.shape.slice(0, -1);
    const rows = write.reshape(x.name, x.shape, [sizeOf(outer), at(x.shape, outer.length)]);
    const product = write.emit("Gemm", [rows, weight, bias], { transA: 0, transB: 1, alpha: { float: factor } });
    return write.reshape(product, [sizeOf(outer), size], [...outer, size]);
  },
  splitOutputs: SPLIT_OUTPUTS,
};

/** Transposes the last two axes if `wanted`. */
function turned(write: Emitter, { name, shape }: Named, wanted: boolean): string {
  return wanted ? write.transpose(name, exchanged(shape.length)) : name;
}

/** The rules of the WebGPU provider. */
export const rules: OnnxRules = {
  ...cpuRules,
  slice: (write, node) => {
    const x = at(node.inputs, 0);
    if (x.type.dtype === "float32") return cpuRules.slice(write, node);
    const { axis, start, end } = node.attributes;
    const sizes = [start, end - start, at(x.type.shape, axis) - end].filter((size) => size > 0);
    return [at(write.split(write.name(x), axis, sizes), Number(start > 0))];
  },
};
