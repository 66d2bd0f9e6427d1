// Parts of an image, laid out anew as a grid of equal cells, and put into another order.
import type { RandomStream } from "../../random.js";
import type { AugmentSpec } from "../../../compiler/index.js";
import type { ImageFile, Tiles } from "../sources/data-set.js";
import { undecodable } from "./image-bytes.js";
import { reverse, type Raster, type Values, type Pixels } from "./raster.js";

type ShuffleTiles = Extract<AugmentSpec, { kind: "shuffle_tiles" }>;

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
  const from = { width: size, height: size, channels: 3, data };
  const to = { ...from, data: Uint8Array.from(data) };
  order.forEach((tile, place) => {
    const part = { from, at: placeOf(tile, columns, cell), size: cell, mirrored: mirrored[place] === true };
    copy(part, to, placeOf(place, columns, cell));
  });
  return to.data;
}

/** The boxes of a file's samples as a grid, empty where it has none left; all of them where it has no tiles. Throws V917. */
export function laidOut<T extends Values>(file: ImageFile, from: Raster<T>, room: (length: number) => T): Raster<T> {
  if (file.tiles === undefined) return from;
  const { boxes, columns, mirrored = [] } = file.tiles;
  const [, , width = 1, height = 1] = boxes[0] ?? [];
  const [across, down] = [columns * width, Math.ceil(boxes.length / columns) * height];
  const grid = { ...from, width: across, height: down, data: room(from.channels * across * down) };
  grid.data.fill(EMPTY);
  boxes.forEach(([left, top], i) => {
    if (left + width > from.width || top + height > from.height) {
      throw undecodable(file, `the tile at ${left}, ${top} leaves its ${from.width} × ${from.height} pixels`);
    }
    const part = { from, at: [left, top] as const, size: [width, height] as const, mirrored: mirrored[i] === true };
    copy(part, grid, placeOf(i, columns, part.size));
  });
  return grid;
}

/** White in an image, and no class in a mask. */
const EMPTY = 255;

/** x and y, or width and height, in pixels. */
type Pair = readonly [number, number];

interface Part {
  readonly from: Raster<Values>;
  readonly at: Pair;
  readonly size: Pair;
  readonly mirrored: boolean;
}

/** Where a tile of a grid of equal cells is. */
function placeOf(tile: number, columns: number, [width, height]: Pair): Pair {
  return [width * (tile % columns), height * Math.floor(tile / columns)];
}

function copy(
  { from, at: [left, top], size: [width, height], mirrored }: Part,
  to: Raster<Values>,
  [x, y]: Pair,
): void {
  const { channels } = from;
  for (let row = 0; row < height; row++) {
    const start = channels * ((top + row) * from.width + left);
    const pixels = from.data.subarray(start, start + channels * width);
    const at = channels * ((y + row) * to.width + x);
    if (mirrored) reverse(pixels, to.data, at, channels);
    else to.data.set(pixels, at);
  }
}
