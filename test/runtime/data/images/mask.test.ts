// Masks: the class numbers stored in a PNG, regardless of its colours.
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import sharp from "sharp";
import { afterAll, describe, expect, it } from "vitest";

import { evaluationBatches } from "../../../../runtime/data/batches/batch-source.js";
import { suppliesOf, type DataSet, type ImageFile } from "../../../../runtime/data/sources/data-set.js";
import { filesOf, unreadable } from "../../../../runtime/data/images/headers.js";
import { createImageLoader } from "../../../../runtime/data/images/image.js";
import { maskFile } from "../../../../runtime/data/images/mask.js";
import { fileOf, pngOf, tiffOf, type Png } from "../../../support/image-files.js";
import { ignored } from "../../../../compiler/index.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-mask-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function classesIn(file: ImageFile, size: number): Promise<number[]> {
  return [...(await createImageLoader(0).loadMask(file, size))];
}

/** Class numbers in rows of four as a PNG of this depth. */
function maskOf(bits: number, numbers: readonly number[], more: Partial<Png> = {}, name = "mask.png"): ImageFile {
  const rows = [0, 1, 2, 3].map((row) => packed(numbers.slice(4 * row, 4 * row + 4), bits));
  return fileOf(folder, name, pngOf({ width: 4, height: 4, bits, colours: 0, rows, ...more }));
}

/** Numbers packed with this many bits each, the last byte padded. */
function packed(numbers: readonly number[], bits: number): Uint8Array {
  const digits = numbers.map((number) => number.toString(2).padStart(bits, "0")).join("");
  const bytes = digits.match(/.{1,8}/g) ?? [];
  return Uint8Array.from(bytes, (byte) => parseInt(byte.padEnd(8, "0"), 2));
}

const numbersOf: Readonly<Record<number, readonly number[]>> = {
  1: [0, 1, 1, 0, 1, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 0],
  2: [0, 1, 2, 3, 3, 2, 1, 0, 0, 0, 3, 3, 1, 2, 1, 2],
  4: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  8: [0, 1, 2, 20, 21, 100, 127, 128, 150, 182, 200, 240, 253, 254, 255, 255],
  16: [0, 1, 255, 256, 257, 300, 847, 1000, 3128, 4095, 4096, 30_000, 32_767, 32_768, 65_534, 65_535],
};

const gamma = ["gAMA", Buffer.of(0, 1, 0x86, 0xa0)] as const;
const clear = ["tRNS", Buffer.of(0, 1)] as const;
const palette = (bits: number) =>
  ["PLTE", Uint8Array.from({ length: 3 * 2 ** bits }, (_, i) => (i * 89) % 256)] as const;

describe("a mask gives the stored numbers:", () => {
  it.each([1, 2, 4, 8, 16])("grey of %i bits, with and without chunks that change colours", async (bits) => {
    const numbers = numbersOf[bits] ?? [];
    expect(await classesIn(maskOf(bits, numbers), 4)).toEqual(numbers);
    expect(await classesIn(maskOf(bits, numbers, { chunks: [gamma, clear] }), 4)).toEqual(numbers);
  });

  it.each([1, 2, 4, 8])("palette of %i bits, not its colours", async (bits) => {
    const numbers = numbersOf[bits] ?? [];
    const chunks = [gamma, palette(bits), ["tRNS", Buffer.of(0, 128)]] as const;
    expect(await classesIn(maskOf(bits, numbers, { colours: 3, chunks }), 4)).toEqual(numbers);
  });

  it.each([8, 16])("%i bits with `reduce_zero_label`: one less, and 0 as no class", async (bits) => {
    const numbers = numbersOf[bits] ?? [];
    const file = maskFile(maskOf(bits, numbers, {}, `reduced-${bits}.png`), { reduce_zero_label: true });
    // As in mmsegmentation's LoadAnnotations: 0 and 255 are no class.
    expect(await classesIn(file, 4)).toEqual(numbers.map((n) => (n === 0 || n === 255 ? 255 : n - 1)));
  });

  it("interlaced", async () => {
    const numbers = Uint8Array.from({ length: 100 }, (_, i) => (i * 37) % 256);
    const image = sharp(numbers, { raw: { width: 10, height: 10, channels: 1 } }).toColourspace("b-w");
    const file = fileOf(folder, "interlaced.png", await image.png({ progressive: true }).toBuffer());
    expect(await classesIn(file, 10)).toEqual([...numbers]);
  });

  it.each([
    [1, [0, 1, 2, 3, 4, 5]],
    [2, [1, 0, 3, 2, 5, 4]],
    [3, [5, 4, 3, 2, 1, 0]],
    [4, [4, 5, 2, 3, 0, 1]],
    [5, [0, 2, 4, 1, 3, 5]],
    [6, [4, 2, 0, 5, 3, 1]],
    [7, [5, 3, 1, 4, 2, 0]],
    [8, [1, 3, 5, 0, 2, 4]],
  ])("upright by orientation %i, like its image", async (orientation, upright) => {
    // TIFF, little endian, with one directory at offset 8 of one entry: orientation, a SHORT.
    const exif = Buffer.concat([Buffer.from("II*\0\x08\0\0\0\x01\0", "latin1"), Buffer.of(0x12, 1, 3, 0, 1, 0, 0, 0)]);
    const chunks = [["eXIf", Buffer.concat([exif, Buffer.of(orientation, 0, 0, 0, 0, 0, 0, 0)])]] as const;
    const rows = [Buffer.of(0, 1), Buffer.of(2, 3), Buffer.of(4, 5)];
    const png = pngOf({ width: 2, height: 3, bits: 8, colours: 0, rows, chunks });
    const tripled = await classesIn(fileOf(folder, "turned.png", png), 6);
    const [across, down] = orientation < 5 ? [3, 2] : [2, 3];
    const found = tripled.filter((_, i) => (i % 6) % across === 0 && Math.floor(i / 6) % down === 0);
    expect(found).toEqual(upright);
  });

  it("arranged like the boxes of its image, with no class between them", async () => {
    const cropGrid = { boxes: [[2, 0, 2, 2] as const, [0, 2, 2, 2] as const, [0, 0, 2, 2] as const], columns: 2 };
    const file = {
      ...maskOf(
        16,
        Array.from({ length: 16 }, (_, i) => 1000 + i),
      ),
      cropGrid,
    };
    expect(await classesIn(file, 4)).toEqual([
      ...[1002, 1003, 1008, 1009],
      ...[1006, 1007, 1012, 1013],
      ...[1000, 1001, 255, 255],
      ...[1004, 1005, 255, 255],
    ]);
  });
});

