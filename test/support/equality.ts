// Numbers side by side in memory are compared as such: to vitest they are objects, of which it lists the names of all
// elements first, ten seconds for a million of them.
import { expect } from "vitest";

type Numbers = Float32Array | Uint8Array | Int32Array; // and their like: nothing is asked of them that is not of all

const isNumbers = (value: unknown): value is Numbers => ArrayBuffer.isView(value) && !(value instanceof DataView);

expect.addEqualityTesters([
  (a, b) => {
    if (!isNumbers(a) || !isNumbers(b) || a.constructor !== b.constructor) return undefined;
    return a.length === b.length && a.every((value, i) => Object.is(value, b[i]));
  },
]);
