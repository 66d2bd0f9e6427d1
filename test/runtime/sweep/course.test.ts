// The curve of a sweep shows the metric of its table, even if other metrics have equal values.
import { expect, it } from "vitest";
import { courseOf, type MeasuredAs } from "../../../runtime/sweep/course.js";
import type { RunRecord } from "../../../runtime/report/run.js";

/** Two evaluations after 1 and 2 steps; all final values are equal. */
const evaluations = [1, 2].flatMap((step) =>
  ["seen", "unseen"].map((name, at) => ({
    name,
    step,
    metrics: [
      "recall@1 image→text",
      "recall@1 text→image",
      "recall@5 image→text",
      "kind accuracy",
      "colour accuracy",
    ].map((metric, i) => ({
      name: metric,
      value: step === 2 ? 0.5 : (1 + i + 4 * at) / 10,
    })),
  })),
);
// Boundary: only the fields that are read.
const run = { stages: [{ evaluations }] } as unknown as RunRecord;

it.each<{ of: MeasuredAs; first: number }>([
  { of: { evaluation: "seen", metric: "recall@1 text→image" }, first: 0.2 },
  { of: { evaluation: "unseen", metric: "recall@5 image→text" }, first: 0.7 },
  { of: { evaluation: null, metric: "recall(1)" }, first: (0.1 + 0.2 + 0.5 + 0.6) / 4 },
  { of: { evaluation: null, metric: "recall(5)" }, first: 0.5 },
  { of: { evaluation: null, metric: "accuracy(head: kind)" }, first: 0.6 },
  { of: { evaluation: null, metric: "accuracy(kind)" }, first: 0.6 },
])("the curve of $of", ({ of, first }) => {
  const [[one, value] = [0, 0], two] = courseOf(run, of);
  expect([one, two]).toEqual([1, [2, 0.5]]);
  expect(value).toBeCloseTo(first, 12);
});
