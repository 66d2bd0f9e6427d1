// Rasterises masks from the outlines of objects, with the same pixels as COCO's tools (maskApi.c of cocoapi).
import sharp from "sharp";
import type { Area, DrawnInside } from "../sources/data-set.js";
import type { Raster } from "./raster.js";

/** As a PNG, so that everything that reads masks can read it. */
export async function drawnMask(mask: DrawnInside): Promise<Buffer> {
  return maskPng({ width: mask.width, height: mask.height, data: labelsIn(mask) });
}

/** Class indices as a grey PNG. */
export async function maskPng({ width, height, data }: Pick<Raster, "width" | "height" | "data">): Promise<Buffer> {
  const raw = { width, height, channels: 1 } as const;
  return sharp(data, { raw }).toColourspace("b-w").png({ compressionLevel: 1 }).toBuffer();
}

/** The class index of every pixel, row by row. */
function labelsIn({ width, height, regions }: DrawnInside): Uint8Array {
  const labels = new Uint8Array(width * height);
  for (const { label, area } of regions) {
    for (const [from, to] of stretchesOf(area, width, height)) {
      for (let at = from; at < to; at++) labels[(at % height) * width + Math.floor(at / height)] = label;
    }
  }
  return labels;
}

/** From the first pixel inside to the first one after it, in column-major order. */
type Stretch = readonly [from: number, to: number];

function stretchesOf(area: Area, width: number, height: number): Stretch[] {
  switch (area.kind) {
    case "polygons":
      return area.polygons.flatMap((corners) => pairs(crossings(corners, width, height)));
    case "runs":
      return pairs(ends(area.runs));
  }
}

function pairs(bounds: readonly number[]): Stretch[] {
  return Array.from({ length: bounds.length >> 1 }, (_, i) => [bounds[2 * i] ?? 0, bounds[2 * i + 1] ?? 0]);
}

/** Ends of runs; runs are outside and inside in turn. */
function ends(runs: readonly number[]): number[] {
  let at = 0;
  return runs.map((run) => (at += run));
}

/** Oversampling: points on an outline per pixel. */
const STEPS = 5;

/** Where a polygon is entered and left, in column-major order, ascending. */
function crossings(corners: readonly number[], width: number, height: number): number[] {
  const [xs, ys] = outline(corners);
  const found: number[] = [];
  for (let i = 1; i < xs.length; i++) {
    const [x = 0, before = 0, y = 0, above = 0] = [xs[i], xs[i - 1], ys[i], ys[i - 1]];
    if (x === before) continue;
    const column = ((x < before ? x : x - 1) + 0.5) / STEPS - 0.5;
    if (!Number.isInteger(column) || column < 0 || column > width - 1) continue;
    const row = Math.ceil(Math.min(Math.max((Math.min(y, above) + 0.5) / STEPS - 0.5, 0), height));
    found.push(column * height + row);
  }
  found.sort((a, b) => a - b);
  // A polygon that reaches past the right edge is entered there and not left.
  return found.length % 2 === 0 ? found : [...found, width * height];
}

/** The points of the outline between corners. */
function outline(corners: readonly number[]): [number[], number[]] {
  const count = corners.length >> 1;
  const at = (i: number): [number, number] => {
    const [x = 0, y = 0] = [corners[2 * (i % count)], corners[2 * (i % count) + 1]];
    return [Math.trunc(STEPS * x + 0.5), Math.trunc(STEPS * y + 0.5)];
  };
  const [xs, ys]: [number[], number[]] = [[], []];
  for (let i = 0; i < count; i++) {
    const [from, to] = [at(i), at(i + 1)];
    const across = Math.abs(to[0] - from[0]) >= Math.abs(to[1] - from[1]);
    const [along, aside] = across ? ([0, 1] as const) : ([1, 0] as const);
    // Lines are drawn from their lower end, so that both directions give the same points.
    const [low, high] = from[along] > to[along] ? [to, from] : [from, to];
    const length = high[along] - low[along];
    const slope = length === 0 ? 0 : (high[aside] - low[aside]) / length;
    for (let d = 0; d <= length; d++) {
      const step = low === from ? d : length - d;
      const point = [low[along] + step, Math.trunc(low[aside] + slope * step + 0.5)] as const;
      xs.push(point[along === 0 ? 0 : 1]);
      ys.push(point[along === 0 ? 1 : 0]);
    }
  }
  return [xs, ys];
}
