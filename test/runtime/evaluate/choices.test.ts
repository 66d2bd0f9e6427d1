// Metrics of classifiers for several batch sizes, against their definitions written out item by item.
import { describe, expect, test } from "vitest";
import { metricOf } from "../../../runtime/evaluate/metrics.js";
import { stream } from "../../../runtime/random.js";
import { int32, type Tensor } from "../../../runtime/tensor.js";
import {
  batched,
  batchSizes,
  chosen,
  dataSetOf,
  gatheredOf,
  headOf,
  matrix,
  metric,
  models,
  type Model,
} from "../../support/gathered.js";

describe.each([
  { head: headOf("classify", "label"), classes: 3, top: 1 },
  { head: headOf("classify", "label"), classes: 3, top: 2 },
  { head: headOf("compare"), classes: 2, top: 1 },
])("top-$top accuracy of $head.kind", ({ head, classes, top }) => {
  const truths = Array.from({ length: 8 }, (_, i) => stream(7, i).integer(classes));
  /** The chosen class has the highest logit, the others descend in their order. */
  const logitsOf = (model: Model, i: number) => {
    const first = chosen(model, truths[i] ?? 0, classes, i);
    return Array.from({ length: classes }, (_, c) => (c === first ? 9 : -c));
  };
  const order = (logits: readonly number[]) => [...logits.keys()].sort((a, b) => (logits[b] ?? 0) - (logits[a] ?? 0));
  test.each(models)("of a %s model, over all items and per class", (model) => {
    const right = truths.map((truth, i) => order(logitsOf(model, i)).slice(0, top).includes(truth));
    const mean = (values: readonly boolean[]) => values.filter(Boolean).length / values.length;
    const sizes = Array.from({ length: classes }, (_, c) => truths.filter((truth) => truth === c).length);
    const chance =
      sizes
        .sort((a, b) => b - a)
        .slice(0, top)
        .reduce((a, b) => a + b, 0) / 8;
    const parts = [...new Set(truths)]
      .sort((a, b) => a - b)
      .map((c) => {
        const own = right.filter((_, i) => truths[i] === c);
        return { name: `class ${c}`, value: mean(own), items: own.length };
      });
    for (const size of batchSizes) {
      const names = Array.from({ length: classes }, (_, c) => `class ${c}`);
      const dataSet = { ...dataSetOf(truths.map(() => ({ images: [] }))), classes: names };
      const gathered = gatheredOf(dataSet, batched(truths.length, size), {
        outputs: (items) => ({ [`${head.name}.logits`]: matrix(items.map((i) => logitsOf(model, i))) }),
        tensors: (items) => ({ label: labels(items.map((i) => truths[i] ?? 0)) }),
      });
      const [value] = metricOf(metric("accuracy", head, [top]), head, gathered);
      expect(value).toMatchObject({ value: mean(right), chance, items: 8, unit: "share", parts });
      expect(value?.name).toBe(top === 1 ? `${head.name} accuracy` : `${head.name} accuracy@${top}`);
    }
  });
});

const labels = (values: readonly number[]): Tensor => int32([values.length], Int32Array.from(values));

describe("accuracy of answers with soft scores", () => {
  const head = headOf("classify", "answer");
  // The best answers: 0; 1 and 3, which tie; none, as no answer of the third question is listed.
  const targets = [
    [1, 0.3, 0, 0],
    [0, 0.6, 0, 0.6],
    [0, 0, 0, 0],
  ];
  test.each([
    { said: [0, 1, 0], top: 1, right: 2 / 3 },
    { said: [1, 3, 2], top: 1, right: 1 / 3 },
    { said: [1, 0, 2], top: 2, right: 2 / 3 },
  ])("for the predictions $said, top-$top accuracy is $right", ({ said, top, right }) => {
    const gathered = gatheredOf(dataSetOf(targets.map(() => ({ images: [] }))), batched(3, 2), {
      outputs: (items) => ({
        [`${head.name}.logits`]: matrix(items.map((i) => [0, 1, 2, 3].map((c) => (c === said[i] ? 5 : -c)))),
      }),
      tensors: (items) => ({ answer_targets: matrix(items.map((i) => targets[i] ?? [])) }),
    });
    const [value] = metricOf(metric("accuracy", head, [top]), head, gathered);
    expect(value?.value).toBeCloseTo(right, 12);
    // Always predicting 0 is right for the first question; 0 and 1, for the first two.
    expect(value?.chance).toBeCloseTo(top / 3, 12);
  });
});