describe("a file without class numbers is refused by its header:", () => {
  const three = [0, 1, 2, 3].map(() => Buffer.alloc(12));
  const grey = Array.from({ length: 16 }, (_, i) => i);

  it.each([
    ["RGB", () => maskOf(8, [], { colours: 2, rows: three }), "it stores colours (RGB), where a mask stores one class"],
    [
      "grey with transparency",
      () => maskOf(8, [], { colours: 4, rows: [0, 1, 2, 3].map(() => Buffer.alloc(8)) }),
      "it stores transparency beside its levels",
    ],
    [
      "RGB with transparency",
      () => maskOf(8, [], { colours: 6, rows: [0, 1, 2, 3].map(() => Buffer.alloc(16)) }),
      "it stores colours (RGB) and transparency",
    ],
    [
      "a format other than PNG",
      () => fileOf(folder, "mask.tif", tiffOf(4, 4, Uint8Array.from(grey), { 258: 8, 262: 1, 277: 1 })),
      "it is a TIFF image, and masks are read from PNG",
    ],
    ["a file truncated in its header", () => fileOf(folder, "cut.png", pngBytes().subarray(0, 30)), "it is cut off"],
  ])("%s", async (_, file, reason) => {
    const refused = { code: "V917", file: "records.jsonl", message: expect.stringContaining(reason) };
    await expect(classesIn(file(), 4)).rejects.toMatchObject(refused);
    expect(await unreadable([{ file: file(), holds: "mask" }])).toMatchObject([refused]);
  });

  function pngBytes(): Buffer {
    return pngOf({ width: 4, height: 4, bits: 8, colours: 0, rows: [0, 1, 2, 3].map(() => Buffer.of(1, 2, 3, 4)) });
  }

  it("a file truncated anywhere after its header is refused when it is read", async () => {
    const bytes = pngBytes();
    for (let cut = 34; cut < bytes.length - 12; cut++) {
      const file = fileOf(folder, "cut.png", bytes.subarray(0, cut));
      await expect(classesIn(file, 4)).rejects.toMatchObject({ message: expect.stringContaining("it is cut off") });
    }
  });
});

describe("in a batch", () => {
  const image = fileOf(folder, "image.png", pngOf({ width: 1, height: 1, bits: 8, colours: 0, rows: [Buffer.of(9)] }));
  const mask = maskOf(8, numbersOf[8] ?? [], {}, "batch.png");
  const dataSet: DataSet = {
    name: "masked",
    kind: "masks",
    supplies: suppliesOf("masks"),
    length: 1,
    digests: new Map(),
    item: () => ({ name: "masked:0", images: [image], mask }),
  };

  it("255 is no class and enters no loss; the other numbers are unchanged", async () => {
    const options = {
      dataSet,
      needs: { image: { size: 4, channels: 3 as const }, mask: { size: 4 } },
      batch: 1,
      seed: 1,
    };
    const numbers = numbersOf[8]?.map((number) => (number === 255 ? ignored : number));
    const found: number[][] = [];
    for await (const { tensors } of evaluationBatches(options)) found.push([...(tensors.get("mask")?.data ?? [])]);
    expect(found).toEqual([numbers]);
  });

  it("a class outside those of the head is an error with its item", async () => {
    const highest = Math.max(...(numbersOf[8] ?? []).filter((number) => number !== 255));
    const needs = {
      image: { size: 4, channels: 3 as const },
      mask: { size: 4, of: { head: "regions", classes: highest } },
    };
    await expect(evaluationBatches({ dataSet, needs, batch: 1, seed: 1 }).next()).rejects.toThrow(
      `has the label ${highest}, but the classes of the head \`regions\` are 0..${highest - 1}`,
    );
  });

  it("images and masks are validated as such", () => {
    expect(filesOf(dataSet)).toEqual([
      { file: image, holds: "image" },
      { file: mask, holds: "mask" },
    ]);
  });
});
