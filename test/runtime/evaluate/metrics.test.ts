// Every metric of a perfect, a constant and a random model, for several batch sizes and captions per image, against its
// definition written out item by item.
import { describe, expect, test } from "vitest";
import { metricOf } from "../../../runtime/evaluate/metrics.js";
import { stream } from "../../../runtime/random.js";
import { float32, int32 } from "../../../runtime/tensor.js";
import {
  batched,
  batchSizes,
  chosen,
  dataSetOf,
  gatheredOf,
  headOf,
  metric,
  models,
  nothingOf,
  type Model,
} from "../../support/gathered.js";
import { plainRanks, sidesFor } from "../../support/retrieval.js";

describe("recall", () => {
  const images = 7;
  /** Two to five captions per image, or one; the first image and the last share a caption. */
  const worlds = {
    "one caption an image": Array.from({ length: images }, (_, i) => [i, `only ${i}`] as const),
    "several captions an image": Array.from({ length: images }, (_, i) =>
      Array.from({ length: 2 + (i % 4) }, (__, c) => [i, i === 6 && c === 0 ? "0/0" : `${i}/${c}`] as const),
    ).flat(),
  };
  const drawing = (key: number) => ({ kind: "drawing", key: String(key), svg: "" }) as const;
  const unit = (values: readonly number[]) => values.map((value) => value / Math.hypot(...values));
  const vectors: Readonly<Record<Model, (side: string, image: number, key: string) => number[]>> = {
    // The shared text is between its two images, closer to them than to any other.
    perfect: (_, image, key) =>
      unit(Array.from({ length: images }, (__, i) => Number(i === image || (key === "0/0" && (i === 0 || i === 6))))),
    constant: () => [1, 0, 0],
    random: (side, _, key) => {
      const random = stream(3, side, key);
      return unit([random.normal(), random.normal(), random.normal()]);
    },
  };

  /** The mean over queries of the probability that a positive is among the first k, with ties in random order. */
  function byDefinition(
    pairs: readonly (readonly [number, string])[],
    model: Model,
    from: "image" | "text",
    k: number,
  ): number {
    const distinct = <T>(values: readonly T[]) => [...new Set(values)];
    const [queries, candidates] =
      from === "image"
        ? [distinct(pairs.map(([image]) => String(image))), distinct(pairs.map(([, text]) => text))]
        : [distinct(pairs.map(([, text]) => text)), distinct(pairs.map(([image]) => String(image)))];
    const isTrue = (query: string, candidate: string) =>
      pairs.some(([image, text]) =>
        from === "image"
          ? String(image) === query && text === candidate
          : text === query && String(image) === candidate,
      );
    const vectorOf = (key: string, side: "image" | "text") => {
      const pair = pairs.find(([image, text]) => (side === "image" ? String(image) : text) === key);
      return vectors[model](side, pair?.[0] ?? 0, key);
    };
    const other = from === "image" ? "text" : "image";
    const shares = queries.map((query) => {
      const q = vectorOf(query, from);
      const scored = candidates.map((candidate) => ({
        right: isTrue(query, candidate),
        score: Math.fround(vectorOf(candidate, other).reduce((sum, value, i) => sum + value * (q[i] ?? 0), 0)),
      }));
      let share = 0;
      const draws = 4000;
      for (let draw = 0; draw < draws; draw++) {
        const order = stream(draw, query).shuffle([...scored]);
        order.sort((a, b) => (Math.abs(a.score - b.score) < 1e-6 ? 0 : b.score - a.score));
        share += Number(order.slice(0, k).some(({ right }) => right)) / draws;
      }
      return share;
    });
    return shares.reduce((a, b) => a + b, 0) / shares.length;
  }

  const head = headOf("contrastive");
  for (const [world, pairs] of Object.entries(worlds)) {
    const dataSet = dataSetOf(pairs.map(([image, text]) => ({ images: [drawing(image)], text })));
    for (const model of models) {
      const asked = metric("recall", head, [1, 3]);
      const valuesFor = async (size: number) => {
        const sides = sidesFor(dataSet, {
          image: (i) => vectors[model]("image", pairs[i]?.[0] ?? 0, String(pairs[i]?.[0])),
          text: (i) => vectors[model]("text", pairs[i]?.[0] ?? 0, pairs[i]?.[1] ?? ""),
        });
        const ranks = new Map([[asked, await plainRanks(sides, { top: 0, size: { images: size, texts: size } })]]);
        return metricOf(asked, head, { ...nothingOf(dataSet), retrieval: { sides, ranks, close: () => undefined } });
      };
      test(`of a ${model} model, ${world}, equals its definition for all block sizes`, async () => {
        const [whole, ...others] = [await valuesFor(1000), await valuesFor(3), await valuesFor(1)];
        for (const values of others) expect(values).toEqual(whole);
        const wanted = (["image", "text"] as const).flatMap((from) => [1, 3].map((k) => [from, k] as const));
        wanted.forEach(([from, k], i) => {
          const exact = byDefinition(pairs, model, from, k);
          // Four thousand random orders of ties for each query: a standard error of at most 0.008.
          expect(whole?.[i]?.value, `${from} at ${k}`).toBeCloseTo(exact, model === "constant" ? 1.5 : 6);
        });
      });
      test(`has the chance level, ${world}, that a ${model === "constant" ? "constant model reaches" : `${model} model is compared with`}`, async () => {
        for (const { value, chance } of await valuesFor(1000)) {
          if (model === "constant") expect(value).toBeCloseTo(chance ?? 0, 9);
          if (model === "perfect") expect(value).toBe(1);
          expect(chance).toBeGreaterThan(0);
        }
      });
    }
  }
});

