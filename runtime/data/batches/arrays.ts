// Arrays for the images of batches, reused: newly allocated pages cost more than the numbers written to them. Other
// threads may write to them.
import type { PixelType } from "../../../compiler/index.js";
import { arrays, type Tensors } from "../../tensor.js";
import type { PixelArray } from "../images/image.js";

/** Browsers share memory between threads only where the page's host asks them to. */
const Memory = globalThis.SharedArrayBuffer ?? ArrayBuffer;

const over: Readonly<Record<PixelType, (memory: ArrayBufferLike) => PixelArray>> = {
  float32: (memory) => new Float32Array(memory),
  uint8: (memory) => new Uint8Array(memory),
};

/** Hands out arrays and takes them back. */
export interface Arrays {
  /** An array of that length with any contents. */
  readonly take: (length: number, type: PixelType) => PixelArray;
  readonly recycle: (tensors: Tensors) => void;
}

/** Only what was taken here is kept when it comes back. */
export function createArrays(): Arrays {
  const taken = new WeakMap<object, string>();
  const free = new Map<string, PixelArray[]>();
  return {
    take: (length, type) => {
      const key = `${type} ${length}`;
      const array = free.get(key)?.pop() ?? over[type](new Memory(arrays[type].BYTES_PER_ELEMENT * length));
      taken.set(array, key);
      return array;
    },
    recycle: (tensors) => {
      for (const { data } of tensors.values()) {
        const key = taken.get(data);
        if (key === undefined) continue;
        taken.delete(data);
        free.set(key, [...(free.get(key) ?? []), data as PixelArray]); // what was taken
      }
    },
  };
}
