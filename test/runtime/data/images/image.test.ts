import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { AugmentSpec } from "../../../../compiler/index.js";
import type { ImageFile, ImageSource } from "../../../../runtime/data/sources/data-set.js";
import { createImageLoader, writePlanes } from "../../../../runtime/data/images/image.js";
import { applyOperation, OPERATIONS, randAugment } from "../../../../runtime/data/images/rand-augment.js";
import { openShapes } from "../../../support/sources.js";
import { stream } from "../../../../runtime/random.js";

const scene = (await openShapes({ kind: "masks", split: "test" })).item(3);
const [drawing] = scene.images;

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "vlmo-image-"));
});
afterAll(async () => rm(folder, { recursive: true }));

async function file(name: string, image: Sharp): Promise<ImageFile> {
  const target = path.join(folder, name);
  await writeFile(target, await image.toBuffer());
  return { kind: "file", key: target, path: target, place: {} };
}

function plain(
  background: string | { r: number; g: number; b: number; alpha: number },
  width = 30,
  height = 20,
): Sharp {
  return sharp({ create: { width, height, channels: typeof background === "string" ? 3 : 4, background } });
}

// eslint-disable-next-line max-params -- as `load` has them
function load(
  source: ImageSource | undefined,
  size: number,
  steps: readonly AugmentSpec[] = [],
  seed = 1,
  channels: 3 | 4 = 3,
) {
  if (source === undefined) throw new Error("no image");
  const augmentation = steps.length === 0 ? undefined : { steps, random: [seed, "augment"] as const };
  return createImageLoader(1e7).load(source, size, augmentation, channels);
}