describe("accuracy of masked_tokens", () => {
  const [head, classes, label] = [headOf("masked_tokens", "words"), 13, "text_labels_mlm"] as const;
  const truths = Array.from({ length: 8 }, (_, i) => stream(7, i).integer(classes));
  test.each(models)("of a %s model", (model) => {
    const right = truths.filter((truth, i) => chosen(model, truth, classes, i) === truth).length;
    const commonest = Math.max(...truths.map((truth) => truths.filter((other) => other === truth).length));
    for (const size of batchSizes) {
      const gathered = gatheredOf(dataSetOf(truths.map(() => ({ images: [] }))), batched(truths.length, size), {
        outputs: (items) => {
          const correct = items.filter((i) => chosen(model, truths[i] ?? 0, classes, i) === truths[i]).length;
          return { [`sum.${head.name}.correct`]: float32([], Float32Array.of(correct)) };
        },
        tensors: (items) => ({
          [label]: int32(
            [items.length],
            Int32Array.from(items, (i) => truths[i] ?? 0),
          ),
        }),
      });
      const [value] = metricOf(metric("accuracy", head, [1]), head, gathered);
      expect(value).toMatchObject({ value: right / 8, chance: commonest / 8, items: 8, unit: "share" });
    }
  });
});

describe("accuracy of matching", () => {
  const head = headOf("matching");
  test.each(batchSizes)("in batches of %d counts all pairs and negatives", (size) => {
    // A pair alone in its batch has no negatives, otherwise two.
    const countOf = (items: readonly number[]) => items.length * (items.length === 1 ? 1 : 3);
    const batches = batched(8, size);
    const gathered = gatheredOf(dataSetOf(Array.from({ length: 8 }, () => ({ images: [] }))), batches, {
      outputs: (items) => ({ [`sum.${head.name}.correct`]: float32([], Float32Array.of(countOf(items))) }),
      count: countOf,
    });
    const all = batches.reduce((sum, items) => sum + countOf(items), 0);
    const [value] = metricOf(metric("accuracy", head, [1]), head, gathered);
    expect(value).toMatchObject({ value: 1, items: all, chance: Math.max(8, all - 8) / all });
  });
});

describe("perplexity", () => {
  const head = headOf("masked_tokens", "words");
  // For each text the losses of its masked tokens; the third has none.
  const counts = [2, 5, 0, 1, 3];
  // The eleven masked tokens: one occurs six times, one three times, one twice.
  const tokens = [[8, 8], [8, 8, 8, 9, 9], [], [9], [8, 7, 7]];
  const lossOf: Readonly<Record<Model, (text: number) => number>> = {
    perfect: () => 0,
    constant: () => Math.log(13),
    random: (text) => 3 * stream(9, text).uniform(),
  };
  test.each(models)("of a %s model is averaged over tokens, not batches", (model) => {
    const all = counts.reduce((a, b) => a + b, 0);
    const exact = Math.exp(counts.reduce((sum, count, text) => sum + count * lossOf[model](text), 0) / all);
    for (const size of batchSizes) {
      const countOf = (items: readonly number[]) => items.reduce((sum, i) => sum + (counts[i] ?? 0), 0);
      const gathered = gatheredOf(dataSetOf(counts.map(() => ({ images: [] }))), batched(counts.length, size), {
        outputs: (items) => {
          const sum = items.reduce((total, i) => total + (counts[i] ?? 0) * lossOf[model](i), 0);
          return { [`loss.${head.name}`]: float32([], Float32Array.of(sum / Math.max(1, countOf(items)))) };
        },
        tensors: (items) => {
          const labels = items.flatMap((i) => [-100, ...(tokens[i] ?? [])]);
          return { text_labels_mlm: int32([labels.length], Int32Array.from(labels)) };
        },
        count: countOf,
      });
      const [value] = metricOf(metric("perplexity", head), head, gathered);
      expect(value?.value).toBeCloseTo(exact, 5);
      expect(value).toMatchObject({ items: all, unit: "number" });
      // The unigram perplexity: from the entropy of the token frequencies.
      expect(value?.chance).toBeCloseTo(((11 / 6) ** 6 * (11 / 3) ** 3 * (11 / 2) ** 2) ** (1 / 11), 9);
    }
  });
});
