// The fast comparison of typed arrays does not change which values are equal.
import { expect, test } from "vitest";

test.each<[title: string, a: unknown, b: unknown]>([
  ["another number", Float32Array.of(1, 2), Float32Array.of(1, 3)],
  ["another length", Int32Array.of(1), Int32Array.of(1, 1)],
  ["another type", Float32Array.of(1), Float64Array.of(1)],
  ["a zero of opposite sign", Float32Array.of(0), Float32Array.of(-0)],
  ["a list", Float32Array.of(1), [1]],
  ["another number in a Map", new Map([["a", Int32Array.of(1)]]), new Map([["a", Int32Array.of(2)]])],
])("%s makes values unequal", (_, a, b) => {
  expect(() => expect(a).toEqual(b)).toThrow("to deeply equal");
  expect(() => expect({ deep: [a] }).toMatchObject({ deep: [b] })).toThrow("to match object");
});

test("NaN equals NaN", () => {
  expect(Float32Array.of(Number.NaN, 1)).toEqual(Float32Array.of(Number.NaN, 1));
});
