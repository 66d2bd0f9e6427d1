import { mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { trainingBatches } from "../../../../runtime/data/batches/batch-source.js";
import { VlmoError } from "../../../../runtime/errors/vlmo-error.js";
import type { DataKind, DataSet } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vlmo-jsonl-"));
  await mkdir(path.join(folder, "images"));
  const red = await sharp({ create: { width: 40, height: 10, channels: 3, background: "#ff0000" } })
    .png()
    .toBuffer();
  const noise = Buffer.from(Array.from({ length: 3 * 64 * 64 }, (_, i) => (i * 7919) % 251));
  const photo = await sharp(noise, { raw: { width: 64, height: 64, channels: 3 } })
    .jpeg()
    .toBuffer();
  const files = {
    "images/red.png": red,
    "images/photo.jpg": photo,
    "images/cut.jpg": photo.subarray(0, Math.floor(photo.length / 2)),
    "images/cut.png": red.subarray(0, red.length - 20),
    "images/empty.png": Buffer.alloc(0),
    "images/words.png": Buffer.from("not an image"),
    "secret.png": red,
  };
  for (const [name, content] of Object.entries(files)) await writeFile(path.join(folder, name), content);
  await symlink(path.join(folder, "secret.png"), path.join(folder, "images/link.png"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function open(kind: DataKind, lines: readonly unknown[], more: Record<string, unknown> = {}): Promise<DataSet> {
  const bytes = lines.map((line) =>
    Buffer.isBuffer(line) ? line : Buffer.from(typeof line === "string" ? line : JSON.stringify(line)),
  );
  const text = bytes.flatMap((line) => [line, Buffer.from("\n")]);
  await writeFile(path.join(folder, "records.jsonl"), Buffer.concat(text));
  return openSource("jsonl", kind, { records: "records.jsonl", images: "images", ...more }, folder);
}

const good = { image: "red.png", text: "a red field", label: "true" };

const deep = "[".repeat(50_000) + "]".repeat(50_000);

const BROKEN = [
  { what: "invalid JSON", line: '{"image": "red.png", ', code: "V911", says: /not a JSON object/ },
  { what: "a list instead of an object", line: "[1, 2]", code: "V911", says: /a list/ },
  {
    what: "a field twice",
    line: '{"image": "red.png", "text": "x", "text": "y"}',
    code: "V911",
    says: /column 35: the field `text` occurs twice in its object/,
  },
  {
    what: "bytes that are not UTF-8",
    line: Buffer.from("caf\xe9", "latin1"),
    code: "V981",
    says: /0xE9, `é` in Windows/,
  },
  ...["a \\ud83d red", "\\ud83d"].map((text) => ({
    what: `a lone surrogate, "${text}"`,
    line: `{"image": "red.png", "text": "${text}", "label": 1}`,
    code: "V913",
    says: /should be a text of whole characters, but is one with half of a character, `\\ud83d`/,
  })),
  { what: "a zero byte", line: '{"text": "\0"}', code: "V981", says: /zero bytes/ },
  {
    what: "a deeply nested text",
    line: `{"text": ${deep}, "image": "red.png", "label": 1}`,
    code: "V913",
    says: /\[{56}…/,
  },
  {
    what: "a deeply nested image",
    line: `{"image": ${deep}, "text": "x", "label": 1}`,
    code: "V913",
    says: /\[{56}…/,
  },
  {
    what: "an overlong label",
    line: '{"image": "red.png", "text": "x", "label": 1e999}',
    code: "V913",
    says: /too large/,
  },
  {
    what: "a field of the prototype",
    line: '{"__proto__": {"image": "red.png"}}',
    code: "V912",
    says: /`__proto__`/,
  },
  { what: "a missing field", line: { image: "red.png", label: true }, code: "V912", says: /no field `text`.*`image`/ },
  { what: "a text that is a number", line: { ...good, text: 3 }, code: "V913", says: /`text` should be a text/ },
  {
    what: "an unknown label",
    line: { ...good, label: "maybe" },
    code: "V913",
    says: /`false`, `true`, but is "maybe"/,
  },
  { what: "a label out of range", line: { ...good, label: 2 }, code: "V913", says: /but is 2/ },
  { what: "an empty text", line: { ...good, text: " \t" }, code: "V914", says: /`text` is an empty text/ },
  { what: "a path that leaves the folder", line: { ...good, image: "../secret.png" }, code: "V915", says: /leads out/ },
  { what: "an absolute path", line: { ...good, image: "/etc/passwd" }, code: "V915", says: /leads out/ },
  { what: "a link that leaves the folder", line: { ...good, image: "link.png" }, code: "V915", says: /leads out/ },
  { what: "the folder itself", line: { ...good, image: "." }, code: "V915", says: /leads out/ },
  { what: "a missing image", line: { ...good, image: "gone.png" }, code: "V916", says: /no image .*gone\.png/ },
  { what: "null as an image", line: { ...good, image: null }, code: "V913", says: /a path, but is null/ },
  {
    what: "three images",
    line: { ...good, image: ["red.png", "red.png", "red.png"] },
    code: "V913",
    says: /list of 3/,
  },
  {
    what: "two images in one of several records",
    line: { ...good, image: ["red.png", "red.png"] },
    code: "V913",
    says: /1 image, as before/,
  },
] as const;

describe("opening records", () => {
  it("reads images, texts and labels, skipping empty lines", async () => {
    const set = await open("statements", [good, "", { ...good, label: false }, { ...good, label: 1 }]);
    expect(set.length).toBe(3);
    expect([0, 1, 2].map((i) => set.item(i).label)).toEqual([1, 0, 1]);
    expect(set.item(1)).toMatchObject({ name: "records.jsonl:3", text: "a red field" });
    expect(set.item(0).images).toMatchObject([{ kind: "file", place: { line: 1 } }]);
  });

  it.each(BROKEN)("reports $what with file, line and remedy", async ({ line, code, says }) => {
    const file = path.join(folder, "records.jsonl");
    const error = await open("statements", [good, line]).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VlmoError);
    expect(error).toMatchObject({ code, file, line: 2, message: expect.stringMatching(says), others: [] });
    expect(error).toHaveProperty("help", expect.stringMatching(/\w+/));
  });

  it.each(BROKEN)("leaves out and counts with `on_error: skip`: $what", async ({ line, code }) => {
    const set = await open("statements", [good, line, good], { on_error: "skip" });
    expect(set.length).toBe(2);
    expect(set.skipped).toMatchObject([{ code, line: 2 }]);
    expect(set.item(1).name).toBe("records.jsonl:3");
  });

  it("reports all mistakes at once", async () => {
    const lines = BROKEN.map(({ line }) => line);
    const error = await open("statements", [good, ...lines]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ others: { length: lines.length - 1 } });
  });

  it("reads U+2028 in a text, a byte-order mark, and CRLF line ends", async () => {
    const lines = ["\uFEFF" + JSON.stringify(good) + "\r", JSON.stringify({ ...good, text: "a\u2028b" }) + "\r", good];
    const set = await open("statements", lines);
    expect([0, 1, 2].map((i) => set.item(i).text)).toEqual(["a red field", "a\u2028b", "a red field"]);
    expect(set.item(2).name).toBe("records.jsonl:3");
  });

  it("accepts field names of any kind, and ignores unused fields", async () => {
    const records = [`{"__proto__": "one", "image": "red.png", "z": ${deep}, "z": 1e999}`];
    expect((await open("pairs", records, { fields: { text: "__proto__" } })).item(0).text).toBe("one");
    await expect(open("pairs", ["{}"], { fields: { text: "constructor" } })).rejects.toMatchObject({ code: "V912" });
  });

  it("suggests the field with another common name", async () => {
    const caption = { file_name: "red.png", caption: "a red field" };
    const error: unknown = await open("pairs", [caption]).catch((thrown: unknown) => thrown);
    expect(error).toHaveProperty(
      "help",
      expect.stringContaining('write `fields { text: "caption" }` in the data block'),
    );
    const capitals: unknown = await open("pairs", [{ image: "red.png", " Text": "a" }]).catch((thrown) => thrown);
    expect(capitals).toHaveProperty("help", expect.stringContaining('write `fields { text: " Text" }`'));
    const more = { fields: { text: "caption", image: ["file_name"] } };
    expect((await open("pairs", [caption], more)).item(0).text).toBe("a red field");
  });

  it("reports once that the file is of another format, despite `on_error: skip`", async () => {
    const document = JSON.stringify([good, good], null, 2).split("\n");
    const error: unknown = await open("pairs", document, { on_error: "skip" }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: "V982",
      others: [],
      message: expect.stringContaining("is one JSON list, not"),
    });
  });

  it("matches labels case-insensitively, unless several differ only in case", async () => {
    const labels = ["US", "us", "Cat", "cAT"].map((label) => ({ ...good, label }));
    const set = await open("labelled_images", labels, { classes: ["cat", "US", "us"] });
    expect([0, 1, 2, 3].map((i) => set.item(i).label)).toEqual([1, 2, 0, 0]);
    await expect(open("labelled_images", [{ ...good, label: "uS" }], { classes: ["US", "us"] })).rejects.toMatchObject({
      code: "V913",
    });
  });

  it("reads forty thousand records, half of them broken, in little time", async () => {
    const lines = Array.from({ length: 40_000 }, (_, i) => (i % 2 === 0 ? good : '{"image": "red.png", "te'));
    const begin = performance.now();
    const set = await open("pairs", lines, { on_error: "skip" });
    expect([set.length, set.skipped?.length]).toEqual([20_000, 20_000]);
    expect(performance.now() - begin).toBeLessThan(20_000);
  });

  it("reports a missing file or folder, and data without a usable record", async () => {
    await expect(open("pairs", [good], { records: "none.jsonl" })).rejects.toMatchObject({ code: "V910" });
    await expect(open("pairs", [good], { images: "nowhere" })).rejects.toMatchObject({ code: "V910" });
    await expect(open("pairs", ["{"], { on_error: "skip" })).rejects.toMatchObject({ code: "V919" });
  });

  it("reads renamed fields, and two images from two fields or one list", async () => {
    const record = {
      left: "red.png",
      right: "photo.jpg",
      both: ["red.png", "photo.jpg"],
      sentence: "x",
      truth: "True",
    };
    const named = { text: "sentence", label: "truth" };
    for (const image of [["left", "right"], ["both"]]) {
      const set = await open("statements", [record], { fields: { ...named, image } });
      expect(set.supplies).toEqual(new Set(["images", "text", "label"]));
      expect(set.item(0).images.map(({ key }) => path.basename(key))).toEqual(["red.png", "photo.jpg"]);
    }
  });

  it("lists answers by frequency and scores those of several annotators", async () => {
    const set = await open("questions", [
      { ...good, text: "what?", answer: "Red" },
      { ...good, text: "what?", answer: [...Array<string>(8).fill("red"), "blue", "rare"] },
    ]);
    expect(set.answers).toEqual(["red", "blue", "rare"]);
    expect(set.item(0).answers).toEqual([{ index: 0, score: 1 }]);
    expect(set.item(1).answers).toEqual([
      { index: 0, score: 1 },
      { index: 1, score: 0.3 },
      { index: 2, score: 0.3 },
    ]);
  });

  it.each<[value: unknown, is: string[], taken: string[]]>([
    ["true", ["true"], ["a", "c"]],
    [true, ["true"], ["a", "c"]],
    [3, ["3", "4"], ["a", "c"]],
  ])("`where` selects records with the value %j given %j", async (value, is, taken) => {
    const lines = ["a", "b", "c"].map((text) => ({ image: "red.png", text, kind: text === "b" ? "other" : value }));
    const set = await open("pairs", lines, { where: { field: "kind", is } });
    expect(Array.from({ length: set.length }, (_, i) => set.item(i).text)).toEqual(taken);
  });

  it("groups records by `group_by`, and reports one without the field", async () => {
    const lines = ["a", "b", "a", "c", "b"].map((text) => ({ ...good, text }));
    expect([...((await open("pairs", lines, { group_by: "text" })).groups ?? [])]).toEqual([0, 1, 0, 3, 1]);
    expect((await open("pairs", lines, {})).groups).toBeUndefined();
    await expect(open("pairs", lines, { group_by: "scene" })).rejects.toMatchObject({ code: "V912" });
  });

  it("reports a `where` value that no record has, and records without the field", async () => {
    const where = { field: "label", is: ["yes"] };
    const none = open("pairs", [good], { where });
    await expect(none).rejects.toMatchObject({ code: "V919", message: expect.stringContaining("`label` is yes") });
    const bare = open("pairs", [good, { image: "red.png", text: "x" }], { where });
    await expect(bare).rejects.toMatchObject({ code: "V912" });
  });

  it("holds out whole groups: the two splits are disjoint in groups and complete", async () => {
    const lines = Array.from({ length: 200 }, (_, i) => ({ ...good, directory: i % 20 }));
    const part = async (name: string) => {
      const set = await open("pairs", lines, { split: { by: "directory", hold_out: 0.25, part: name } });
      return Array.from({ length: set.length }, (_, i) => Number(set.item(i).name.split(":")[1]) - 1);
    };
    const [train, validation] = [await part("train"), await part("validation")];
    expect(train).toHaveLength(150);
    expect(validation).toHaveLength(50);
    const groups = new Set(validation.map((line) => line % 20));
    expect(groups.size).toBe(5);
    expect(train.filter((line) => groups.has(line % 20))).toEqual([]);
  });
});

describe("images that cannot be decoded", () => {
  const needs = { image: { size: 8, channels: 3 as const } };
  const broken = ["cut.jpg", "cut.png", "empty.png", "words.png"];

  it.each(broken)("stop the run with file and line: %s", async (image) => {
    const dataSet = await open("images", [good, { image }]);
    const source = trainingBatches({ dataSet, needs, batch: 2, seed: 1 });
    const error: unknown = await source.next().catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VlmoError);
    expect(error).toMatchObject({ code: "V917", line: 2, message: expect.stringContaining(image) });
    await source.close();
  });

  it("are left out and counted with `on_error: skip`, without replacement", async () => {
    const lines = [...Array.from({ length: 6 }, () => good), ...broken.map((image) => ({ image }))];
    const dataSet = await open("images", lines);
    const source = trainingBatches({ dataSet, needs, batch: 3, seed: 1, onError: "skip" });
    const epoch = [await source.next(), await source.next()];
    const used = epoch.flatMap(({ indices }) => indices);
    expect(epoch.map(({ start }) => start.epoch)).toEqual([0, 0]);
    expect([...used].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    await source.next();
    await source.close();
    expect(
      source
        .skipped()
        .map(({ item }) => item)
        .sort(),
    ).toEqual(["records.jsonl:10", "records.jsonl:7", "records.jsonl:8", "records.jsonl:9"]);
  });

  it("stop the run despite `on_error: skip` once less than a batch is left", async () => {
    const dataSet = await open("images", [good, ...broken.map((image) => ({ image }))]);
    const source = trainingBatches({ dataSet, needs, batch: 2, seed: 1, onError: "skip" });
    await expect(source.next()).rejects.toMatchObject({ code: "V919", message: expect.stringContaining("1 usable") });
    await source.close();
  });
});
