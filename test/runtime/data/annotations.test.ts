// Captions in one JSON file, COCO's and that of Karpathy's splits: the resulting pairs, and errors.
import path from "node:path";
import { describe, expect, it } from "vitest";

import type { DataSet } from "../../../runtime/data/sources/data-set.js";
import { openSource } from "../../support/sources.js";
import { itemsOf, useDisk } from "./disk.js";

const disk = useDisk();

/** Opens COCO captions; `a.png` and `b.png` exist. */
async function coco(content: unknown, more: object = {}): Promise<DataSet> {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  await disk.write({ "captions.json": text, "photos/a.png": null, "photos/b.png": null });
  return openSource("coco", "pairs", { annotations: "captions.json", images: "photos", ...more }, disk.folder);
}

describe("coco", () => {
  const photos = [
    { id: 7, file_name: "a.png" },
    { id: 9, file_name: "b.png" },
    { id: 11, file_name: "gone.png" },
  ];
  const captions = [
    { image_id: 9, id: 1, caption: "one" },
    { image_id: 7, id: 2, caption: "two" },
    { image_id: 9, id: 3, caption: "three" },
  ];

  it("gives a pair for every caption in file order, and notes images without one", async () => {
    const set = await coco({ images: photos, annotations: captions });
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["captions.json:annotations[0]", "one"],
      ["captions.json:annotations[1]", "two"],
      ["captions.json:annotations[2]", "three"],
    ]);
    expect(set.item(0).images).toMatchObject([{ path: path.join(disk.folder, "photos/b.png") }]);
    expect(set.item(0).images).toEqual(set.item(2).images);
    expect(set.notes).toEqual([{ says: "1 image has no caption", count: 1, names: ["gone.png"] }]);
  });

  it.each<[what: string, images: readonly unknown[], annotation: unknown, said: string]>([
    ["a missing image", photos, { image_id: 11, caption: "x" }, "V916 there is no image `photos/gone.png`"],
    [
      "an image that is not listed",
      photos,
      { image_id: "8", caption: "x" },
      'V913 the field `annotations[3].image_id` should be the `id` of an entry of `images`, but is "8"',
    ],
    [
      "a text where images have numbers",
      photos,
      { image_id: "7", caption: "x" },
      'V913 the field `annotations[3].image_id` should be a number, as the `id` that it names is, but is the text "7"',
    ],
    [
      "a number that JSON rounds",
      photos,
      { image_id: 2 ** 53, caption: "x" },
      "V913 the field `annotations[3].image_id` should be a number up to 9,007,199,254,740,991, or a text, but is beyond it",
    ],
    [
      "an empty caption",
      photos,
      { image_id: 7, caption: " " },
      "V914 the field `annotations[3].caption` is an empty text: it has no tokens",
    ],
    [
      "an annotation without caption",
      photos,
      { image_id: 7 },
      "V912 the record has no field `annotations[3].caption`; it has `image_id`",
    ],
    [
      "a number that two images have",
      [...photos, { id: 7, file_name: "b.png" }],
      captions[0],
      "V913 the field `images[3].id` should be a number that occurs once in `images`, but is 7",
    ],
  ])("reports %s, or leaves it out", async (_, images, annotation, said) => {
    const content = { images, annotations: [...captions, annotation] };
    const found = await disk.mistakes(coco(content));
    expect(found.map((text) => text.replace("captions.json ", ""))).toEqual([said]);
    const set = await coco(content, { on_error: "skip" });
    expect(set.skipped).toHaveLength(1);
    expect(set.length).toBeGreaterThanOrEqual(3);
  });

  it("accepts ids of any length as strings, and refuses numbers that would be rounded to the same one", async () => {
    const [first, second] = ["9007199254740992", "9007199254740993"];
    const content = (quote: string) => {
      const [a, b] = [first, second].map((id) => quote + id + quote);
      return `{"images": [{"id": ${a}, "file_name": "a.png"}, {"id": ${b}, "file_name": "b.png"}],
        "annotations": [{"image_id": ${b}, "caption": "of b"}]}`;
    };
    expect((await coco(content('"'))).item(0).images).toMatchObject([{ path: path.join(disk.folder, "photos/b.png") }]);
    const found = await disk.mistakes(coco(content("")));
    expect(found).toHaveLength(3);
    for (const each of found) expect(each).toContain("should be a number up to 9,007,199,254,740,991, or a text");
  });

  it.each<[what: string, text: string, said: RegExp]>([
    ["text that is not JSON", '{"images": [}', /^V910 .*it is not JSON: column 13: a value is missing before `}`/],
    [
      "a list twice",
      '{"images": [],\n"annotations": [],\n"annotations": []}',
      /^V910 .*line 3, column 1: the field `annotations` occurs twice in its object/,
    ],
    [
      "a caption twice",
      '{"images": [], "annotations": [{"image_id": 1, "caption": "a", "caption": "b"}]}',
      /^V910 .*column 64: the field `caption` occurs twice in its object/,
    ],
    ["JSON without captions", '{"images": []}', /^V910 .*it has no list `annotations`/],
    ["no captions", '{"images": [], "annotations": []}', /^V919 .*it has no captions/],
    ["another data set", JSON.stringify({ images: [], annotations: [{ image_id: 1, bbox: [] }] }), /^V982 .*boxes/],
  ])("reports %s", async (_, text, said) => {
    expect(await disk.mistakes(coco(text))).toEqual([expect.stringMatching(said)]);
  });
});