describe("load", () => {
  it("resizes an image to a square of RGB bytes", async () => {
    const { size, data } = await load(await file("red.png", plain("#ff0000").png()), 8);
    expect([size, data.length]).toEqual([8, 8 * 8 * 3]);
    expect([...data.slice(0, 3)]).toEqual([255, 0, 0]);
  });

  it("composites transparency over white and converts grey and CMYK images to RGB", async () => {
    const clear = await load(await file("clear.png", plain({ r: 0, g: 0, b: 0, alpha: 0 }).png()), 4);
    expect([...clear.data.slice(0, 3)]).toEqual([255, 255, 255]);
    const grey = await load(await file("grey.png", plain("#808080").toColourspace("b-w").png()), 4);
    expect([...grey.data.slice(0, 3)]).toEqual([128, 128, 128]);
    const cmyk = await load(await file("cmyk.jpg", plain("#ffffff").toColourspace("cmyk").jpeg()), 4);
    expect(cmyk.data.every((value) => value > 245)).toBe(true);
  });

  it("keeps transparency for four channels, and is opaque if a file has none", async () => {
    const half = (): Sharp => plain({ r: 200, g: 100, b: 50, alpha: 0.5 });
    const files = {
      "half.png": [half().png(), [200, 100, 50, 128]],
      "grey.png": [plain("#808080").toColourspace("b-w").png(), [128, 128, 128, 255]],
      "palette.png": [plain("#ff0000").png({ palette: true }), [255, 0, 0, 255]],
      "deep.png": [plain("#ff0000").toColourspace("rgb16").png(), [255, 0, 0, 255]],
      "grey-alpha.png": [
        plain({ r: 120, g: 120, b: 120, alpha: 0.5 }).toColourspace("b-w").png(),
        [120, 120, 120, 128],
      ],
      "half.webp": [half().webp({ lossless: true }), [200, 100, 50, 128]],
      "whole.jpg": [plain("#ffffff").jpeg(), [255, 255, 255, 255]],
    } as const;
    for (const [name, [made, wanted]] of Object.entries(files))
      for (const size of [4, 40]) {
        const { data, channels } = await load(await file(name, made.clone()), size, [], 1, 4);
        expect([channels, data.length], name).toEqual([4, 4 * size * size]);
        const apart = wanted.map((level, i) => Math.abs(level - (data[i] ?? 0)));
        expect(Math.max(...apart), `${name} ${[...data.slice(0, 4)].join()}`).toBeLessThanOrEqual(2);
      }
    const scenes = await load(drawing, 8, [], 1, 4);
    expect(scenes.data.filter((_, i) => i % 4 === 3).every((alpha) => alpha === 255)).toBe(true);
  });

  it.each([
    ["#ff0000", 76],
    ["#00ff00", 150],
    ["#0000ff", 29],
    ["#828282", 130],
  ])("gives a model of one channel the luma of %s, as Pillow's mode L", async (colour, luma) => {
    const target = new Float32Array(16);
    const source = await file("luma.png", plain(colour).png());
    await createImageLoader(0).loadInto(target, { source, size: 4, channels: 1 });
    expect([...target]).toEqual(Array.from({ length: 16 }, () => Math.fround(luma / 127.5 - 1)));
  });

  /** Red, green and blue boxes of 10 × 10 with gaps of 5, each dark on its left half. */
  async function wide(): Promise<ImageFile> {
    const parts = ["#ff0000", "#00ff00", "#0000ff"].flatMap((background, i) => [
      { input: { create: { width: 10, height: 10, channels: 3 as const, background } }, left: 15 * i, top: 0 },
      { input: { create: { width: 5, height: 10, channels: 3 as const, background: "#000" } }, left: 15 * i, top: 0 },
    ]);
    const boxes = [0, 15, 30].map((left) => [left, 0, 10, 10] as const);
    const image = await file("wide.png", plain("#000000", 40, 10).composite(parts).png());
    return { ...image, cropGrid: { boxes, columns: 2 } };
  }

  /** The box in each quarter of a 20 × 20 image, by its colour and the side of its dark half. */
  function quarters(data: Uint8Array): string[] {
    const names = new Map([
      ["255,0,0", "red"],
      ["0,255,0", "green"],
      ["0,0,255", "blue"],
      ["255,255,255", "white"],
      ["0,0,0", "dark"],
    ]);
    const at = (x: number, y: number): string => {
      const from = 3 * (20 * y + x);
      return names.get(data.slice(from, from + 3).join(",")) ?? "mixed";
    };
    return [at(2, 5), at(7, 5), at(12, 5), at(17, 5), at(2, 15), at(7, 15), at(12, 15), at(17, 15)].flatMap(
      (left, i, all) => (i % 2 === 0 ? [`${left} ${all[i + 1] ?? ""}`] : []),
    );
  }

  it.each([
    ["whole", [], ["dark red", "dark green", "dark blue", "white white"]],
    [
      "before it is cropped",
      [{ kind: "resized_crop", area: [1, 1] }],
      ["dark red", "dark green", "dark blue", "white white"],
    ],
    ["before it is mirrored", [{ kind: "flip" }], ["green dark", "red dark", "white white", "blue dark"]],
  ] as const)("arranges boxes of a wide image as a grid: %s", async (_, steps, wanted) => {
    const { data } = await load(await wide(), 20, steps, 3);
    expect(quarters(data)).toEqual(wanted);
  });

  it("reports boxes that exceed the image", async () => {
    const cropGrid = { boxes: [[25, 0, 10, 10]], columns: 1 } as const;
    const source = { ...(await file("narrow.png", plain("#000000").png())), cropGrid };
    const message = expect.stringContaining("the box [25, 0, 10, 10] of `crop_grid` leaves its 30 × 20 pixels");
    await expect(load(source, 8)).rejects.toMatchObject({ code: "V917", message });
  });

  it("caches images up to its limit in bytes and gives the same pixels with and without the cache", async () => {
    const random = stream(1, "noise");
    const noise = Buffer.from(Array.from({ length: 3 * 16 * 16 }, () => random.integer(256)));
    const photo = await file("noise.png", sharp(noise, { raw: { width: 16, height: 16, channels: 3 } }).png());
    const flat = await file("flat.png", plain("#808080", 16, 16).png());
    const [one, other] = [photo, { ...photo, key: "again" }];
    const small = createImageLoader(1000);
    // In sequence, as the first images are kept.
    const loadAll = async () => [await small.load(flat, 16), await small.load(one, 16), await small.load(other, 16)];
    const loaded = await loadAll();
    // Images with few colours are cached deflated, others raw; the second photograph no longer fits.
    expect(small.cachedBytes()).toBeGreaterThan(768);
    expect(small.cachedBytes()).toBeLessThan(800);
    expect(await loadAll()).toEqual(loaded);
    expect(loaded.map(({ data }) => [...data])).toEqual([Array.from(noise, () => 128), [...noise], [...noise]]);
  });

  it("normalises to [−1, 1], channels first", () => {
    const target = new Float32Array(13);
    writePlanes(
      { size: 2, channels: 3, data: Uint8Array.from([0, 51, 255, 255, 0, 0, 0, 0, 0, 0, 0, 255]) },
      target.subarray(1),
    );
    expect([...target].map((value) => Math.round(value * 10) / 10)).toEqual([
      0, -1, 1, -1, -1, -0.6, -1, -1, -1, 1, -1, -1, 1,
    ]);
  });

  it("renders masks whose levels are exactly the classes", async () => {
    const mask = await createImageLoader(0).loadMask(scene.mask ?? { kind: "drawing", key: "", svg: "" }, 48);
    expect(mask.length).toBe(48 * 48);
    const classes = new Set(mask);
    expect(classes.has(0)).toBe(true);
    expect(classes.size).toBeGreaterThan(1);
    expect([...classes].every((level) => level >= 0 && level <= 4)).toBe(true);
  });
});

