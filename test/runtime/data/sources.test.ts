// Text files, folders of images and the JSON of Karpathy's splits: what they give, and what is said of what is wrong.
import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeEach, describe, expect, it } from "vitest";

import type { DataKind, DataSet } from "../../../runtime/data/data-set.js";
import { sources } from "../../../runtime/data/sources.js";
import { mistakesIn } from "../../../runtime/vlmo-error.js";

const folders: string[] = [];
let folder = "";
beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vlmo-sources-"));
  folders.push(folder);
});
afterAll(() => Promise.all(folders.map((each) => rm(each, { recursive: true }))));

const red = await sharp({ create: { width: 4, height: 4, channels: 3, background: "#ff0000" } })
  .png()
  .toBuffer();

/** Writes files; an image where the content is null. */
async function write(files: Readonly<Record<string, string | Buffer | null>>): Promise<void> {
  for (const [name, content] of Object.entries(files)) {
    await mkdir(path.join(folder, path.dirname(name)), { recursive: true });
    await writeFile(path.join(folder, name), content ?? red);
  }
}

function lines(files: readonly string[], more: object = {}): Promise<DataSet> {
  return sources.lines.open("texts", sources.lines.options.parse({ files, ...more }), folder);
}

function images(kind: DataKind, more: object = {}): Promise<DataSet> {
  return sources.folder.open(kind, sources.folder.options.parse({ images: "images", ...more }), folder);
}

/** Opens annotations with these entries under `images`. */
async function karpathy(entries: unknown, more: object = {}): Promise<DataSet> {
  await write({ "dataset.json": JSON.stringify({ images: entries }), "photos/val/a.png": null, "photos/b.png": null });
  const options = sources.karpathy.options.parse({ annotations: "dataset.json", images: "photos", ...more });
  return sources.karpathy.open("pairs", options, folder);
}

const itemsOf = (set: DataSet) => Array.from({ length: set.length }, (_, i) => set.item(i));
const digest = (set: DataSet): string => [...set.digests.values()].join();

/** The mistakes of an opening, without the folder's name. */
async function mistakes(opening: Promise<unknown>): Promise<string[]> {
  const error = await opening.then(
    () => [],
    (thrown: unknown) => mistakesIn(thrown),
  );
  const place = (file: string | undefined, line: number | undefined) => `${file ?? ""}${line ? `:${line}` : ""}`;
  return error.map(({ code, message, file, line }) =>
    `${code} ${place(file, line)} ${message}`.replaceAll(`${folder}/`, ""),
  );
}

describe("lines", () => {
  it("gives the texts of all files in their order, blank lines left out, whatever ends a line", async () => {
    await write({ "a.txt": "\uFEFFone\r\n\r\n  two \n \t\nthrée", "b.txt": "four\n" });
    const set = await lines(["a.txt", "b.txt"]);
    expect(itemsOf(set)).toEqual([
      { name: "a.txt:1", images: [], text: "one" },
      { name: "a.txt:3", images: [], text: "two" },
      { name: "a.txt:5", images: [], text: "thrée" },
      { name: "b.txt:1", images: [], text: "four" },
    ]);
    expect(set.supplies).toEqual(new Set(["text"]));
  });

  it("reads lines that lie across the pieces a file is read in", async () => {
    const long = Array.from({ length: 3 }, (_, i) => `${i}${"é".repeat(700_000)}`);
    await write({ "a.txt": long.join("\n") });
    expect(itemsOf(await lines(["a.txt"])).map(({ text }) => text)).toEqual(long);
  });

  it("has another digest when a text changes", async () => {
    await write({ "a.txt": "one\n", "b.txt": "two\n" });
    expect(digest(await lines(["a.txt"]))).not.toBe(digest(await lines(["b.txt"])));
    expect(digest(await lines(["a.txt"]))).toBe(digest(await lines(["a.txt"])));
  });

  it("tells of every file and line that cannot be read", async () => {
    await write({ "a.txt": Buffer.from([0x61, 10, 0xe9, 0x61, 10, 0x61, 0xc3, 10]) });
    expect(await mistakes(lines(["none.txt", "a.txt", "gone.txt"], { on_error: "skip" }))).toEqual([
      "V910 none.txt cannot read `none.txt`: it does not exist",
      "V910 gone.txt cannot read `gone.txt`: it does not exist",
      "V981 a.txt:2 this line cannot be read: its byte 1 (0xE9, `é` in Windows-1252 or Latin-1) is not UTF-8",
      "V981 a.txt:3 this line cannot be read: its byte 2 (0xC3, `Ã` in Windows-1252 or Latin-1) is not UTF-8",
    ]);
  });

  it("leaves broken lines out and counts them, when told to skip", async () => {
    await write({ "a.txt": Buffer.from([0x61, 10, 0xff, 10]) });
    const set = await lines(["a.txt"], { on_error: "skip" });
    expect([set.length, set.skipped?.length]).toEqual([1, 1]);
  });

  it("reads a file that looks like another format as texts, and notes it", async () => {
    await write({ "a.txt": '{"text": "one"}\n{"text": "two"}\n', "b.txt": "one, two\nthree, four\n" });
    const set = await lines(["a.txt", "b.txt"]);
    expect(set.length).toBe(4);
    expect(set.notes?.map(({ says }) => says.replaceAll(`${folder}/`, ""))).toEqual([
      "`a.txt` is JSON lines, not texts, one a line; it is read line by line",
    ]);
  });

  it("tells of files without a text", async () => {
    await write({ "a.txt": "\n \n" });
    expect(await mistakes(lines(["a.txt"]))).toEqual([
      "V919 a.txt the data set `a.txt` cannot feed this run: its files hold no text",
    ]);
  });
});

