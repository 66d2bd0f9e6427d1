// Transposes on tfjs. On WebAssembly those of more than four axes are computed element by element; several of four take a hundredth of the time.
import type { Tensor } from "@tensorflow/tfjs-core";
import { sizeOf } from "../../../compiler/index.js";
import type { Tools } from "./tools.js";

/** Axes that the kernel has loops for. */
const most = 4;

/** `x` with its axes in the order of the permutation. */
export function transposed({ run, reshape }: Tools, x: Tensor, permutation: readonly number[]): Tensor {
  if (permutation.length <= most) return run("Transpose", { x }, { perm: [...permutation] });
  const sizes = permutation.map((axis) => x.shape[axis] ?? 1);
  const order = [...permutation.keys()];
  let moved = x;
  // One axis after another comes to its place, over those that are before it.
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
