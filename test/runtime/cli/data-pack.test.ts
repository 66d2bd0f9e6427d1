// `vlmo data pack`: shards that `format: webdataset` reads back as the same items.
import { createHash } from "node:crypto";
import { mkdir, mkdtemp, readdir, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { beforeAll, describe, expect, test } from "vitest";
import { checkFile } from "../../../runtime/specs/check-file.js";
import { bytesOf } from "../../../runtime/data/images/image-bytes.js";
import { createImageLoader } from "../../../runtime/data/images/image.js";
import type { DataSet, ImageSource } from "../../../runtime/data/index.js";
import { packData } from "../../../runtime/data/pack/pack.js";
import { DataShelf } from "../../../runtime/data/stage-data.js";
import { inProcess } from "./in-process.js";

let folder = "";

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vlmo-pack-"));
  const picture = (i: number) =>
    sharp({ create: { width: 8 + i, height: 8, channels: 3, background: { r: 40 * i, g: 90, b: 200 } } });
  const mask = (i: number) => sharp(Buffer.from([0, 1, 2, i]), { raw: { width: 2, height: 2, channels: 1 } });
  const files = new Map<string, string | Buffer>();
  for (let i = 0; i < 5; i++) {
    files.set(`images/${i}.png`, await picture(i).png().toBuffer());
    files.set(`folder/${i % 2 === 0 ? "1" : "zebra"}/${i}.jpg`, await picture(i).jpeg().toBuffer());
    files.set(`masks/${i}.png`, await mask(i).toColourspace("b-w").png().toBuffer());
  }
  const lines = (count: number, of: (i: number) => object) =>
    Array.from({ length: count }, (_, i) => `${JSON.stringify(of(i))}\n`).join("");
  const ten = [..."aaabbcddde"].map(
    (letter) => ({ a: "yes", b: "no", c: "Perhaps two.", d: "never", e: "rare" })[letter],
  );
  files.set(
    "pairs.jsonl",
    lines(5, (i) => ({ image: `${i}.png`, text: i === 3 ? "one" : [`a ${i}`, "\uFEFFb\n é"], g: i % 2 })),
  );
  files.set(
    "apart.jsonl",
    lines(4, (i) => ({ image: `${i % 2}.png`, text: `t ${i}` })),
  );
  files.set(
    "two.jsonl",
    lines(4, (i) => ({ image: [`${i}.png`, `${i + 1}.png`], text: `s ${i}`, label: i % 2 === 0 })),
  );
  files.set(
    "asked.jsonl",
    lines(4, (i) => ({
      image: `${Math.min(i, 2)}.png`,
      text: `q ${i}?`,
      answer: i === 1 ? "no" : ten.slice(0, 10 - i),
    })),
  );
  const outlines = { width: 8, height: 8, file_name: "0.png", id: 1 };
  const cat = { image_id: 1, category_id: 5, segmentation: [[1, 1, 6, 1, 6, 4, 1, 4]] };
  files.set(
    "instances.json",
    JSON.stringify({ images: [outlines], categories: [{ id: 5, name: "cat" }], annotations: [cat] }),
  );
  files.set("texts.txt", "first line\nsecond line\nthird\n");
  for (const [name, content] of files) {
    await mkdir(join(folder, name, ".."), { recursive: true });
    await writeFile(join(folder, name), content);
  }
});

const rows = [
  {
    title: "captions of an image",
    block: `pairs { format: jsonl, records: "pairs.jsonl", images: "images" }`,
    samples: 5,
  },
  {
    title: "captions of an image that do not follow one another",
    block: `pairs { format: jsonl, records: "apart.jsonl", images: "images" }`,
    samples: 2,
  },
  {
    title: "groups of records",
    block: `pairs { format: jsonl, records: "pairs.jsonl", images: "images", group_by: "g" }`,
    samples: 5,
  },
  {
    title: "statements about two images",
    block: `statements { format: jsonl, records: "two.jsonl", images: "images" }`,
    samples: 4,
  },
  {
    title: "questions answered by several people, some answers given once",
    block: `questions { format: jsonl, records: "asked.jsonl", images: "images", answers: ["yes", "never", "no", "perhaps 2"] }`,
    samples: 3,
  },
  {
    title: "masks drawn from outlines",
    block: `masks { format: coco, annotations: "instances.json", images: "images", reduce_zero_label: true }`,
    samples: 1,
  },
  {
    title: "classes with numeric names",
    block: `labelled_images { format: folder, images: "folder", classes: ["zebra", "1"] }`,
    samples: 5,
  },
  {
    title: "masks with `reduce_zero_label`",
    block: `masks { format: folder, images: "images", masks: "masks", reduce_zero_label: true, classes: ["a", "b", "c", "d"] }`,
    samples: 5,
  },
  {
    title: "images in boxes",
    block: `images { format: folder, images: "images", crop_grid { boxes: [[0, 0, 4, 4], [4, 0, 4, 4]], columns: 1 } }`,
    samples: 5,
  },
  { title: "texts", block: `texts { format: lines, files: "texts.txt" }`, samples: 3 },
] as const;

