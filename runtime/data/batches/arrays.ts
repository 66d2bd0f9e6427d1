// Arrays for the images of batches, reused: newly allocated pages cost more than the numbers written to them. Other
// threads may write to them.
import type { Tensors } from "../../tensor.js";

/** Browsers share memory between threads only where the page's host asks them to. */
const Memory = globalThis.SharedArrayBuffer ?? ArrayBuffer;

/** Hands out arrays and takes them back. */
export interface Arrays {
  /** An array of that length with any contents. */
  readonly take: (length: number) => Float32Array;
  readonly recycle: (tensors: Tensors) => void;
}

/** Only what was taken here is kept when it comes back. */
export function createArrays(): Arrays {
  const taken = new WeakSet<object>();
  const free = new Map<number, Float32Array[]>();
  return {
    take: (length) => {
      const array = free.get(length)?.pop() ?? new Float32Array(new Memory(4 * length));
      taken.add(array);
      return array;
    },
    recycle: (tensors) => {
      for (const { data } of tensors.values()) {
        if (!(data instanceof Float32Array) || !taken.delete(data)) continue;
        free.set(data.length, [...(free.get(data.length) ?? []), data]);
      }
    },
  };
}
