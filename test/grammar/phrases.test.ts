// Counts with their nouns, and large numbers.
import { expect, test } from "vitest";
import { amount, counted } from "../../grammar/index.js";

test.each([
  [0, "0"],
  [512, "512"],
  [9_999, "9,999"],
  [12_345, "12.3 k"],
  [976_400, "976 k"],
  [999_999, "1.00 M"],
  [1_011_000, "1.01 M"],
  [202_414_750, "202 M"],
  [2_500_000_000, "2.50 B"],
])("%d is %s", (count, text) => {
  expect(amount(count)).toBe(text);
});

test("nouns are singular or plural by their count", () => {
  expect([counted(1, "micro-batch", "micro-batches"), counted(1203, "image")]).toEqual([
    "1 micro-batch",
    "1,203 images",
  ]);
});
