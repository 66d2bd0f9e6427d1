// Resizing: enlarging bit-exact with Pillow, shrinking close to it, masks by nearest neighbour.
import sharp from "sharp";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { enlarged } from "../../../../runtime/data/images/enlarge.js";
import { createImageLoader } from "../../../../runtime/data/images/image.js";
import { nearest } from "../../../../runtime/data/images/mask.js";
import { fileOf } from "../../../support/image-files.js";
import { bicubic, bicubicRgba, nearest as nearestOf, pattern } from "../resized.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-enlarge-"));
afterAll(() => rmSync(folder, { recursive: true }));

async function loaded(width: number, height: number, size: number, data = pattern(width, height)): Promise<Uint8Array> {
  const png = await sharp(data, { raw: { width, height, channels: 3 } })
    .png()
    .toBuffer();
  return (await createImageLoader(0).load(fileOf(folder, "image.png", png), size)).data;
}

function apart(found: Uint8Array, wanted: Uint8Array): { readonly mean: number; readonly most: number } {
  expect(found).toHaveLength(wanted.length);
  const by = Array.from(wanted, (level, i) => Math.abs(level - (found[i] ?? 0)));
  return { mean: by.reduce((sum, each) => sum + each, 0) / by.length, most: Math.max(...by) };
}

const larger = bicubic.filter(({ width, height, size }) => width <= size && height <= size);
const others = bicubic.filter((each) => !larger.includes(each));

describe("enlarging an image", () => {
  it.each(larger)("is Pillow's to the bit: $width × $height to $size", async ({ width, height, size, pixels }) => {
    const wanted = Buffer.from(pixels, "hex");
    expect(
      Buffer.from(
        enlarged({ width, height, channels: 3, data: pattern(width, height) }, { width: size, height: size }),
      ),
    ).toEqual(wanted);
    expect(Buffer.from(await loaded(width, height, size))).toEqual(wanted);
  });
});

describe("enlarging an image with transparency", () => {
  it.each(bicubicRgba)("is Pillow's to the bit: $width × $height to $size", ({ width, height, size, pixels }) => {
    const image = { width, height, channels: 4, data: pattern(width, height, 4) };
    expect(Buffer.from(enlarged(image, { width: size, height: size })).toString("hex")).toBe(pixels);
  });
});

describe("resizing shifts no pixels:", () => {
  it.each([5, 7, 8, 9, 13, 31])("resizing commutes with mirroring: 8 pixels to %i", async (size) => {
    const mirrored = (data: Uint8Array, side: number): Uint8Array =>
      Uint8Array.from(data, (_, i) => {
        const x = Math.floor(i / 3) % side;
        return data[i - 3 * x + 3 * (side - 1 - x)] ?? 0;
      });
    const image = pattern(8, 8);
    const around = mirrored(await loaded(8, 8, size, mirrored(image, 8)), size);
    expect(apart(around, await loaded(8, 8, size, image)).most).toBeLessThanOrEqual(1);
  });

  it.each([9, 11, 16, 24, 40, 57])("a linear ramp stays in place: 16 pixels to %i", async (size) => {
    const ramp = Uint8Array.from({ length: 3 * 16 * 16 }, (_, i) => 10 + 12 * (Math.floor(i / 3) % 16));
    const row = (await loaded(16, 16, size, ramp)).filter((_, i) => i % 3 === 0).subarray(0, size);
    const margin = Math.ceil((2.5 * size) / 16);
    // Away from the edges cubic interpolation reproduces a linear ramp.
    for (let x = margin; x < size - margin; x++) {
      const centre = ((x + 0.5) * 16) / size - 0.5;
      expect(Math.abs((row[x] ?? 0) - (10 + 12 * centre))).toBeLessThanOrEqual(1);
    }
  });
});

describe("shrinking an image along an axis", () => {
  it.each(others)("is close to Pillow: $width × $height to $size", async ({ width, height, size, pixels }) => {
    const { mean } = apart(await loaded(width, height, size), Buffer.from(pixels, "hex"));
    expect(mean).toBeLessThan(LIMIT);
  });
});

/** For noise, the worst case; photographs differ by less than one level on average. */
const LIMIT = 2;

describe("resizing a mask", () => {
  it.each(nearestOf)("takes the nearest pixel centre as Pillow does: $width × $height to $size", (each) => {
    const { width, height, size, pixels } = each;
    const data = Uint16Array.from({ length: width * height }, (_, i) => i);
    expect([...nearest({ width, height, channels: 1, data }, size)]).toEqual([...Buffer.from(pixels, "hex")]);
  });
});
