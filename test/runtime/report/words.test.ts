// Numbers in the report's sentences.
import { expect, test } from "vitest";
import { duration, evaluationSentences, interval, metricSentence, percent } from "../../../runtime/report/words.js";

const share = { unit: "share", noun: "examples" } as const;

test.each([
  {
    metric: {
      ...share,
      name: "recall@1 image→text",
      value: 0.415,
      chance: 0.005,
      items: 200,
      noun: "images",
      candidates: 1000,
    },
    said: "R@1 image→text 41.5% of 200 images, each among 1,000 texts; chance 0.5%, 83 times chance",
  },
  {
    metric: { ...share, name: "truth accuracy", value: 0.802, chance: 0.5, items: 600 },
    said: "truth accuracy 80.2% of 600 examples; chance 50.0%, 30.2 points above chance",
  },
  {
    metric: { ...share, name: "truth accuracy", value: 0.53, chance: 0.5, items: 400 },
    said: "truth accuracy 53.0% of 400 examples; chance 50.0%, no different from chance",
  },
  {
    metric: { ...share, name: "truth accuracy", value: 0.3, chance: 0.5, items: 400 },
    said: "truth accuracy 30.0% of 400 examples; chance 50.0%, 20.0 points below chance",
  },
  {
    metric: { unit: "number", noun: "tokens", name: "glossary", value: 12.3456, chance: 30522, items: 587 } as const,
    said: "glossary 12.35 of 587 tokens; guessing gives 30,522",
  },
  { metric: { ...share, name: "glossary accuracy", value: 0.5 }, said: "glossary accuracy 50.0%" },
  {
    metric: { ...share, name: "accuracy", value: null, chance: 0.5, items: 3 },
    said: "accuracy not measured of 3 examples; chance 50.0%",
  },
])("$said", ({ metric, said }) => {
  expect(metricSentence(metric)).toBe(said);
});

test.each([
  [0.04, "0.0 s"],
  [8.26, "8.3 s"],
  [59.6, "1 min 00 s"],
  [185, "3 min 05 s"],
  [7_800, "2 h 10 min"],
  [Infinity, "–"],
])("%d seconds are written %s", (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});

test("a share below a thousandth keeps two digits", () => {
  expect([percent(0.0005), percent(0.005), percent(0)]).toEqual(["0.05%", "0.5%", "0.0%"]);
});

test("the confidence interval of a share is Wilson's", () => {
  // 83 of 200: (0.3489, 0.4843), as in statsmodels' proportion_confint(83, 200, method="wilson").
  const [low, high] = interval({ ...share, value: 0.415, items: 200 }) ?? [];
  expect(low).toBeCloseTo(0.3489, 3);
  expect(high).toBeCloseTo(0.4843, 3);
});

test.each([
  { classes: 2, said: "  class 1 100.0%, class 2 50.0%" },
  {
    classes: 28,
    said: "  the worst of 28 classes: class 28 3.6%, class 27 3.7%, class 26 3.8%, class 25 4.0%, class 24 4.2%, class 23 4.3%",
  },
])("the parts of a mean are listed below it: $classes classes", ({ classes, said }) => {
  const parts = Array.from({ length: classes }, (_, i) => ({ name: `class ${i + 1}`, value: 1 / (i + 1), items: 9 }));
  const metric = { ...share, name: "label accuracy", value: 0.5, chance: 0.25, items: 400, parts };
  const line = { name: "labels", stage: "s", metrics: [metric], seen: null, items: 400 };
  expect(evaluationSentences(line)).toEqual([
    "labels (s): label accuracy 50.0% of 400 examples; chance 25.0%, 25.0 points above chance",
    said,
  ]);
});
