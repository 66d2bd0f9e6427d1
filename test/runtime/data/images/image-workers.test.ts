// Images from worker threads, which run the build made by `npm test`.
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Batch, BatchNeeds, BatchOptions } from "../../../../runtime/data/batches/batch.js";
import { evaluationBatches, trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import type { DataSet, ImageSource } from "../../../../runtime/data/sources/data-set.js";
import { openImages, type ImageThreads } from "../../../../runtime/data/images/image-workers.js";
import { openShapes } from "../../../support/sources.js";

const script = fileURLToPath(new URL("../../../../dist/bundle/image-worker.js", import.meta.url));
const scenes = await openShapes({ kind: "images", split: "test", items: 12 });

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vlmo-threads-"));
  const noise = Uint8Array.from({ length: 40 * 20 * 3 }, (_, i) => (i * 7919) % 256);
  await sharp(noise, { raw: { width: 40, height: 20, channels: 3 } }).toFile(path.join(folder, "good.png"));
  await writeFile(path.join(folder, "broken.png"), "no image");
  await writeFile(path.join(folder, "dies.mjs"), "process.exit(3)");
  await writeFile(path.join(folder, "throws.mjs"), "throw new Error('no thread')");
});
afterAll(() => rm(folder, { recursive: true }));

/** Scenes with a file of two boxes as every third item; items in `broken` refer to a file that is no image. */
function mixed(broken: readonly number[] = []): DataSet {
  const cropGrid = { boxes: [[0, 0, 20, 20], [20, 0, 20, 20]], columns: 1 } as const; // prettier-ignore
  const file = (index: number): ImageSource => {
    const name = path.join(folder, broken.includes(index) ? "broken.png" : "good.png");
    return { kind: "file", key: name, path: name, place: { file: "records.jsonl", line: index + 1 }, cropGrid };
  };
  const isFile = (index: number): boolean => index % 3 === 0 || broken.includes(index);
  return {
    ...scenes,
    item: (index) => ({ ...scenes.item(index), ...(isFile(index) && { images: [file(index)] }) }),
  };
}

const needs: BatchNeeds = {
  image: {
    size: 16,
    channels: 3,
    augment: [{ kind: "flip" }, { kind: "rand_augment", count: 2, magnitude: 7 }],
  },
};

async function take(threads: ImageThreads, options: Partial<BatchOptions>, count: number): Promise<Batch[]> {
  const source = trainingBatches({ dataSet: mixed(), needs, batch: 4, seed: 5, loader: threads, ...options });
  try {
    const batches: Batch[] = [];
    while (batches.length < count) batches.push(await source.next());
    return batches;
  } finally {
    await source.close();
    await threads.close();
  }
}

describe("images from worker threads", () => {
  it.each([1, 3])("equal those of the main thread: %i workers", async (count) => {
    const wanted = await take(openImages(0), {}, 6);
    expect(await take(openImages(count, script), {}, 6)).toEqual(wanted);
  });

  it("fill the batches of an evaluation, the last one shorter or padded with the first items", async () => {
    const threads = openImages(2, script);
    const [short, padded]: [Batch[], Batch[]] = [[], []];
    const options: BatchOptions = {
      dataSet: mixed(),
      needs: { image: { size: 16, channels: 3 } },
      batch: 5,
      seed: 1,
      loader: threads,
    };
    for await (const batch of evaluationBatches(options)) short.push(batch);
    for await (const batch of evaluationBatches(options, "pad")) padded.push(batch);
    await threads.close();
    const [last, filled] = [short, padded].map((batches) => batches[2]?.tensors.get("image"));
    expect(last?.shape).toEqual([2, 3, 16, 16]);
    expect(filled?.shape).toEqual([5, 3, 16, 16]);
    const one = 3 * 16 * 16;
    const [a, b] = [last?.data.slice(0, one), last?.data.slice(one)];
    expect(a).not.toEqual(b);
    expect([0, 1, 2, 3, 4].map((i) => filled?.data.slice(i * one, (i + 1) * one))).toEqual([a, b, a, a, a]);
  });

  it.each([0, 2])("follow their items if broken ones are left out: %i workers", async (count) => {
    const skipping = { dataSet: mixed([1, 5, 6]), onError: "skip" } as const;
    const batches = await take(openImages(count, script), skipping, 4);
    const used = batches.flatMap(({ indices }) => indices);
    expect(used.filter((index) => [1, 5, 6].includes(index))).toEqual([]);
    // An item has the same noise alone as in a batch.
    const alone = new Map<string, unknown>();
    const singles = await take(openImages(0), { ...skipping, batch: 1 }, 18);
    for (const { indices, start, tensors } of singles)
      alone.set(`${start.epoch} ${indices[0]}`, tensors.get("image")?.data);
    const one = 3 * 16 * 16;
    for (const { indices, start, tensors } of batches) {
      indices.forEach((index, i) => {
        const data = tensors.get("image")?.data.slice(i * one, (i + 1) * one);
        expect(data, `item ${index}`).toEqual(alone.get(`${start.epoch} ${index}`));
      });
    }
  });

  it("that fail end the run as on the main thread", async () => {
    const error = { code: "V917", file: "records.jsonl", line: 6 };
    await expect(take(openImages(0), { dataSet: mixed([5]), batch: 12 }, 1)).rejects.toMatchObject(error);
    await expect(take(openImages(2, script), { dataSet: mixed([5]), batch: 12 }, 1)).rejects.toMatchObject(error);
  });

  it.each(["dies.mjs", "throws.mjs", "absent.mjs"])("come from the main thread if a worker dies: %s", async (name) => {
    const wanted = await take(openImages(0), {}, 3);
    expect(await take(openImages(2, path.join(folder, name)), {}, 3)).toEqual(wanted);
  });
});