describe("augmentation", () => {
  const crop = { kind: "resized_crop", area: [0.5, 0.6] } as const;
  const flip = { kind: "flip" } as const;

  it.each([
    { name: "resized_crop of a drawing", steps: [crop] },
    { name: "rand_augment", steps: [{ kind: "rand_augment", count: 8, magnitude: 7 } as const] },
  ])("$name changes the image, the same way for the same stream", async ({ steps }) => {
    const [as, before] = [await load(drawing, 32, steps), await load(drawing, 32)];
    expect(await load(drawing, 32, steps)).toEqual(as);
    expect(as.data).not.toEqual(before.data);
  });

  it.each([
    { name: "flip", steps: [flip] },
    { name: "resized_crop", steps: [crop] },
    { name: "flip and resized_crop", steps: [flip, crop] },
    { name: "rand_augment", steps: [{ kind: "rand_augment", count: 4, magnitude: 9 } as const] },
  ])("$name moves a mask as it moves its image", async ({ steps }) => {
    // The left part of the upper half is of class 1, and white in the image.
    const [width, height] = [60, 40];
    const isIn = (i: number): boolean => i % width < 25 && Math.floor(i / width) < 20;
    const levels = (of: number) => Buffer.from(Array.from({ length: width * height }, (_, i) => (isIn(i) ? of : 0)));
    const grey = (data: Buffer) =>
      sharp(data, { raw: { width, height, channels: 1 } })
        .toColourspace("b-w")
        .png();
    const [picture, mask] = [await file("parts.png", grey(levels(255))), await file("parts-mask.png", grey(levels(1)))];
    for (let seed = 0; seed < 12; seed++) {
      const { data } = await load(picture, 96, steps, seed);
      const random = [seed, "augment"] as const;
      const moved = await createImageLoader(0).loadMask(mask, 96, { steps, random });
      const counted = [...moved.keys()].filter((i) => moved[i] !== 255);
      const alike = counted.filter((i) => (data[3 * i] ?? 0) > 127 === (moved[i] === 1)).length;
      expect(alike / counted.length, `seed ${seed}`).toBeGreaterThan(0.95);
      expect(counted.length / moved.length, `seed ${seed}`).toBeGreaterThan(0.5);
    }
  });

  it("crops a file at its own resolution, another part for another stream", async () => {
    const ramp = Buffer.from(Array.from({ length: 64 * 64 * 3 }, (_, i) => Math.floor(i / 3) % 64));
    const source = await file("ramp.png", sharp(ramp, { raw: { width: 64, height: 64, channels: 3 } }).png());
    const [a, b] = [await load(source, 16, [crop], 1), await load(source, 16, [crop], 2)];
    expect(a.data).not.toEqual(b.data);
    const width = (Math.max(...a.data) - Math.min(...a.data)) / 64;
    expect(width).toBeGreaterThan(0.5);
    expect(width).toBeLessThan(0.9);
  });

  it("flips about half of the images, and two flips are the identity", async () => {
    const whole = await load(drawing, 32);
    const seeds = Array.from({ length: 40 }, (_, seed) => seed);
    const isFlipped = async (seed: number, steps: AugmentSpec[]) =>
      !(await load(drawing, 32, steps, seed)).data.every((value, i) => value === whole.data[i]);
    const once = await Promise.all(seeds.map((seed) => isFlipped(seed, [flip])));
    const twice = await Promise.all(seeds.map((seed) => isFlipped(seed, [flip, flip])));
    for (const count of [once, twice].map((flips) => flips.filter(Boolean).length)) {
      expect(count).toBeGreaterThan(10);
      expect(count).toBeLessThan(30);
    }
    // If both draws flip, the image is unchanged.
    expect(seeds.some((seed) => once[seed] === true && twice[seed] === false)).toBe(true);
  });
});