describe("packed data are read back", () => {
  test.each(rows)("$title", async ({ title, block, samples }) => {
    const name = title.replaceAll(/[^a-z]/g, "-");
    await writeFile(join(folder, `${name}.vlmo`), `vlmo 1\n\ndata some: ${block}\n`);
    const words = ["data", "pack", `${name}.vlmo`, "some", "--out", `out/${name}`, "--items", "2", "--json"];
    const { exit, stdout, stderr } = await inProcess(words, folder);
    expect({ exit, stderr }).toEqual({ exit: 0, stderr: "" });
    expect(JSON.parse(stdout)).toMatchObject({ samples, shards: Math.ceil(samples / 2), leftOut: 0 });
    const [before, after] = [await contents(`${name}.vlmo`), await contents(`out/${name}/data.vlmo`)];
    expect(before.items.length).toBeGreaterThan(0);
    expect({ ...after, items: sorted(after.items) }).toEqual({ ...before, items: sorted(before.items) });
    if (!title.endsWith("do not follow one another")) expect(after.items).toEqual(before.items);
  });
});

function sorted(items: readonly object[]): readonly string[] {
  return items.map((item) => JSON.stringify(item)).sort();
}

/** The items of the block `some`, independent of their files. */
async function contents(file: string): Promise<Record<string, unknown> & { readonly items: readonly object[] }> {
  const { spec, diagnostics } = checkFile(join(folder, file), []);
  const block = spec?.data.get("some");
  if (block === undefined) throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  const dataSet = await new DataShelf().block(block);
  const { classes, answers, kind, supplies } = dataSet;
  return { kind, supplies, classes, answers, items: await itemsOf(dataSet) };
}

async function itemsOf({ length, item }: DataSet): Promise<object[]> {
  return Promise.all(
    Array.from({ length }, async (_, i) => {
      const { images, mask, text, label, answers, group } = item(i);
      const answer = answers?.map(({ index, score }) => ({ index, score: Math.round(score * 1e9) }));
      return {
        images: await Promise.all(images.map(bytesIn)),
        mask: mask && (await bytesIn(mask)),
        ...{ text, label, group, answer: answer?.sort((a, b) => a.index - b.index) },
      };
    }),
  );
}

async function bytesIn(source: ImageSource): Promise<object> {
  if (source.kind === "drawing") throw new Error("a drawing");
  const bytes = await bytesOf(source);
  const digest = createHash("sha1").update(bytes.at(0, bytes.size)).digest("hex");
  return { digest, grid: source.cropGrid, reduced: source.reduceZeroLabel };
}

test("shards are split at the size limit, deterministically", async () => {
  const block = checkFile(join(folder, "texts.vlmo"), []).spec?.data.get("some");
  if (block === undefined) throw new Error("no block");
  const dataSet = await new DataShelf().block(block);
  const { signal } = new AbortController();
  const pack = (name: string) =>
    packData(block, dataSet, { folder: join(folder, name), size: 2048, items: 100, report: () => undefined, signal });
  expect(await pack("small")).toMatchObject({ shards: 2, samples: 3, items: 3, bytes: 3072 });
  await pack("again");
  expect((await readdir(join(folder, "small"))).sort()).toEqual(["data.vlmo", "shard-000000.tar", "shard-000001.tar"]);
  for (const name of await readdir(join(folder, "small")))
    expect(await readFile(join(folder, "again", name))).toEqual(await readFile(join(folder, "small", name)));
});

