// The overlap of an evaluation's data with training data.
import { expect, test } from "vitest";
import { openShapes } from "../../support/sources.js";
import { overlapOf } from "../../../runtime/evaluate/overlap.js";
import { evaluationSentences } from "../../../runtime/report/words.js";

const open = (split: "train" | "test", scenes: number, items = scenes) =>
  openShapes({ kind: "pairs", split, scenes, items });

test.each([
  { what: "the training data themselves", evaluated: open("train", 12), seen: 12 },
  { what: "a part of the training data", evaluated: open("train", 12, 5), seen: 5 },
  { what: "the training data and others", evaluated: open("train", 20), seen: 12 },
  { what: "another split", evaluated: open("test", 12), seen: 0 },
])("$what have $seen items in common with the training data", async ({ evaluated, seen }) => {
  expect(overlapOf(await evaluated, await open("train", 12))).toBe(seen);
});

test.each([
  { seen: 0, items: 8, said: "e (s): R@1 50.0% of 8 texts" },
  { seen: null, items: 8, said: "e (s): R@1 50.0% of 8 texts" },
  { seen: 8, items: 8, said: "e (s, on training data): R@1 50.0% of 8 texts" },
  { seen: 3, items: 8, said: "e (s, 3 of 8 items are training data): R@1 50.0% of 8 texts" },
])("$said", ({ said, ...line }) => {
  const metrics = [{ name: "recall@1", unit: "share", value: 0.5, items: 8, noun: "texts" } as const];
  expect(evaluationSentences({ name: "e", stage: "s", metrics, ...line })).toEqual([said]);
});