/** Opens annotations with these entries under `images`. */
async function karpathy(entries: unknown, more: object = {}): Promise<DataSet> {
  await disk.write({
    "dataset.json": JSON.stringify({ images: entries }),
    "photos/val/a.png": null,
    "photos/b.png": null,
  });
  return openSource("karpathy", "pairs", { annotations: "dataset.json", images: "photos", ...more }, disk.folder);
}

describe("karpathy", () => {
  const a = { filename: "a.png", filepath: "val", split: "train", sentences: [{ raw: "one" }, { raw: "two" }] };
  const b = { filename: "b.png", split: "restval", sentences: [{ raw: "three" }] };
  const c = { filename: "gone.png", split: "test", sentences: [{ raw: "four" }] };

  it("gives a pair for every sentence of the requested splits", async () => {
    const set = await karpathy([a, b, c]);
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["dataset.json:images[0].sentences[0]", "one"],
      ["dataset.json:images[0].sentences[1]", "two"],
      ["dataset.json:images[1].sentences[0]", "three"],
    ]);
    expect(set.item(2).images).toMatchObject([{ path: path.join(disk.folder, "photos/b.png") }]);
    expect((await karpathy([a, b, c], { split: ["restval"] })).length).toBe(1);
  });

  const broken: readonly { what: string; entry: unknown; said: string }[] = [
    {
      what: "a missing image",
      entry: { ...b, filename: "x.png" },
      said: "V916 there is no image `photos/x.png`",
    },
    {
      what: "a path that leaves the folder",
      entry: { ...b, filename: "../../secret.png" },
      said: "V915 the image path `../../secret.png` leads out of `photos`",
    },
    {
      what: "an image without split",
      entry: { filename: "b.png" },
      said: "V912 the record has no field `images[1].split`; it has `filename`",
    },
    { what: "no object", entry: 3, said: "V913 the field `images[1]` should be an object, but is 3" },
    {
      what: "no sentences",
      entry: { ...b, sentences: [] },
      said: "V913 the field `images[1].sentences` should be a list of sentences, but is an empty list",
    },
    {
      what: "an empty sentence",
      entry: { ...b, sentences: [{ raw: " " }] },
      said: "V914 the field `images[1].sentences[0].raw` is an empty text: it has no tokens",
    },
    {
      what: "a sentence that is a number",
      entry: { ...b, sentences: [{ raw: 3 }] },
      said: "V913 the field `images[1].sentences[0].raw` should be a text, but is 3",
    },
  ];

  it.each(broken)("reports $what, or leaves it out", async ({ entry, said }) => {
    const found = await disk.mistakes(karpathy([a, entry]));
    expect(found.map((text) => text.replace("dataset.json ", ""))).toEqual([said]);
    const set = await karpathy([a, entry], { on_error: "skip" });
    expect([set.length, set.skipped?.length]).toEqual([2, 1]);
  });

  it("reads an image with thousands of sentences", async () => {
    const many = Array.from({ length: 300_000 }, (_, i) => ({ raw: `sentence ${i}` }));
    expect((await karpathy([{ ...b, sentences: many }])).length).toBe(300_000);
  });

  it("reports sentences that are not UTF-8, and deep nesting", async () => {
    const deep = "[".repeat(50_000) + "]".repeat(50_000);
    const entries = `{"images": [${JSON.stringify({ ...b, sentences: [{ raw: "café" }, { raw: "tea" }] })},
      {"filename": "b.png", "split": "train", "sentences": [${deep}]}]}`;
    await disk.write({ "dataset.json": Buffer.from(entries, "latin1"), "photos/b.png": null });
    const settings = { annotations: "dataset.json", images: "photos" };
    expect(await disk.mistakes(openSource("karpathy", "pairs", settings, disk.folder))).toEqual([
      "V913 dataset.json the field `images[0].sentences[0].raw` should be text in UTF-8, but is other bytes",
      expect.stringMatching(/^V913 .*`images\[1\]\.sentences\[0\]` should be an object, but is \[{57}…$/),
    ]);
  });

  it("reports all mistakes at once", async () => {
    expect(await disk.mistakes(karpathy([a, ...broken.map(({ entry }) => entry)]))).toHaveLength(broken.length);
  });

  it.each([
    { what: "text that is not JSON", text: "{", said: /^V910 .*it is not JSON: / },
    {
      what: "sentences twice",
      text: '{"images": [{"split": "train", "sentences": [], "sentences": []}]}',
      said: /^V910 .*column 49: the field `sentences` occurs twice in its object/,
    },
    { what: "JSON without images", text: "[]", said: /^V910 .*it has no list `images`/ },
  ])("reports $what", async ({ text, said }) => {
    await disk.write({ "dataset.json": text, "photos/b.png": null });
    const settings = { annotations: "dataset.json", images: "photos" };
    expect(await disk.mistakes(openSource("karpathy", "pairs", settings, disk.folder))).toEqual([
      expect.stringMatching(said),
    ]);
  });

  it("lists the existing splits if none of them is requested", async () => {
    expect(await disk.mistakes(karpathy([a, b], { split: ["val"] }))).toEqual([
      "V919 dataset.json the data set `dataset.json` cannot feed this run: no image is of the splits val; it has train, restval",
    ]);
  });
});
