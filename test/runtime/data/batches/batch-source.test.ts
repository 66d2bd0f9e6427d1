import { describe, expect, it } from "vitest";

import type { Batch, BatchNeeds, BatchOptions } from "../../../../runtime/data/batches/batch.js";
import { evaluationBatches, trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import { concatenated, type DataSet } from "../../../../runtime/data/sources/data-set.js";
import { createImageLoader } from "../../../../runtime/data/images/image.js";
import { openShapes } from "../../../support/sources.js";
import { createTokenizer, learnVocabulary } from "../../../../runtime/data/text/tokenizer.js";

const pairs = await openShapes({ kind: "pairs", split: "test", items: 22 });
const texts = Array.from({ length: pairs.length }, (_, i) => pairs.item(i).text ?? "");
const tokenizer = createTokenizer(await learnVocabulary(texts, 500));

const needs = {
  image: { size: 16, channels: 3, augment: [{ kind: "flip" }] },
  text: { tokenizer, length: 32 },
  maskedTokens: new Map([["", { probability: 0.15, wholeWord: true }]]),
  maskedPatches: new Map([["", { grid: [2, 2], ratio: 0.4, shape: "blockwise" }]]),
} as const satisfies BatchNeeds;

const options: BatchOptions = { dataSet: pairs, needs, batch: 4, seed: 5 };

async function take(more: Partial<BatchOptions>, count: number, from?: Batch["start"]): Promise<Batch[]> {
  const source = trainingBatches({ ...options, ...more }, from);
  const batches: Batch[] = [];
  for (let i = 0; i < count; i++) batches.push(await source.next());
  await source.close();
  return batches;
}

async function all(more: Partial<BatchOptions>, remainder?: "short" | "pad"): Promise<Batch[]> {
  const batches: Batch[] = [];
  for await (const batch of evaluationBatches({ ...options, ...more }, remainder)) batches.push(batch);
  return batches;
}

function shapes({ tensors }: Batch): Record<string, string> {
  return Object.fromEntries([...tensors].map(([name, { dtype, shape }]) => [name, `${dtype}[${shape.join(",")}]`]));
}

describe("trainingBatches", async () => {
  it("gives the batch tensors by name and shape", async () => {
    const [batch] = await take({}, 1);
    expect(batch && shapes(batch)).toEqual({
      image: "float32[4,3,16,16]",
      patch_mask: "float32[4,4]",
      text_ids: "int32[4,32]",
      text_masks: "float32[4,32]",
      text_ids_mlm: "int32[4,32]",
      text_labels_mlm: "int32[4,32]",
    });
    expect(batch?.items.every((name) => /^shapes\(1\)\/test\/pairs\/\d+$/.test(name))).toBe(true);
    expect(batch?.counts).toMatchObject({ items: 4, maskedPatches: 8, truncated: 0 });
    const labels = batch?.tensors.get("text_labels_mlm")?.data ?? [];
    expect(batch?.counts.maskedTokens).toBe([...labels].filter((label) => label !== -100).length);
  });

  it.each([
    {
      what: "statements about two images",
      dataSet: await openShapes({ kind: "statements", split: "test", images: 2, items: 8 }),
      needs: {
        image: { size: 16, channels: 3 as const, count: 2 },
        text: { tokenizer, length: 12 },
        label: true,
      } satisfies BatchNeeds,
      wanted: {
        image_0: "float32[4,3,16,16]",
        image_1: "float32[4,3,16,16]",
        text_ids: "int32[4,12]",
        text_masks: "float32[4,12]",
        label: "int32[4]",
      },
    },
    {
      what: "questions",
      dataSet: await openShapes({ kind: "questions", split: "test", items: 8 }),
      needs: { image: { size: 16, channels: 3 }, answers: true } satisfies BatchNeeds,
      wanted: { image: "float32[4,3,16,16]", answer_targets: "float32[4,29]" },
    },
    {
      what: "masks",
      dataSet: await openShapes({ kind: "masks", split: "test", items: 8 }),
      needs: { image: { size: 16, channels: 3 }, mask: { size: 16 } } satisfies BatchNeeds,
      wanted: { image: "float32[4,3,16,16]", mask: "int32[4,16,16]" },
    },
  ])("gives the tensors of $what", async ({ dataSet, needs, wanted }) => {
    const [batch] = await take({ dataSet, needs }, 1);
    expect(batch && shapes(batch)).toEqual(wanted);
  });

  it("uses every item at most once per epoch, reshuffled each epoch, and drops the last partial batch", async () => {
    const batches = await take({}, 10);
    expect(batches.map(({ start }) => start.epoch)).toEqual([0, 0, 0, 0, 0, 1, 1, 1, 1, 1]);
    const epochs = [0, 1].map((epoch) =>
      batches.filter(({ start }) => start.epoch === epoch).flatMap(({ indices }) => indices),
    );
    for (const used of epochs) expect(new Set(used).size).toBe(20);
    expect(epochs[0]).not.toEqual(epochs[1]);
  });

  it("gives the number of batches per epoch", () => {
    const source = trainingBatches(options);
    expect(source.batchesPerEpoch).toBe(5);
    return source.close();
  });

  it("resumes from a saved position with exactly the same batches", async () => {
    const whole = await take({}, 9);
    for (const cut of [1, 5, 7]) {
      const saved = JSON.parse(JSON.stringify(whole[cut - 1]?.next)) as Batch["next"]; // Serialised as in a checkpoint.
      expect(await take({}, 9 - cut, saved)).toEqual(whole.slice(cut));
    }
  });

  it("seeks to a position and back", async () => {
    const source = trainingBatches(options);
    const first = await source.next();
    const second = await source.next();
    source.seek(first.next);
    expect(await source.next()).toEqual(second);
    source.seek(first.start);
    expect(await source.next()).toEqual(first);
    await source.close();
  });

  it("gives the same batches for every prefetch depth and cache size", async () => {
    const wanted = await take({}, 6);
    expect(await take({ prefetch: 5 }, 6)).toEqual(wanted);
    expect(await take({ prefetch: 1, loader: createImageLoader(0) }, 6)).toEqual(wanted);
  });

  it("draws an item's noise by epoch and item, independent of its batch", async () => {
    const fours = await take({}, 5);
    const twos = await take({ batch: 2 }, 10);
    const masked = (batches: Batch[]): number[] =>
      batches.flatMap(({ tensors }) => [...(tensors.get("text_ids_mlm")?.data ?? [])]);
    expect(masked(twos)).toEqual(masked(fours));
  });

  it.each([
    { what: "fewer items than a batch", more: { batch: 23 }, says: /22 usable items, fewer than one batch of 23/ },
    { what: "tensors that the data do not supply", more: { needs: { ...needs, label: true } }, says: /needs label/ },
    {
      what: "two images per item from data with one",
      more: { needs: { image: { size: 16, channels: 3 as const, count: 2 as const } } },
      says: /needs images/,
    },
  ])("refuses $what", async ({ more, says }) => {
    await expect(take(more, 1)).rejects.toMatchObject({ code: "V919", message: expect.stringMatching(says) });
  });

  it("keeps groups of items together, reshuffled each epoch", async () => {
    const groups = Int32Array.from({ length: 16 }, (_, i) => i % 4);
    const batches = await take({ dataSet: { ...pairs, length: 16, groups } }, 16);
    const orders = [0, 4, 8, 12].map((epoch) => batches.slice(epoch, epoch + 4).map(({ indices }) => indices));
    for (const order of orders) {
      for (const indices of order) expect(new Set(indices.map((i) => i % 4)).size).toBe(1);
      expect(order.flat().toSorted((a, b) => a - b)).toEqual([...Array(16).keys()]);
    }
    expect(new Set(orders.map((order) => JSON.stringify(order))).size).toBe(4);
  });

  it("reuses the buffers of released batches for later ones, and gives the same batches", async () => {
    const kept = await take({}, 6);
    const source = trainingBatches(options);
    const images = new Set<unknown>();
    for (const wanted of kept) {
      const batch = await source.next();
      expect(batch.tensors).toEqual(wanted.tensors);
      images.add(batch.tensors.get("image")?.data);
      source.recycle(batch);
      // Foreign buffers, and buffers released before, must not be overwritten.
      source.recycle(wanted);
      source.recycle(batch);
    }
    await source.close();
    expect(images.size).toBeLessThan(kept.length);
  });
});

describe("evaluationBatches", () => {
  it("gives every item once and in order, with a shorter last batch", async () => {
    const batches = await all({});
    expect(batches.flatMap(({ indices }) => indices)).toEqual([...Array(22).keys()]);
    expect(batches.map(({ counts }) => counts.items)).toEqual([4, 4, 4, 4, 4, 2]);
    expect(batches.at(-1)?.tensors.get("image")?.shape).toEqual([2, 3, 16, 16]);
  });

  it("pads the last batch on request and gives the number of items that count", async () => {
    const last = (await all({}, "pad")).at(-1);
    expect(last?.tensors.get("image")?.shape).toEqual([4, 3, 16, 16]);
    expect(last?.counts.items).toBe(2);
    expect(last?.indices).toEqual([20, 21, 20, 20]);
  });

  it("masks the same tokens every time", async () => {
    expect(await all({})).toEqual(await all({}));
  });
});

describe("concatenated", () => {
  it("gives the items of one data set after the other, with the tensors that all supply", () => {
    const other: DataSet = { ...pairs, name: "other", supplies: new Set(["image"]) };
    const both = concatenated([pairs, other]);
    expect(both).toMatchObject({ length: 44, supplies: new Set(["image"]) });
    expect(both.item(23)).toEqual(pairs.item(1));
  });
});
