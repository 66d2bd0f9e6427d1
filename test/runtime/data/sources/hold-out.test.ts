// The split held out for validation if a format has no splits: whole images with all of their annotations, independent of where
// the data are stored; and runs on a split that resume within an epoch.
import { cp, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import type { DataFormat } from "../../../../compiler/index.js";
import type { DataKind, ImageSource } from "../../../../runtime/data/sources/data-set.js";
import { trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import { openSource } from "../../../support/sources.js";
import { twentyArrow, twentyParquet } from "../../../support/tables.js";
import { tarOf } from "../../../support/tar.js";
import { itemsOf, redImage, useDisk } from "../disk.js";

const disk = useDisk();
const elsewhere = await mkdtemp(path.join(tmpdir(), "vlmo-elsewhere-"));
afterAll(() => rm(elsewhere, { recursive: true }));

const IMAGES = Array.from({ length: 20 }, (_, i) => `${i}.png`);
const pictures = Object.fromEntries(IMAGES.map((name) => [`images/${name}`, null]));

/** Two records per image, so that related records could be separated. */
const twice = IMAGES.flatMap((name) => [name, name]);
const captions = {
  images: IMAGES.map((file_name, id) => ({ id, file_name })),
  annotations: twice.map((_, i) => ({ image_id: i >> 1, caption: `text ${i}` })),
};
const sentences = twice.map((_, i) => ({
  identifier: `dev-${i >> 1}-${i % 2}-0`,
  sentence: `text ${i}`,
  label: "True",
}));
const questions = twice.map((_, i) => ({ question_id: i, image_id: i >> 1, question: `text ${i}` }));
const annotations = twice.map((_, i) => ({ question_id: i, answers: [{ answer: i % 3 === 0 ? "yes" : "no" }] }));
/** A shard of ten samples, each an image with two texts. */
const shard = (first: number): Buffer =>
  tarOf(
    Array.from({ length: 10 }, (_, i) => first + i).flatMap((n) => [
      { name: `${n}.json`, bytes: JSON.stringify({ text: [`text ${2 * n}`, `text ${2 * n + 1}`] }) },
      { name: `${n}.png`, bytes: redImage },
    ]),
  );
const squares = {
  ...captions,
  images: captions.images.map((image) => ({ ...image, width: 4, height: 4 })),
  annotations: IMAGES.map((_, id) => ({ id, image_id: id, category_id: 1, segmentation: [[0, 0, 2, 0, 2, 2]] })),
  categories: [{ id: 1, name: "square" }],
};
const jsonLines = (records: readonly object[]): string =>
  records.map((record) => `${JSON.stringify(record)}\n`).join("");

interface Row {
  readonly format: DataFormat;
  readonly kind: DataKind;
  readonly files: Readonly<Record<string, string | Buffer | null>>;
  readonly settings: object;
  /** Samples that must stay in one split. */
  readonly together: number;
}

const rows: readonly Row[] = [
  { format: "folder", kind: "images", files: pictures, settings: { images: "images" }, together: 1 },
  {
    format: "folder",
    kind: "masks",
    files: { ...pictures, ...Object.fromEntries(IMAGES.map((name) => [`masks/${name}`, null])) },
    settings: { images: "images", masks: "masks" },
    together: 1,
  },
  {
    format: "coco",
    kind: "pairs",
    files: { ...pictures, "captions.json": JSON.stringify(captions) },
    settings: { images: "images", annotations: "captions.json" },
    together: 2,
  },
  {
    format: "jsonl",
    kind: "pairs",
    files: {
      ...pictures,
      "all.jsonl": jsonLines(twice.map((name, i) => ({ image: `images/${name}`, text: `t ${i}` }))),
    },
    settings: { records: "all.jsonl" },
    together: 2,
  },
  {
    format: "csv",
    kind: "texts",
    files: { "all.csv": ["text", ...twice.map((_, i) => `text ${i}`)].join("\n") },
    settings: { records: "all.csv" },
    together: 1,
  },
  {
    format: "nlvr2",
    kind: "statements",
    files: {
      ...Object.fromEntries(
        twice.flatMap((_, i) => [0, 1].map((n) => [`images/dev-${i >> 1}-${i % 2}-img${n}.png`, null])),
      ),
      "dev.json": jsonLines(sentences),
    },
    settings: { records: "dev.json", images: "images" },
    together: 1,
  },
  {
    format: "lines",
    kind: "texts",
    files: { "all.txt": twice.map((_, i) => `text ${i}\n`).join("") },
    settings: { files: ["all.txt"] },
    together: 1,
  },
  {
    format: "coco",
    kind: "masks",
    files: { ...pictures, "instances.json": JSON.stringify(squares) },
    settings: { images: "images", annotations: "instances.json" },
    together: 1,
  },
  {
    format: "vqa2",
    kind: "questions",
    files: {
      ...pictures,
      "questions.json": JSON.stringify({ questions }),
      "annotations.json": JSON.stringify({ annotations }),
    },
    settings: {
      images: "images",
      questions: "questions.json",
      annotations: "annotations.json",
      image_names: "0.png",
    },
    together: 2,
  },
  {
    format: "webdataset",
    kind: "pairs",
    files: { "0.tar": shard(0), "1.tar": shard(10) },
    settings: { shards: ["{0..1}.tar"], fields: { text: "json.text" }, shuffle: 6 },
    together: 2,
  },
  {
    format: "arrow",
    kind: "pairs",
    files: { "all.arrow": twentyArrow },
    settings: { files: ["all.arrow"], shuffle: 6 },
    together: 2,
  },
  {
    format: "parquet",
    kind: "pairs",
    files: { "all.parquet": twentyParquet },
    settings: { files: ["all.parquet"], shuffle: 6 },
    together: 2,
  },
];

describe("the held-out split", () => {
  it.each(rows)("does not separate related records: $kind of $format", async (row) => {
    const { format, kind, files, settings, together } = row;
    await disk.write(files);
    const part = async (name: string, folder: string) => {
      const split = { hold_out: 0.25, part: name, seed: 3 };
      const set = await openSource(format, kind, { ...settings, split }, folder);
      return itemsOf(set).map(({ name: item, images: [image], text }) => ({
        item,
        text,
        image: image && nameOf(image),
      }));
    };
    const [train, validation] = [await part("train", disk.folder), await part("validation", disk.folder)];
    const whole = await openSource(format, kind, { ...settings }, disk.folder);
    expect(train.length + validation.length).toBe(whole.length);
    expect(validation.length % together).toBe(0);
    expect(validation.length / whole.length).toBeCloseTo(0.25);
    const held = new Set(validation.map(({ image, item }) => image ?? item));
    expect(train.filter(({ image, item }) => held.has(image ?? item))).toEqual([]);

    await cp(disk.folder, elsewhere, { recursive: true });
    expect(await part("validation", elsewhere)).toEqual(validation);
  });

  it.each(rows)("resumes within an epoch with the same samples: $kind of $format", async (row) => {
    const { format, kind, files, settings } = row;
    await disk.write(files);
    const split = { hold_out: 0.25, part: "train", seed: 3 };
    const dataSet = await openSource(format, kind, { ...settings, split }, disk.folder);
    // The batch size does not divide the epoch.
    const size = { batch: 4, imageSize: 4 };
    const options = { dataSet, needs: {}, seed: 7, ...size };
    const whole = trainingBatches(options);
    const batches = [];
    for (let i = 0; i < 12; i++) batches.push(await whole.next());
    await whole.close();
    for (const at of [0, 2, 7]) {
      const later = trainingBatches(options, batches[at]?.next);
      for (const batch of batches.slice(at + 1)) expect((await later.next()).items).toEqual(batch.items);
      await later.close();
    }
    expect(batches[7]?.next.offset).not.toBe(0);
    expect(new Set(batches.map(({ start }) => start.epoch)).size).toBeGreaterThan(1);
  });

  it("depends on the seed, and has at least one group", async () => {
    await disk.write(pictures);
    const names = async (split: object) => {
      const set = await openSource(
        "folder",
        "images",
        { images: "images", split: { part: "validation", ...split } },
        disk.folder,
      );
      return itemsOf(set).map(({ name }) => name);
    };
    expect(await names({ hold_out: 0.001 })).toHaveLength(1);
    expect(await names({ hold_out: 0.5, seed: 1 })).not.toEqual(await names({ hold_out: 0.5, seed: 2 }));
    expect(await names({ hold_out: 0.999 })).toHaveLength(IMAGES.length - 1);
  });

  it.each([
    ["jsonl", { records: "all.jsonl" }, { "all.jsonl": jsonLines([{ image: "images/0.png", text: "a" }]) }],
    ["lines", { files: ["all.txt"] }, { "all.txt": "one\n" }],
    ["folder", { images: "one" }, { "one/a.png": null }],
  ] as const)(
    "leaves no training data if all records are related, which is reported: %s",
    async (format, own, files) => {
      await disk.write({ ...pictures, ...files });
      const kind = format === "jsonl" ? "pairs" : format === "lines" ? "texts" : "images";
      const split = { hold_out: 0.1, part: "train" };
      await expect(openSource(format, kind, { ...own, split }, disk.folder)).rejects.toThrow(
        "`split` divides what can be",
      );
    },
  );

  it.each([
    {
      what: "two statements about one pair of images, and another pair that shares an image",
      // Images 4n and 4n + 1, the same two again, and 4n + 1 with 4n + 2.
      images: (n: number) => [
        [4 * n, 4 * n + 1],
        [4 * n, 4 * n + 1],
        [4 * n + 1, 4 * n + 2],
      ],
      spelt: (name: string) => name,
    },
    {
      what: "one image by several paths",
      images: (n: number) => [[n], [n]],
      spelt: (name: string, i: number) => (i % 2 ? `./images/../${name}` : name),
    },
  ])("shares no image with the training split: $what", async ({ images, spelt }) => {
    const records = [0, 1, 2, 3, 4].flatMap((n) =>
      images(n).map((of, i) => {
        const [left, right] = of.map((image) => spelt(`images/${image}.png`, i));
        return { image: left, ...(right !== undefined && { right }), text: "a", label: i % 2 === 0 };
      }),
    );
    const hasTwo = images(0)[0]?.length === 2;
    await disk.write({ ...pictures, "all.jsonl": jsonLines(records) });
    const part = async (name: string) => {
      const settings = {
        records: "all.jsonl",
        split: { hold_out: 0.4, part: name },
        ...(hasTwo && { fields: { image: ["image", "right"] } }),
      };
      const set = await openSource("jsonl", hasTwo ? "statements" : "pairs", settings, disk.folder);
      return itemsOf(set).flatMap((item) => item.images.map(nameOf));
    };
    const [train, validation] = [new Set(await part("train")), new Set(await part("validation"))];
    expect([train.size > 0, validation.size > 0]).toEqual([true, true]);
    expect([...validation].filter((image) => train.has(image))).toEqual([]);
  });
});

function nameOf(image: ImageSource): string {
  if (image.kind !== "file") throw new Error("a drawing");
  return [
    path.basename(image.path),
    image.inside !== undefined && "name" in image.inside ? image.inside.name : "",
  ].join(" ");
}