describe("consistency", () => {
  const head = headOf("compare");
  // For each sentence the labels of its images, and whether each prediction is right.
  const sentences = [
    { name: "dev-1--0", truth: [1, 0, 1], right: [true, true, true] },
    { name: "dev-1--1", truth: [1, 1], right: [true, false] },
    { name: undefined, truth: [0], right: [true] },
    { name: undefined, truth: [1, 1], right: [false, false] },
  ];
  const items = sentences.flatMap(({ name, truth, right }, s) =>
    truth.map((label, i) => ({ name, text: `sentence ${s}`, label, right: right[i] === true })),
  );
  // Items of a sentence need not be adjacent.
  const shuffled = stream(3, "items").shuffle([...items]);
  const made = shuffled.map(({ name, text }) => ({ images: [], text, ...(name !== undefined && { sentence: name }) }));
  test.each(batchSizes)(
    "is the share of sentences classified correctly for all of their images, in batches of %d",
    (size) => {
      const gathered = gatheredOf(dataSetOf(made), batched(made.length, size), {
        outputs: (indices) => ({
          [`${head.name}.logits`]: matrix(
            indices.map((i) => {
              const { label, right } = shuffled[i] ?? { label: 0, right: true };
              return (label === 1) === right ? [0, 1] : [1, 0];
            }),
          ),
        }),
        tensors: (indices) => ({ label: labels(indices.map((i) => shuffled[i]?.label ?? 0)) }),
      });
      const [value] = metricOf(metric("consistency", head), head, gathered);
      // Two of four; "true" is the majority class, and right for all images of the second and the fourth sentence.
      expect(value).toMatchObject({ value: 2 / 4, chance: 2 / 4, items: 4, noun: "sentences" });
    },
  );

  test("has a chance level of ½ per image where each sentence is true of half of its images", () => {
    const truths = [
      [0, 1],
      [1, 0, 1, 0],
    ];
    const mixed = truths.flatMap((truth, s) => truth.map((label) => ({ images: [], text: `sentence ${s}`, label })));
    const gathered = gatheredOf(dataSetOf(mixed), batched(mixed.length, 4), {
      outputs: (indices) => ({ [`${head.name}.logits`]: matrix(indices.map(() => [1, 0])) }),
      tensors: (indices) => ({ label: labels(indices.map((i) => mixed[i]?.label ?? 0)) }),
    });
    const [value] = metricOf(metric("consistency", head), head, gathered);
    expect(value).toMatchObject({ value: 0, chance: (1 / 4 + 1 / 16) / 2 });
  });
});

describe("vqa_score", () => {
  const head = headOf("classify", "answer");
  // Scores of four answers to each of five questions; no answer of the last question is listed.
  const targets = [
    [1, 0.3, 0, 0],
    [0, 1, 0, 0],
    [0.9, 0.6, 0, 0],
    [0, 0, 0.3, 1],
    [0, 0, 0, 0],
  ];
  test.each(models)("of a %s model is the mean score of the chosen answers", (model) => {
    const choices = targets.map((row, i) => chosen(model, row.indexOf(Math.max(...row)), 4, i));
    const exact = targets.reduce((sum, row, i) => sum + (row[choices[i] ?? 0] ?? 0), 0) / targets.length;
    for (const size of batchSizes) {
      const gathered = gatheredOf(dataSetOf(targets.map(() => ({ images: [] }))), batched(targets.length, size), {
        outputs: (items) => ({
          [`${head.name}.logits`]: matrix(items.map((i) => [0, 1, 2, 3].map((c) => (c === choices[i] ? 2 : -1)))),
        }),
        tensors: (items) => ({ answer_targets: matrix(items.map((i) => targets[i] ?? [])) }),
      });
      const [value] = metricOf(metric("vqa_score", head), head, gathered);
      expect(value?.value).toBeCloseTo(exact, 6);
      expect(value?.chance).toBeCloseTo(1.9 / 5, 6);
      expect(value?.parts).toBeUndefined();
    }
  });

  test("is also reported per answer type where the data give one", () => {
    const types = ["yes/no", "number", "yes/no", undefined, "other"];
    const items = types.map((answerType) => ({ images: [], ...(answerType !== undefined && { answerType }) }));
    const gathered = gatheredOf(dataSetOf(items), batched(5, 2), {
      outputs: (some) => ({ [`${head.name}.logits`]: matrix(some.map(() => [2, -1, -1, -1])) }),
      tensors: (some) => ({ answer_targets: matrix(some.map((i) => targets[i] ?? [])) }),
    });
    const [value] = metricOf(metric("vqa_score", head), head, gathered);
    expect(value?.parts).toEqual([
      { name: "number", value: 0, items: 1 },
      { name: "other", value: 0, items: 1 },
      { name: "yes/no", value: expect.closeTo(0.95, 6) as number, items: 2 },
    ]);
  });
});
