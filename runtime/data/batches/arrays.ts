// Reuses the arrays of batches' images: touching newly allocated pages costs more than writing the numbers. In shared memory,
// so that worker threads can write to them.
import type { PixelType } from "../../../compiler/index.js";
import { arrays, type Tensors } from "../../tensor.js";
import type { PixelArray } from "../images/image.js";

/** In browsers, shared memory requires certain headers of the page's host. */
const Memory = globalThis.SharedArrayBuffer ?? ArrayBuffer;

const over: Readonly<Record<PixelType, (memory: ArrayBufferLike) => PixelArray>> = {
  float32: (memory) => new Float32Array(memory),
  uint8: (memory) => new Uint8Array(memory),
};

/** A pool of arrays. */
export interface Arrays {
  /** An array of that length, uninitialised. */
  readonly take: (length: number, type: PixelType) => PixelArray;
  readonly recycle: (tensors: Tensors) => void;
}

/** Recycles only arrays that it has handed out. */
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
        free.set(key, [...(free.get(key) ?? []), data as PixelArray]); // an array of this pool
      }
    },
  };
}