test("an interrupted pack leaves no files", async () => {
  const block = checkFile(join(folder, "texts.vlmo"), []).spec?.data.get("some");
  if (block === undefined) throw new Error("no block");
  const stopped = new AbortController();
  const how = { folder: join(folder, "halted"), size: 2048, items: 100, signal: stopped.signal };
  const packed = await packData(block, await new DataShelf().block(block), { ...how, report: () => stopped.abort() });
  expect(packed).toBeNull();
  expect((await readdir(folder)).filter((name) => name.includes("halted"))).toEqual([]);
});

test("refuses non-empty folders, generated data and data that training would refuse, and leaves no files", async () => {
  await writeFile(join(folder, "drawn.vlmo"), `vlmo 1\n\ndata some: images { format: shapes, scenes: 10 }\n`);
  await writeFile(join(folder, "broken.png"), "no image");
  await writeFile(
    join(folder, "wrong.jsonl"),
    `${JSON.stringify({ image: "broken.png" })}\n${JSON.stringify({ image: "images/1.png" })}\n`,
  );
  const broken = `data some: images { format: jsonl, records: "wrong.jsonl"`;
  await writeFile(join(folder, "broken.vlmo"), `vlmo 1\n\n${broken} }\n`);
  await writeFile(join(folder, "skipped.vlmo"), `vlmo 1\n\n${broken}, on_error: skip }\n`);
  const pack = (spec: string, out: string) => inProcess(["data", "pack", spec, "some", "--out", out], folder);
  const full = await pack("texts.vlmo", "images");
  expect(full.stderr).toContain("error[V977]: `images` is not empty: it holds `0.png`");
  expect((await pack("drawn.vlmo", "nowhere")).stderr).toContain(
    "error[V976]: the data `some` cannot be packed: its images are generated on demand and are not files",
  );
  expect((await pack("broken.vlmo", "nowhere")).stderr).toMatch(/error\[V917\].*broken\.png.*\n.*wrong\.jsonl:1/);
  expect((await readdir(folder)).filter((name) => name.includes("nowhere"))).toEqual([]);
  const skipped = await pack("skipped.vlmo", "skipped");
  expect(skipped.stdout).toContain("1 item in 1 sample → skipped");
  expect(skipped.stderr).toContain("1 record left out, as `on_error: skip` says");
});

test.each([
  ["files", `pairs { format: jsonl, records: "pairs.jsonl", images: "images" }`],
  ["drawings", "pairs { format: shapes, seed: 1, scenes: 3 }"],
])("%s are stored once, resized as a stage reads them, to the same pixels", async (name, block) => {
  const spec = `vlmo 1
model Tiny {
  layers: 1
  width: 8
  attention { heads: 2, position: absolute(image, text) }
  image { size: 24px, patch: 8px }
  text { tokenizer: wordpiece(vocabulary: 60), length: 8 }
  experts { vision: ffn(image) on all, language: ffn(text) on all }
}
data given: ${block}
head contrast: contrastive(image.cls, text.cls)
stage only {
  model: Tiny
  data: given
  learn: contrast
  train: all
  batch: 2
  steps: 1
  optimizer: adamw(lr: 1e-3)
}
`;
  const [file, out] = [join(folder, `${name}.vlmo`), join(folder, `formed-${name}`)];
  await writeFile(file, spec);
  const { exit } = await inProcess(["data", "pack", file, "given", "--stage", "only", "--out", out]);
  expect(exit).toBe(0);
  const { load } = createImageLoader();
  const pixelsOf = async (path: string): Promise<unknown[]> => {
    const dataSet = await openedIn(path);
    const images = Array.from({ length: dataSet.length }, (_, i) => dataSet.item(i).images[0]);
    return Promise.all(images.map(async (image) => (image === undefined ? null : (await load(image, 24)).data)));
  };
  const packed = await pixelsOf(join(out, "data.vlmo"));
  expect(packed.length).toBeGreaterThan(2);
  expect(packed).toEqual(await pixelsOf(file));
});

/** The block `given` of a file. */
async function openedIn(path: string): Promise<DataSet> {
  const given = checkFile(path, []).spec?.data.get("given");
  if (given === undefined) throw new Error(`${path} does not check`);
  return new DataShelf().block(given);
}