describe("folder", () => {
  it("gives the images in it and below by their paths, other files and hidden ones left out", async () => {
    await write({ "images/b/2.PNG": null, "images/a.jpeg": null, "images/.c.png": null, "images/notes.txt": "x" });
    const set = await images("images");
    expect(itemsOf(set).map(({ name }) => name)).toEqual(["a.jpeg", "b/2.PNG"]);
    expect(set.item(0).images).toMatchObject([{ kind: "file", path: path.join(folder, "images/a.jpeg") }]);
  });

  it("gives every folder in it as a class, in the order of their names", async () => {
    await write({ "images/dog/1.png": null, "images/cat/x/2.png": null, "images/cat/3.png": null });
    const set = await images("labelled_images");
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(itemsOf(set).map(({ name, label }) => [name, label])).toEqual([
      ["cat/3.png", 0],
      ["cat/x/2.png", 0],
      ["dog/1.png", 1],
    ]);
  });

  it("gives every image the mask of its name", async () => {
    await write({ "images/a/1.jpg": null, "masks/a/1.png": null, "masks/other.png": null });
    const set = await images("masks", { masks: "masks" });
    expect(itemsOf(set)).toMatchObject([{ name: "a/1.jpg", mask: { path: path.join(folder, "masks/a/1.png") } }]);
  });

  it("notes what is passed over: other files, hidden ones, classes without an image", async () => {
    await write({
      "images/cat/1.png": null,
      "images/cat/Thumbs.db": "x",
      "images/.cache/2.png": null,
      "images/a.txt": "x",
    });
    await mkdir(path.join(folder, "images/dog"));
    const set = await images("labelled_images");
    expect(set.classes).toEqual(["cat", "dog"]);
    expect(set.notes).toEqual([
      { says: "2 files are no images", count: 2, names: ["a.txt", "cat/Thumbs.db"] },
      { says: "1 hidden file or folder is left out", count: 1, names: [".cache"] },
      { says: "1 class has no image", count: 1, names: ["dog"] },
    ]);
  });

  it("notes masks of no image, and classes that are parts of a data set", async () => {
    await write({
      "images/train/1.png": null,
      "images/val/2.png": null,
      "masks/train/1.png": null,
      "masks/3.png": null,
    });
    const masks = await images("masks", { masks: "masks", on_error: "skip" });
    expect(masks.notes).toEqual([{ says: "1 mask belongs to no image", count: 1, names: ["3.png"] }]);
    const labelled = await images("labelled_images");
    expect(labelled.notes?.map(({ says }) => says)).toEqual(["the classes are named like parts of a data set"]);
  });

  it("numbers the folders as `classes` say, whichever of them have images", async () => {
    await write({ "images/dog/1.png": null, "images/cat/2.png": null });
    const set = await images("labelled_images", { classes: ["cow", "dog", "cat"] });
    expect(itemsOf(set).map(({ name, label }) => [name, label])).toEqual([
      ["cat/2.png", 2],
      ["dog/1.png", 1],
    ]);
    expect(set.classes).toEqual(["cow", "dog", "cat"]);
    expect(set.notes?.map(({ names }) => names)).toEqual([["cow"]]);
    expect(digest(set)).not.toBe(digest(await images("labelled_images")));
  });

  it("has another digest where a class without an image moves the numbers of the others", async () => {
    await write({ "images/dog/1.png": null });
    const before = digest(await images("labelled_images"));
    await mkdir(path.join(folder, "images/cat"));
    expect(digest(await images("labelled_images"))).not.toBe(before);
  });

  describe("links", () => {
    const link = (from: string, to: string) => symlink(to, path.join(folder, from));

    it("follows those to files and folders within the folder, those of classes too", async () => {
      await write({ "images/pool/1.png": null });
      await link("images/cat", "pool");
      await link("images/pool/2.png", "1.png");
      const set = await images("labelled_images");
      expect(set.classes).toEqual(["cat", "pool"]);
      expect(itemsOf(set).map(({ name }) => name)).toEqual(["cat/1.png", "cat/2.png", "pool/1.png", "pool/2.png"]);
    });

    it("tells of those out of it, with the folder to allow, and of those to nothing", async () => {
      await write({ "images/a.png": null, "disk/b.png": null });
      await link("images/b.png", "../disk/b.png");
      await link("images/c.png", "nothing.png");
      await link("images/d", "../disk");
      await link("images/e.png", "e.png");
      expect((await mistakes(images("images"))).map((text) => text.replaceAll(folder, ""))).toEqual([
        "V915 images the image path `b.png` leads out of `images`",
        "V916  there is no image `images/c.png`: it is a link to `nothing.png`, which does not exist",
        "V915 images the image path `d` leads out of `images`",
        "V910 images/e.png cannot read `images/e.png`: its links lead round in a circle",
      ]);
      const error = await images("images").catch((thrown: unknown) => thrown);
      expect(mistakesIn(error).map(({ help }) => help.includes(`allow: "${path.join(folder, "disk")}"`))).toEqual([
        true,
        false,
        true,
        false,
      ]);
      expect((await images("images", { on_error: "skip" })).skipped).toHaveLength(4);
    });

    it("follows those out of it to folders that are allowed", async () => {
      await write({ "images/a.png": null, "disk/deep/b.png": null, "other/c.png": null });
      await link("images/b.png", "../disk/deep/b.png");
      await link("images/d", "../other");
      const set = await images("images", { allow: ["disk", "other"] });
      expect(itemsOf(set).map(({ name }) => name)).toEqual(["a.png", "b.png", "d/c.png"]);
      expect(set.item(2).images).toMatchObject([{ path: path.join(folder, "other/c.png") }]);
      expect(await mistakes(images("images", { allow: ["nowhere"] }))).toEqual([
        "V910 nowhere cannot read `nowhere`: it does not exist",
      ]);
    });

    it("follows none back to a folder around it, and notes it", async () => {
      await write({ "images/x/a.png": null });
      await link("images/one", ".");
      await link("images/two", ".");
      await link("images/x/up", "..");
      const set = await images("images");
      expect(set.length).toBe(1);
      expect(set.notes).toEqual([
        { says: "3 links lead back to folders around them", count: 3, names: ["one", "two", "x/up"] },
      ]);
    });

    it("ends where folders name one another without end", async () => {
      const names = Array.from({ length: 9 }, (_, i) => `f${i}`);
      await write(Object.fromEntries(names.map((name) => [`images/${name}/a.png`, null])));
      for (const from of names) for (const to of names) await link(`images/${from}/${to}`, `../${to}`);
      expect(await mistakes(images("images"))).toEqual([
        expect.stringMatching(/^V959 images .*links lead to `images\/f\d` on more than 500 ways/),
      ]);
    });
  });

  it("has another digest when an image changes its size", async () => {
    await write({ "images/a.png": null });
    const before = digest(await images("images"));
    await write({ "images/a.png": "other bytes" });
    expect(digest(await images("images"))).not.toBe(before);
  });

  it.each([
    {
      what: "a folder that is not there",
      kind: "images",
      files: {},
      more: {},
      said: ["V910 images cannot read `images`: it does not exist"],
    },
    {
      what: "a folder without images",
      kind: "images",
      files: { "images/notes.txt": "x" },
      more: {},
      said: ["V919 images the data set `images` cannot feed this run: there is no image in the folder"],
    },
    {
      what: "an image in no class",
      kind: "labelled_images",
      files: { "images/a.png": null, "images/cat/b.png": null, "images/c.png": null },
      more: {},
      said: ["a", "c"].map(
        (name) =>
          `V959 images/${name}.png \`images/${name}.png\` cannot be used: it lies beside the folders of the classes, not in one`,
      ),
    },
    {
      what: "a folder without folders of classes, once",
      kind: "labelled_images",
      files: { "images/a.png": null, "images/b.png": null },
      more: {},
      said: [
        "V959 images `images` cannot be used: 2 images lie in the folder itself and none in a folder of a class, as `labelled_images` want",
      ],
    },
    {
      what: "a folder that is none of the classes",
      kind: "labelled_images",
      files: { "images/cat/a.png": null, "images/cow/b.png": null },
      more: { classes: ["cat", "dog"] },
      said: [
        "V959 images/cow/b.png `images/cow/b.png` cannot be used: its folder `cow` is none of the classes `cat`, `dog`",
      ],
    },
    {
      what: "two masks of one image",
      kind: "masks",
      files: { "images/a.jpg": null, "masks/a.gif": null, "masks/a.png": null },
      more: { masks: "masks" },
      said: ["V959 masks/a.png `masks/a.png` cannot be used: `a.gif` is a mask of the same image"],
    },
    {
      what: "an image without its mask",
      kind: "masks",
      files: { "images/a.png": null, "masks/b.png": null },
      more: { masks: "masks" },
      said: ["V959 images/a.png `images/a.png` cannot be used: `masks` holds no mask of its name"],
    },
    {
      what: "masks that no folder is named for",
      kind: "masks",
      files: { "images/a.png": null },
      more: {},
      said: ["V959 images `images` cannot be used: the block names no `masks` folder"],
    },
  ] as const)("tells of $what", async ({ kind, files, more, said }) => {
    await write(files);
    const found = await mistakes(images(kind, more));
    expect(found.map((text) => text.replaceAll(folder, ""))).toEqual(said);
  });
});

