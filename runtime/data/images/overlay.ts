// An image overlaid with the classes of its pixels, in the colours of PASCAL VOC.
import sharp from "sharp";
import type { ImageSource } from "../sources/data-set.js";
import { NO_CLASS } from "./mask.js";
import type { Raster } from "./raster.js";
import { thumbnail, type Thumbnail } from "./thumbnail.js";

/** Opacity of the overlay. */
const OPACITY = 0.65;

/** The colour of a class, `#rrggbb`; class 0, often the background, is black. */
export function colourOf(label: number): string {
  return `#${levelsOf(label)
    .map((level) => level.toString(16).padStart(2, "0"))
    .join("")}`;
}

/**
 * Red, green and blue levels: bits of the class index go to the channels in turn, the lowest to the highest bits of a level.
 */
export function levelsOf(label: number): [number, number, number] {
  const levels: [number, number, number] = [0, 0, 0];
  for (let bit = 0; bit < 8; bit++) {
    for (const channel of [0, 1, 2] as const) levels[channel] |= ((label >> (3 * bit + channel)) & 1) << (7 - bit);
  }
  return levels;
}

/** A small overlaid picture; pixels without a class stay as they are. Throws V917. */
export async function overlaid(
  { image, classes }: { readonly image: ImageSource; readonly classes: Raster<Uint16Array> },
  side: number,
): Promise<Thumbnail> {
  const { bytes } = await thumbnail(image, side);
  const { data, info } = await sharp(bytes)
    .removeAlpha()
    .toColourspace("srgb")
    .raw()
    .toBuffer({ resolveWithObject: true });
  const { width, height } = info;
  for (let at = 0; at < width * height; at++) {
    const row = Math.floor(((Math.floor(at / width) + 0.5) * classes.height) / height);
    const column = Math.floor((((at % width) + 0.5) * classes.width) / width);
    const label = classes.data[row * classes.width + column] ?? NO_CLASS;
    if (label === NO_CLASS) continue;
    levelsOf(label).forEach((level, channel) => {
      data[3 * at + channel] = (1 - OPACITY) * (data[3 * at + channel] ?? 0) + OPACITY * level;
    });
  }
  const picture = sharp(data, { raw: { width, height, channels: 3 } });
  return { bytes: await picture.png().toBuffer(), ending: "png" };
}
