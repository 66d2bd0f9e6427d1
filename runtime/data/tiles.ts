// Parts of an image, laid out anew as a grid of equal cells, and put into another order.
import sharp, { type Sharp } from "sharp";
import type { RandomStream } from "../random.js";
import type { AugmentStep } from "./augment.js";
import type { ImageFile, Tiles } from "./data-set.js";
import type { Pixels } from "./image.js";

type ShuffleTiles = Extract<AugmentStep, { kind: "shuffle_tiles" }>;

/** An image of tiles. */
export type TiledFile = ImageFile & { readonly tiles: Tiles };

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

/** A file with its tiles in that order. */
export function reordered(file: TiledFile, { order, mirrored }: TileOrder): TiledFile {
  const { boxes, columns } = file.tiles;
  return { ...file, tiles: { boxes: order.flatMap((from) => boxes.slice(from, from + 1)), columns, mirrored } };
}

/** Width and height of a tile in a square image; undefined where tiles do not begin and end at a pixel. */
export function cellOf({ boxes, columns }: Tiles, size: number): Pair | undefined {
  const [width, height] = [size / columns, size / Math.ceil(boxes.length / columns)];
  return Number.isInteger(width) && Number.isInteger(height) ? [width, height] : undefined;
}

/** The same of tiles of this size in pixels that are laid out already, uint8 [size, size, 3], into new bytes. */
export function pixelsReordered(
  { size, data }: Pixels,
  columns: number,
  cell: Pair,
  { order, mirrored }: TileOrder,
): Uint8Array {
  const [from, to] = [
    { width: size, data },
    { width: size, data: Uint8Array.from(data) },
  ];
  order.forEach((tile, place) => {
    const part = { from, at: placeOf(tile, columns, cell), size: cell, mirrored: mirrored[place] === true };
    copy(part, to, placeOf(place, columns, cell));
  });
  return to.data;
}

/** The boxes of an image (opaque, RGB) laid out as a grid; throws where a box leaves the image. */
export async function tiled(image: Sharp, { boxes, columns, mirrored = [] }: Tiles): Promise<Sharp> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const [, , width = 1, height = 1] = boxes[0] ?? [];
  const [across, down] = [columns * width, Math.ceil(boxes.length / columns) * height];
  const grid = { width: across, data: new Uint8Array(3 * across * down).fill(255) };
  boxes.forEach(([left, top], i) => {
    if (left + width > info.width || top + height > info.height) {
      throw new Error(`the tile at ${left}, ${top} leaves its ${info.width} × ${info.height} pixels`);
    }
    const from = { width: info.width, data };
    const part: Part = { from, at: [left, top], size: [width, height], mirrored: mirrored[i] === true };
    copy(part, grid, placeOf(i, columns, part.size));
  });
  return sharp(grid.data, { raw: { width: across, height: down, channels: 3 } });
}

/** x and y, or width and height, in pixels. */
type Pair = readonly [number, number];

/** RGB, row by row. */
interface Raster {
  readonly width: number;
  readonly data: Uint8Array;
}

interface Part {
  readonly from: Raster;
  readonly at: Pair;
  readonly size: Pair;
  readonly mirrored: boolean;
}

/** Where a tile of a grid of equal cells is. */
function placeOf(tile: number, columns: number, [width, height]: Pair): Pair {
  return [width * (tile % columns), height * Math.floor(tile / columns)];
}

function copy({ from, at: [left, top], size: [width, height], mirrored }: Part, to: Raster, [x, y]: Pair): void {
  for (let row = 0; row < height; row++) {
    const start = 3 * ((top + row) * from.width + left);
    const pixels = from.data.subarray(start, start + 3 * width);
    const at = 3 * ((y + row) * to.width + x);
    if (mirrored) reverse(pixels, to.data, at);
    else to.data.set(pixels, at);
  }
}

/** Writes the pixels of a row from right to left into `out` from `offset`. */
export function reverse(row: Uint8Array, out: Uint8Array, offset: number): void {
  for (let at = 0, to = offset + row.length - 3; at < row.length; at += 3, to -= 3) {
    out[to] = row[at] ?? 0;
    out[to + 1] = row[at + 1] ?? 0;
    out[to + 2] = row[at + 2] ?? 0;
  }
}
