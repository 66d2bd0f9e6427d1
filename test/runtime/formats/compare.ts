// Fast bitwise comparison of tensor maps: elementwise matchers take seconds.
import type { Tensor, Tensors } from "../../../runtime/tensor.js";

/** The names in only one of the maps, or whose tensors differ in type, shape or any bit. */
export function differing(got: Tensors, expected: Tensors): string[] {
  const names = new Set([...got.keys(), ...expected.keys()]);
  return [...names].filter((name) => !isSame(got.get(name), expected.get(name)));
}

function isSame(a: Tensor | undefined, b: Tensor | undefined): boolean {
  if (a === undefined || b === undefined) return false;
  const types = a.dtype === b.dtype && a.data.constructor === b.data.constructor;
  return types && a.shape.join() === b.shape.join() && bytesOf(a).equals(bytesOf(b));
}

function bytesOf({ data }: Tensor): Buffer {
  return Buffer.from(data.buffer, data.byteOffset, data.byteLength);
}