/** Opens COCO captions; images are named in the file, `a.png` and `b.png` are there. */
async function coco(content: unknown, more: object = {}): Promise<DataSet> {
  const text = typeof content === "string" ? content : JSON.stringify(content);
  await write({ "captions.json": text, "photos/a.png": null, "photos/b.png": null });
  const options = sources.coco.options.parse({ annotations: "captions.json", images: "photos", ...more });
  return sources.coco.open("pairs", options, folder);
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

  it("gives a pair for every caption, in their order, and notes images without one", async () => {
    const set = await coco({ images: photos, annotations: captions });
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["captions.json:annotations[0]", "one"],
      ["captions.json:annotations[1]", "two"],
      ["captions.json:annotations[2]", "three"],
    ]);
    expect(set.item(0).images).toMatchObject([{ path: path.join(folder, "photos/b.png") }]);
    expect(set.item(0).images).toEqual(set.item(2).images);
    expect(set.notes).toEqual([{ says: "1 image has no caption", count: 1, names: ["gone.png"] }]);
  });

  it.each<[what: string, images: readonly unknown[], annotation: unknown, said: string]>([
    ["an image that is not there", photos, { image_id: 11, caption: "x" }, "V916 there is no image `photos/gone.png`"],
    [
      "an image that is not listed",
      photos,
      { image_id: "7", caption: "x" },
      'V913 the field `annotations[3].image_id` should be the `id` of an image in `images`, but is "7"',
    ],
    [
      "an empty caption",
      photos,
      { image_id: 7, caption: " " },
      "V914 the field `annotations[3].caption` is an empty text",
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
      "V913 the field `images[3].id` should be a number that no other image has, but is 7",
    ],
  ])("tells of %s, or leaves it out", async (_, images, annotation, said) => {
    const content = { images, annotations: [...captions, annotation] };
    const found = await mistakes(coco(content));
    expect(found.map((text) => text.replaceAll(folder, "").replace("captions.json ", ""))).toEqual([said]);
    const set = await coco(content, { on_error: "skip" });
    expect(set.skipped).toHaveLength(1);
    expect(set.length).toBeGreaterThanOrEqual(3);
  });

  it.each<[what: string, text: string, said: RegExp]>([
    ["what is no JSON", '{"images": [}', /^V910 .*it is not JSON: column 13: a value is missing before `}`/],
    ["JSON without captions", '{"images": []}', /^V910 .*it holds no list `annotations`/],
    ["no captions", '{"images": [], "annotations": []}', /^V919 .*it has no captions/],
    ["another data set", JSON.stringify({ images: [], annotations: [{ image_id: 1, bbox: [] }] }), /^V982 .*boxes/],
  ])("tells of %s", async (_, text, said) => {
    expect(await mistakes(coco(text))).toEqual([expect.stringMatching(said)]);
  });
});

