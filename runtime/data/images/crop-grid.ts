// `crop_grid`: boxes of an image, arranged as a grid of equal cells.
import type { ImageFile } from "../sources/data-set.js";
import { undecodable } from "./image-bytes.js";
import type { Extent, Raster, Values } from "./raster.js";

/** The boxes of an image arranged as a grid, with unused cells empty; without `crop_grid` the image itself. Throws V917. */
export function laidOut<T extends Values>(file: ImageFile, from: Raster<T>, room: (length: number) => T): Raster<T> {
  if (file.cropGrid === undefined) return from;
  expectBoxes(file, from);
  const { boxes, columns } = file.cropGrid;
  const [, , width = 1, height = 1] = boxes[0] ?? [];
  const size = laidOutSize(file, from);
  const grid = { ...from, ...size, data: room(from.channels * size.width * size.height) };
  grid.data.fill(EMPTY);
  boxes.forEach(([left, top], i) => {
    const to = [width * (i % columns), height * Math.floor(i / columns)] as const;
    copy({ from, at: [left, top], size: [width, height] }, grid, to);
  });
  return grid;
}

/** The size of the grid for an image of this size; without `crop_grid` its own size. */
export function laidOutSize({ cropGrid }: ImageFile, { width, height }: Extent): Extent {
  const [, , across = 1, down = 1] = cropGrid?.boxes[0] ?? [];
  if (cropGrid === undefined) return { width, height };
  return { width: cropGrid.columns * across, height: Math.ceil(cropGrid.boxes.length / cropGrid.columns) * down };
}

/** Throws V917 if a box exceeds an image of this size. */
export function expectBoxes(file: ImageFile, { width, height }: Extent): void {
  const boxes = file.cropGrid?.boxes ?? [];
  const outside = boxes.find(([left, top, across, down]) => left + across > width || top + down > height);
  if (outside === undefined) return;
  const reason = `the box [${outside.join(", ")}] of \`crop_grid\` leaves its ${width} × ${height} pixels`;
  throw undecodable(file, reason, "move the box");
}

/** White in an image, no class in a mask. */
const EMPTY = 255;

/** x and y, or width and height, in pixels. */
type Pair = readonly [number, number];

interface Part {
  readonly from: Raster<Values>;
  readonly at: Pair;
  readonly size: Pair;
}

function copy({ from, at: [left, top], size: [width, height] }: Part, to: Raster<Values>, [x, y]: Pair): void {
  const { channels } = from;
  for (let row = 0; row < height; row++) {
    const start = channels * ((top + row) * from.width + left);
    const pixels = from.data.subarray(start, start + channels * width);
    to.data.set(pixels, channels * ((y + row) * to.width + x));
  }
}