describe("rand augment operations", () => {
  const size = 40;
  const image = Uint8Array.from({ length: 3 * size * size }, (_, i) => 60 + ((i * 37) % 120));

  it.each(OPERATIONS)("%s keeps the size, does not modify its input, and is deterministic by stream", (name) => {
    const before = image.slice();
    const one = applyOperation(name, { data: image, size, channels: 3 }, 0.7, stream(1, "op"));
    expect(image).toEqual(before);
    expect(one).toHaveLength(image.length);
    expect(applyOperation(name, { data: image, size, channels: 3 }, 0.7, stream(1, "op"))).toEqual(one);
    expect(Buffer.from(one).equals(Buffer.from(image))).toBe(name === "identity");
  });

  it.each(OPERATIONS)("%s moves transparency with the pixels, and otherwise leaves it unchanged", (name) => {
    const clear = Uint8Array.from({ length: 4 * size * size }, (_, i) => (i % 4 === 3 ? 10 : 60 + ((i * 37) % 120)));
    const apply = (data: Uint8Array, channels: 3 | 4) =>
      applyOperation(name, { data, size, channels }, 0.7, stream(1, "op"));
    const [out, colours] = [
      apply(clear, 4),
      apply(
        clear.filter((_, i) => i % 4 < 3),
        3,
      ),
    ];
    expect([...out.filter((_, i) => i % 4 < 3)]).toEqual([...colours]);
    const alpha = new Set(out.filter((_, i) => i % 4 === 3));
    const moves = /^(shear|translate|rotate)/.test(name);
    if (moves) expect([Math.min(...alpha), Math.max(...alpha)]).toEqual([0, 10]);
    else expect([...alpha]).toEqual([10]);
  });

  it("stretches contrast to the full range", () => {
    const out = applyOperation("auto_contrast", { data: image, size, channels: 3 }, 0.7, stream(1, "op"));
    expect([Math.min(...out), Math.max(...out)]).toEqual([0, 255]);
  });

  it("brightens by 1.36 at magnitude 7", () => {
    const out = applyOperation("brightness", { data: image, size, channels: 3 }, 0.7, stream(1, "op"));
    expect(out[0]).toBe(Math.trunc(60 * 1.36));
  });

  it("fills pixels from outside the image with grey", () => {
    const out = applyOperation(
      "rotate",
      { data: new Uint8Array(3 * size * size), size, channels: 3 },
      1,
      stream(1, "op"),
    );
    expect(out[0]).toBe(128);
    expect(out[3 * (20 * size + 20)]).toBe(0);
  });

  it("leaves about a quarter of the images unchanged with two operations of probability ½", () => {
    let same = 0;
    for (let i = 0; i < 300; i++) {
      const out = randAugment({ data: image, size, channels: 3 }, { count: 2, magnitude: 7 }, stream(1, "many", i));
      if (Buffer.from(out).equals(Buffer.from(image))) same += 1;
    }
    // Each of two is applied with probability ½ and is one of ten, one of them the identity: (1 − ½ · 9/10)² = 0.30.
    expect(same / 300).toBeGreaterThan(0.22);
    expect(same / 300).toBeLessThan(0.38);
  });
});
