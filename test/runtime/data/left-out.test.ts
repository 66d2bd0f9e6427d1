// Records left out by `on_error: skip` change neither the order nor the noise of the others.
import { expect, it } from "vitest";
import { trainingBatches } from "../../../runtime/data/batches/batch-source.js";
import { openSource } from "../../support/sources.js";
import { useDisk } from "./disk.js";

const disk = useDisk();
const RECORDS = 12;
const BATCHES = 22;

/** Items of the first batches with their pixels, without the fifth record. */
async function taken(fifth: string): Promise<[item: string, pixels: string][]> {
  const records = Array.from({ length: RECORDS }, (_, i) => ({ image: i === 4 ? fifth : `${i}.png`, text: "x" }));
  await disk.write({ "records.jsonl": records.map((record) => `${JSON.stringify(record)}\n`).join("") });
  const settings = { records: "records.jsonl", on_error: "skip" };
  const dataSet = await openSource("jsonl", "pairs", settings, disk.folder);
  const needs = { image: { size: 8, channels: 3, augment: [{ kind: "resized_crop", area: [0.3, 1] }] } } as const;
  const source = trainingBatches({ dataSet, needs, batch: 1, seed: 5, onError: "skip" });
  const batches: [string, string][] = [];
  for (let i = 0; i < BATCHES; i++) {
    const { start, items, tensors } = await source.next();
    batches.push([`${start.epoch} ${items.join()}`, [...(tensors.get("image")?.data ?? [])].join()]);
  }
  await source.close();
  return batches.filter(([item]) => !item.endsWith(":5"));
}

it.each([
  { what: "a missing image", image: "gone.png" },
  { what: "a path out of the folder", image: "../secret.png" },
  { what: "an image that cannot be decoded", image: "words.png" },
])("$what changes no other record", async ({ image }) => {
  const images = Array.from({ length: RECORDS }, (_, i) => [`${i}.png`, null] as const);
  await disk.write({ ...Object.fromEntries(images), "words.png": "not an image" });
  const [whole, broken] = [await taken("4.png"), await taken(image)];
  // Without a record the same number of batches reaches further items.
  expect(whole).toHaveLength(BATCHES - 2);
  expect(broken.slice(0, whole.length)).toEqual(whole);
});
