// Transposes on tfjs. The kernel of WebAssembly moves more than four axes element by element; several of four axes take a
// hundredth of the time.
import type { Tensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../compiler/index.js";
import type { Tools } from "./tools.js";

/** The axes that the kernel has loops for. */
const most = 4;

/** `x` with permuted axes. */
export function transposed({ run, reshape }: Tools, x: Tensor, permutation: readonly number[]): Tensor {
  if (permutation.length <= most) return run("Transpose", { x }, { perm: [...permutation] });
  const sizes = permutation.map((axis) => x.shape[axis] ?? 1);
  const order = [...permutation.keys()];
  let moved = x;
  // One axis after the other is moved to its place, past those that come later.
  permutation.forEach((axis, to) => {
    const from = order.indexOf(axis);
    if (from === to) return;
    const size = (start: number, end: number): number =>
      sizeOf(order.slice(start, end).map((each) => x.shape[each] ?? 1));
    const parts = [size(0, to), size(to, from), size(from, from + 1), size(from + 1, order.length)];
    moved = run("Transpose", { x: reshape(moved, parts) }, { perm: [0, 2, 1, 3] });
    order.splice(from, 1);
    order.splice(to, 0, axis);
  });
  return reshape(moved, sizes);
}
