// Images of a batch mixed in pairs, against timm's `Mixup` with mode "batch", written out.
import { describe, expect, test } from "vitest";
import type { MixSpec } from "../../../../compiler/index.js";
import { evaluationBatches, trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import { microBatchesOf, wholeOf } from "../../../../runtime/data/batches/micro-batches.js";
import { mixImages } from "../../../../runtime/data/batches/mix-images.js";
import { stream } from "../../../../runtime/random.js";
import { float32, int32, type Tensor } from "../../../../runtime/tensor.js";
import { openShapes } from "../../../support/sources.js";

const [channels, size] = [3, 6];
const one = channels * size * size;
const mixup = (alpha: number): MixSpec => ({ kind: "mixup", alpha });
const cutmix = (alpha: number): MixSpec => ({ kind: "cutmix", alpha });

/** Images with distinct pixels. */
function batchOf(count: number): Map<string, Tensor> {
  return new Map<string, Tensor>([
    [
      "image",
      float32(
        [count, channels, size, size],
        Float32Array.from({ length: count * one }, (_, i) => i),
      ),
    ],
    [
      "label",
      int32(
        [count],
        Int32Array.from({ length: count }, (_, i) => 10 + i),
      ),
    ],
  ]);
}

function mixed(count: number, ways: readonly MixSpec[], seed: number) {
  const tensors = batchOf(count);
  mixImages(tensors, ways, stream(seed));
  const of = (name: string): number[] => [...(tensors.get(name)?.data ?? [])];
  return { images: of("image"), labels: of("label"), second: of("label_second"), shares: of("label_share") };
}

const seeds = Array.from({ length: 40 }, (_, i) => i);

describe.each([1, 2, 5])("of a batch of %i", (count) => {
  const before = [...(batchOf(count).get("image")?.data ?? [])];
  const partnerOf = (i: number): number => before[(count - 1 - Math.floor(i / one)) * one + (i % one)] ?? 0;

  test("the second labels are those of the reversed batch", () => {
    const { labels, second, shares } = mixed(count, [mixup(0.8)], 1);
    expect(labels).toEqual(Array.from({ length: count }, (_, i) => 10 + i));
    expect(second).toEqual(labels.toReversed());
    expect(new Set(shares).size).toBe(1);
  });

  test("mixup is the mean weighted by the shares", () => {
    for (const seed of seeds) {
      const { images, shares } = mixed(count, [mixup(0.8)], seed);
      const [share = 0] = shares;
      images.forEach((value, i) => expect(value).toBeCloseTo(share * (before[i] ?? 0) + (1 - share) * partnerOf(i), 3));
    }
  });

  test("cutmix pastes one rectangle of the other image, whose area is its share", () => {
    for (const seed of seeds) {
      const { images, shares } = mixed(count, [cutmix(1)], seed);
      const foreign = images.flatMap((value, i) => {
        if (value === before[i]) return [];
        expect(value).toBe(partnerOf(i));
        return [i];
      });
      if (Math.floor(count / 2) === 0) continue;
      const cut = foreign.filter((i) => i < size * size);
      const [rows, columns] = [cut.map((i) => Math.floor(i / size)), cut.map((i) => i % size)];
      const extent = (of: number[]): number => (of.length === 0 ? 0 : Math.max(...of) - Math.min(...of) + 1);
      expect(cut).toHaveLength(extent(rows) * extent(columns));
      expect(shares[0]).toBeCloseTo(1 - cut.length / size ** 2, 6);
      expect(foreign).toHaveLength(2 * Math.floor(count / 2) * channels * cut.length);
    }
  });
});

test.each([0.2, 0.8, 1, 4])("shares are distributed as Beta(a, a), a = %f", (alpha) => {
  const drawn = Array.from({ length: 4000 }, (_, seed) => {
    const tensors = new Map<string, Tensor>([
      ["image", float32([1, 1, 1, 1])],
      ["label", int32([1])],
    ]);
    mixImages(tensors, [mixup(alpha)], stream(7, seed));
    return tensors.get("label_share")?.data[0] ?? NaN;
  });
  const mean = drawn.reduce((sum, each) => sum + each, 0) / drawn.length;
  const variance = drawn.reduce((sum, each) => sum + (each - mean) ** 2, 0) / drawn.length;
  expect(Math.abs(mean - 0.5)).toBeLessThan(0.03);
  expect(Math.abs(variance * 4 * (2 * alpha + 1) - 1)).toBeLessThan(0.08);
});

test("two methods are each used for about half of the batches", () => {
  const whole = mixed(2, [cutmix(1)], 0).images.every(Number.isInteger);
  expect(whole).toBe(true);
  const sums = seeds.map((seed) =>
    mixed(2, [mixup(0.8), cutmix(1)], seed).images.some((each) => !Number.isInteger(each)),
  );
  const share = sums.filter(Boolean).length / seeds.length;
  expect(share).toBeGreaterThan(0.25);
  expect(share).toBeLessThan(0.75);
});

describe("mixing in batches", async () => {
  const dataSet = await openShapes({ kind: "labelled_images", split: "test", items: 22 });
  const needs = { image: { size: 16, channels: 3 }, label: true } as const;
  const options = { dataSet, needs: { ...needs, mix: [mixup(0.8), cutmix(1)] }, batch: 6, seed: 5 };

  async function take(from?: { epoch: number; offset: number }) {
    const source = trainingBatches(options, from);
    const batches = [await source.next(), await source.next()];
    await source.close();
    return batches;
  }

  test("depends on the position only, and differs between batches", async () => {
    const [first, second] = await take();
    const [again] = await take(first?.next);
    expect(again?.tensors).toEqual(second?.tensors);
    expect(first?.tensors.get("label_share")).not.toEqual(second?.tensors.get("label_share"));
  });

  test("mixes over the whole batch before it is divided into micro-batches", async () => {
    const [batch] = await take();
    if (batch === undefined) throw new Error("no batch");
    const labels = batch.tensors.get("label")?.data ?? [];
    const parts = microBatchesOf(wholeOf(batch), 2).map(({ tensors }) => [
      ...(tensors.get("label_second")?.data ?? []),
    ]);
    expect(parts.flat()).toEqual([...labels].toReversed());
  });

  test("is off unless requested, as in evaluations", async () => {
    for await (const { tensors } of evaluationBatches({ ...options, needs }))
      expect([...tensors.keys()]).toEqual(["image", "label"]);
  });
});
