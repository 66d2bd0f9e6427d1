// The largest of many values.
import { expect, it } from "vitest";
import { maximum } from "../../runtime/maximum.js";

it.each([
  {
    what: "more values than a call takes arguments",
    values: Float32Array.from({ length: 300_000 }, (_, i) => 1 - i),
    most: 1,
  },
  { what: "none", values: [], most: Number.NEGATIVE_INFINITY },
])("is found among $what", ({ values, most }) => {
  expect(maximum(values)).toBe(most);
});
