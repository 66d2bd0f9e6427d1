// Feature maps resized, against PyTorch's results for the same map.
import { expect, test } from "vitest";
import { averaged, resized } from "../../../compiler/heads/sampling.js";
import { createGraph, input, type Value } from "../../../compiler/ir/graph.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { float32 } from "../../../runtime/tensor.js";
import { evaluate } from "../../support/evaluate.js";

const map = [1, 2, 3, 4, 8, 6, 7, 5, 9];

interface Row {
  readonly title: string;
  readonly make: (x: Value) => Value;
  readonly wanted: readonly number[];
}

const rows: readonly Row[] = [
  {
    title: "interpolate(size=5, mode='bilinear', align_corners=False)",
    make: (x) => resized(x, 5),
    wanted: [
      ...[
        1, 1.4, 2, 2.6, 3, 2.2, 3.08, 4.4, 4.28, 4.2, 4, 5.6, 8, 6.8, 6, 5.8, 5.96, 6.2, 7.16, 7.8, 7, 6.2, 5, 7.4, 9,
      ],
    ],
  },
  {
    title: "interpolate(size=2, mode='bilinear', align_corners=False)",
    make: (x) => resized(x, 2),
    wanted: [2.1875, 3.6875, 6.125, 7.625],
  },
  { title: "AdaptiveAvgPool2d(2), whose parts overlap", make: (x) => averaged(x, 2), wanted: [3.75, 4.75, 6, 7] },
  { title: "AdaptiveAvgPool2d(1)", make: (x) => averaged(x, 1), wanted: [5] },
];

test.each(rows)("$title", async ({ make, wanted }) => {
  const x = input("x", "batch", { dtype: "float32", shape: [1, 3, 3, 1] });
  const graph = createGraph("sampling", [x], new Map([["y", make(x.value)]]));
  const results = await evaluate(
    createReference(),
    graph,
    new Map([["x", float32([1, 3, 3, 1], Float32Array.from(map))]]),
  );
  const found = results.get("y")?.data ?? [];
  expect(found).toHaveLength(wanted.length);
  wanted.forEach((value, i) => expect(found[i]).toBeCloseTo(value, 4));
});
