// No op without rows, no row without an op, no two rows alike.
import { expect, test } from "vitest";
import { composites, primitives } from "../../compiler/index.js";
import { cases } from "./cases.js";

test.each([...Object.keys(primitives), ...Object.keys(composites)])("%s has at least two rows", (op) => {
  expect(cases.filter((row) => row.op === op).length).toBeGreaterThanOrEqual(2);
});

test("rows have different titles, so that a failure names one of them", () => {
  const titles = cases.map((row) => row.title);
  expect(titles.filter((title, i) => titles.indexOf(title) !== i)).toEqual([]);
});
