// Parts of an image, laid out anew as a grid of equal cells, and put into another order.
import sharp, { type Sharp } from "sharp";
import type { RandomStream } from "../random.js";
import type { AugmentStep } from "./augment.js";
import type { Tiles } from "./data-set.js";
import type { Pixels } from "./image.js";

type ShuffleTiles = Extract<AugmentStep, { kind: "shuffle_tiles" }>;

/** Which tile comes where: place i shows tile `order[i]`, left and right exchanged where `mirrored[i]`. */
export interface TileOrder {
  readonly order: readonly number[];
  readonly mirrored: readonly boolean[];
}

/** A random order of tiles. */
export function drawOrder({ boxes }: Tiles, { flip }: ShuffleTiles, random: RandomStream): TileOrder {
  const mirrored = boxes.map(() => random.chance(flip));
  return { order: random.shuffle([...boxes.keys()]), mirrored };
}

/** The tiles of a file in that order. */
export function reordered({ boxes, columns }: Tiles, { order, mirrored }: TileOrder): Tiles {
  return { boxes: order.flatMap((from) => boxes.slice(from, from + 1)), columns, mirrored };
}

/** Width and height of a tile in a square image; undefined where tiles do not begin and end at a pixel. */
export function cellOf({ boxes, columns }: Tiles, size: number): readonly [number, number] | undefined {
  const [width, height] = [size / columns, size / Math.ceil(boxes.length / columns)];
  return Number.isInteger(width) && Number.isInteger(height) ? [width, height] : undefined;
}

/** The same of tiles of this size in pixels that are laid out already, uint8 [size, size, 3], into new bytes. */
export function pixelsReordered(
  { size, data }: Pixels,
  columns: number,
  [width, height]: readonly [number, number],
  { order, mirrored }: TileOrder,
): Uint8Array {
  const out = Uint8Array.from(data);
  const startOf = (tile: number, row: number): number =>
    3 * (size * (height * Math.floor(tile / columns) + row) + width * (tile % columns));
  order.forEach((tile, place) => {
    for (let row = 0; row < height; row++) {
      const from = startOf(tile, row);
      const pixels = data.subarray(from, from + 3 * width);
      out.set(mirrored[place] === true ? reversed(pixels) : pixels, startOf(place, row));
    }
  });
  return out;
}

/** The boxes of an image (opaque, RGB) laid out as a grid; throws where a box leaves the image. */
export async function tiled(image: Sharp, { boxes, columns, mirrored = [] }: Tiles): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const [, , width = 1, height = 1] = boxes[0] ?? [];
  const [across, down] = [columns * width, Math.ceil(boxes.length / columns) * height];
  const grid = new Uint8Array(3 * across * down).fill(255);
  boxes.forEach(([left, top], i) => {
    if (left + width > info.width || top + height > info.height) {
      throw new Error(`the tile at ${left}, ${top} leaves its ${info.width} × ${info.height} pixels`);
    }
    const to = across * height * Math.floor(i / columns) + width * (i % columns);
    for (let row = 0; row < height; row++) {
      const from = (top + row) * info.width + left;
      const pixels = data.subarray(3 * from, 3 * (from + width));
      grid.set(mirrored[i] === true ? reversed(pixels) : pixels, 3 * (to + row * across));
    }
  });
  return sharp(grid, { raw: { width: across, height: down, channels: 3 } });
}

/** The pixels of a row from right to left. */
export function reversed(row: Uint8Array): Uint8Array {
  const out = new Uint8Array(row.length);
  for (let at = 0; at < row.length; at += 3) {
    const to = row.length - 3 - at;
    out[to] = row[at] ?? 0;
    out[to + 1] = row[at + 1] ?? 0;
    out[to + 2] = row[at + 2] ?? 0;
  }
  return out;
}