describe("karpathy", () => {
  const a = { filename: "a.png", filepath: "val", split: "train", sentences: [{ raw: "one" }, { raw: "two" }] };
  const b = { filename: "b.png", split: "restval", sentences: [{ raw: "three" }] };
  const c = { filename: "gone.png", split: "test", sentences: [{ raw: "four" }] };

  it("gives a pair for every sentence of the splits", async () => {
    const set = await karpathy([a, b, c]);
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["dataset.json:images[0].sentences[0]", "one"],
      ["dataset.json:images[0].sentences[1]", "two"],
      ["dataset.json:images[1].sentences[0]", "three"],
    ]);
    expect(set.item(2).images).toMatchObject([{ path: path.join(folder, "photos/b.png") }]);
    expect((await karpathy([a, b, c], { split: ["restval"] })).length).toBe(1);
  });

  const broken: readonly { what: string; entry: unknown; said: string }[] = [
    {
      what: "an image that is not there",
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
      said: "V914 the field `images[1].sentences[0].raw` is an empty text",
    },
    {
      what: "a sentence that is a number",
      entry: { ...b, sentences: [{ raw: 3 }] },
      said: "V913 the field `images[1].sentences[0].raw` should be a text, but is 3",
    },
  ];

  it.each(broken)("tells of $what, or leaves it out", async ({ entry, said }) => {
    const found = await mistakes(karpathy([a, entry]));
    expect(found.map((text) => text.replaceAll(folder, "").replace("dataset.json ", ""))).toEqual([said]);
    const set = await karpathy([a, entry], { on_error: "skip" });
    expect([set.length, set.skipped?.length]).toEqual([2, 1]);
  });

  it("takes an image with as many sentences as there are", async () => {
    const many = Array.from({ length: 300_000 }, (_, i) => ({ raw: `sentence ${i}` }));
    expect((await karpathy([{ ...b, sentences: many }])).length).toBe(300_000);
  });

  it("tells of sentences that are no UTF-8, and of what is nested deep", async () => {
    const deep = "[".repeat(50_000) + "]".repeat(50_000);
    const entries = `{"images": [${JSON.stringify({ ...b, sentences: [{ raw: "café" }, { raw: "tea" }] })},
      {"filename": "b.png", "split": "train", "sentences": [${deep}]}]}`;
    await write({ "dataset.json": Buffer.from(entries, "latin1"), "photos/b.png": null });
    const options = sources.karpathy.options.parse({ annotations: "dataset.json", images: "photos" });
    expect(await mistakes(sources.karpathy.open("pairs", options, folder))).toEqual([
      "V913 dataset.json the field `images[0].sentences[0].raw` should be text in UTF-8, but is other bytes",
      expect.stringMatching(/^V913 .*`images\[1\]\.sentences\[0\]` should be an object, but is \[{57}…$/),
    ]);
  });

  it("tells all mistakes at once", async () => {
    expect(await mistakes(karpathy([a, ...broken.map(({ entry }) => entry)]))).toHaveLength(broken.length);
  });

  it.each([
    { what: "what is no JSON", text: "{", said: /^V910 .*it is not JSON: / },
    { what: "JSON without images", text: "[]", said: /^V910 .*it holds no list `images`/ },
  ])("tells of $what", async ({ text, said }) => {
    await write({ "dataset.json": text, "photos/b.png": null });
    const options = sources.karpathy.options.parse({ annotations: "dataset.json", images: "photos" });
    expect(await mistakes(sources.karpathy.open("pairs", options, folder))).toEqual([expect.stringMatching(said)]);
  });

  it("names the splits that there are, where none of them is wanted", async () => {
    expect(await mistakes(karpathy([a, b], { split: ["val"] }))).toEqual([
      "V919 dataset.json the data set `dataset.json` cannot feed this run: no image is of the splits val; it has train, restval",
    ]);
  });
});
