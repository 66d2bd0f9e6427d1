// `maximum`: the largest of many values.
import { expect, it } from "vitest";
import { maximum } from "../../runtime/maximum.js";

it.each([
  {
    what: "more values than a call accepts arguments",
    values: Float32Array.from({ length: 300_000 }, (_, i) => 1 - i),
    most: 1,
  },
  { what: "no values", values: [], most: Number.NEGATIVE_INFINITY },
])("gives the maximum of $what", ({ values, most }) => {
  expect(maximum(values)).toBe(most);
});
