// Every op has rows, every row has an op, and no two rows are equal.
import { expect, test } from "vitest";
import { composites, primitives } from "../../compiler/index.js";
import { cases } from "./cases.js";

test.each([...Object.keys(primitives), ...Object.keys(composites)])("%s has at least two rows", (op) => {
  expect(cases.filter((row) => row.op === op).length).toBeGreaterThanOrEqual(2);
});

test("titles of rows are unique, so that a failure identifies its row", () => {
  const titles = cases.map((row) => row.title);
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
});
