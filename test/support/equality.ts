// Compares typed arrays elementwise: vitest treats them as objects and first lists the names of all elements, which takes ten
// seconds for a million.
import { expect } from "vitest";

type Numbers = Float32Array | Uint8Array | Int32Array; // and the like: only members common to all are used

const isNumbers = (value: unknown): value is Numbers => ArrayBuffer.isView(value) && !(value instanceof DataView);

expect.addEqualityTesters([
  (a, b) => {
    if (!isNumbers(a) || !isNumbers(b) || a.constructor !== b.constructor) return undefined;
    return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
  },
]);
