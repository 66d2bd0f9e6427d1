// RandAugment as in VLMo (unilm `vlmo/transforms/randaugment.py`): operations on a square image, drawn with replacement, each
// applied with probability one half. Plain loops, so that a seed gives the same bytes everywhere. Operations on colours leave
// alpha as it is; geometric ones move it too.
import type { RandomStream } from "../../random.js";
import { NO_CLASS } from "./mask.js";
import type { Pixels } from "./raster.js";

/** Settings of the augmentation. */
export interface RandAugment {
  /** Operations drawn for each image. */
  readonly count: number;
  /** Strength, 0 … 10. */
  readonly magnitude: number;
}

/** Red, green and blue; a fourth channel is alpha. */
const COLOURS = 3;
/** Pixels outside the image: grey and transparent. */
const OUTSIDE = [128, 128, 128, 0] as const;

/** Operations on colours, without random draws; `strength` is magnitude / 10. */
const colours = {
  identity: ({ data }) => data,
  auto_contrast: (image) => channelwise(image, stretch),
  equalize: (image) => channelwise(image, equalization),
  brightness: (image, strength) => brightened(image, factorOf(strength)),
  sharpness: (image, strength) => sharpened(image, factorOf(strength)),
} as const satisfies Record<string, (image: Pixels, strength: number) => Uint8Array>;

/** Geometric operations, as affine matrices. */
const moves = {
  shear_x: (_, strength, random) => [1, signed(0.3 * strength, random), 0, 0, 1, 0],
  shear_y: (_, strength, random) => [1, 0, 0, signed(0.3 * strength, random), 1, 0],
  translate_x: (size, strength, random) => [1, 0, signed(shiftOf(size, strength), random), 0, 1, 0],
  translate_y: (size, strength, random) => [1, 0, 0, 0, 1, signed(shiftOf(size, strength), random)],
  rotate: (size, strength, random) => rotation(size, signed(30 * strength, random)),
} as const satisfies Record<string, (size: number, strength: number, random: RandomStream) => Matrix>;

/** In the original's order. */
const operations = { ...colours, ...moves };

/** One of VLMo's ten operations. */
export type OperationName = keyof typeof operations;
/** In the order of the table, which random draws index. */
export const OPERATIONS = Object.keys(operations) as readonly OperationName[]; // the table's own keys

/** Applies `count` random operations; the input is not modified. */
export function randAugment(image: Pixels, { count, magnitude }: RandAugment, random: RandomStream): Uint8Array {
  let { data } = image;
  for (let i = 0; i < count; i++) {
    const name = random.pick(OPERATIONS);
    if (random.chance(0.5)) data = applyOperation(name, { ...image, data }, magnitude / 10, random);
  }
  return data;
}

/** Moves the pixels of a mask [size · size] as `randAugment` moves those of its image, given the same random stream. */
export function randMove(
  data: Int32Array,
  size: number,
  { count, magnitude }: RandAugment,
  random: RandomStream,
): Int32Array {
  let current = data;
  for (let i = 0; i < count; i++) {
    const name = random.pick(OPERATIONS);
    if (random.chance(0.5) && isMove(name))
      current = nearestMoved(current, size, moves[name](size, magnitude / 10, random));
  }
  return current;
}

/** Applies one operation by name, with strength 0 … 1. */
export function applyOperation(name: OperationName, image: Pixels, strength: number, random: RandomStream): Uint8Array {
  return isMove(name) ? affine(image, moves[name](image.size, strength, random)) : colours[name](image, strength);
}

function isMove(name: OperationName): name is keyof typeof moves {
  return Object.hasOwn(moves, name);
}

/** 0.1 … 1.9; magnitude 7 gives 1.36. */
function factorOf(strength: number): number {
  return 1.8 * strength + 0.1;
}

/** The original's 10 pixels in an image of 224 at full strength, scaled to the image size. */
function shiftOf(size: number, strength: number): number {
  return (10 / 224) * size * strength;
}

function signed(value: number, random: RandomStream): number {
  return random.chance(0.5) ? -value : value;
}

/** Clamped to 0 … 255 and truncated. */
function byte(value: number): number {
  return value < 0 ? 0 : value > 255 ? 255 : Math.trunc(value);
}

function brightened({ channels, data }: Pixels, factor: number): Uint8Array {
  return data.map((value, i) => (i % channels < COLOURS ? byte(value * factor) : value));
}

/** Maps each colour channel by a table made from its histogram. */
function channelwise({ channels, data }: Pixels, tableOf: (histogram: Uint32Array) => Uint8Array): Uint8Array {
  const out = data.slice();
  for (let channel = 0; channel < COLOURS; channel++) {
    const histogram = new Uint32Array(256);
    for (let i = channel; i < data.length; i += channels) histogram[data[i] ?? 0] = (histogram[data[i] ?? 0] ?? 0) + 1;
    const table = tableOf(histogram);
    for (let i = channel; i < data.length; i += channels) out[i] = table[data[i] ?? 0] ?? 0;
  }
  return out;
}

/** Maps the darkest level to 0 and the brightest to 255. */
function stretch(histogram: Uint32Array): Uint8Array {
  const low = histogram.findIndex((count) => count > 0);
  const high = histogram.findLastIndex((count) => count > 0);
  if (high <= low) return Uint8Array.from({ length: 256 }, (_, value) => value);
  return Uint8Array.from({ length: 256 }, (_, value) => byte(((value - low) * 255) / (high - low)));
}

/** PIL's equalisation: the table is the cumulative count in steps of (pixels − the last bin's) / 255. */
function equalization(histogram: Uint32Array): Uint8Array {
  const filled = [...histogram].filter((count) => count > 0);
  const total = filled.reduce((sum, count) => sum + count, 0);
  const step = Math.floor((total - (filled.at(-1) ?? 0)) / 255);
  if (filled.length <= 1 || step === 0) return Uint8Array.from({ length: 256 }, (_, value) => value);
  let before = Math.floor(step / 2);
  return Uint8Array.from({ length: 256 }, (_, value) => {
    const level = byte(Math.floor(before / step));
    before += histogram[value] ?? 0;
    return level;
  });
}

/** Blends the image with its smoothed version (3 × 3 kernel of ones, centre 5, / 13) by `factor`; the border is kept. */
function sharpened({ data, size, channels }: Pixels, factor: number): Uint8Array {
  const out = data.slice();
  for (let row = 1; row + 1 < size; row++) {
    for (let column = 1; column + 1 < size; column++) {
      for (let channel = 0; channel < COLOURS; channel++) {
        const at = channels * (row * size + column) + channel;
        const value = data[at] ?? 0;
        const blurred = (neighbourhood(data, at, channels * size, channels) + 4 * value) / 13;
        out[at] = byte(blurred + factor * (value - blurred));
      }
    }
  }
  return out;
}

/** Sum of the 3 × 3 values around a position. */
function neighbourhood(data: Uint8Array, at: number, row: number, pixel: number): number {
  let sum = 0;
  for (let dy = -row; dy <= row; dy += row)
    for (let dx = -pixel; dx <= pixel; dx += pixel) sum += data[at + dy + dx] ?? 0;
  return sum;
}

/** [a, b, c, d, e, f]: the pixel at (x, y) moves to (a·x + b·y + c, d·x + e·y + f), as in cv2.warpAffine. */
type Matrix = readonly [number, number, number, number, number, number];

function rotation(size: number, degrees: number): Matrix {
  const angle = (degrees * Math.PI) / 180;
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const centre = size / 2;
  const x = (1 - cos) * centre - sin * centre;
  const y = sin * centre + (1 - cos) * centre;
  return [cos, sin, x, -sin, cos, y];
}

/** Warps the image by a matrix, bilinear, with `OUTSIDE` beyond its borders. */
function affine(image: Pixels, matrix: Matrix): Uint8Array {
  const out = new Uint8Array(image.data.length);
  forEachSource(image.size, matrix, (x, y, at) => sample(image, x, y, out, image.channels * at));
  return out;
}

/** Warps a mask by a matrix, nearest neighbour, with no class beyond its borders. */
function nearestMoved(data: Int32Array, size: number, matrix: Matrix): Int32Array {
  const out = new Int32Array(data.length);
  forEachSource(size, matrix, (x, y, at) => {
    const [column, row] = [Math.round(x), Math.round(y)];
    const inside = column >= 0 && row >= 0 && column < size && row < size;
    out[at] = inside ? (data[row * size + column] ?? NO_CLASS) : NO_CLASS;
  });
  return out;
}

/** Calls with the source coordinates of each pixel, row by row. */
function forEachSource(
  size: number,
  [a, b, c, d, e, f]: Matrix,
  each: (x: number, y: number, at: number) => void,
): void {
  const determinant = a * e - b * d;
  for (let row = 0; row < size; row++) {
    for (let column = 0; column < size; column++) {
      const [x, y] = [column - c, row - f];
      each((e * x - b * y) / determinant, (a * y - d * x) / determinant, row * size + column);
    }
  }
}

/** Writes the bilinearly interpolated colour at (x, y) to `out` at `at`. */
// eslint-disable-next-line max-params -- the inner loop of every warp: an object a pixel would cost more than it says
function sample(image: Pixels, x: number, y: number, out: Uint8Array, at: number): void {
  const [left, top] = [Math.floor(x), Math.floor(y)];
  const [right, down] = [x - left, y - top];
  for (let channel = 0; channel < image.channels; channel++) {
    const upper = valueAt(image, left, top, channel) * (1 - right) + valueAt(image, left + 1, top, channel) * right;
    const lower =
      valueAt(image, left, top + 1, channel) * (1 - right) + valueAt(image, left + 1, top + 1, channel) * right;
    out[at + channel] = Math.round(upper * (1 - down) + lower * down);
  }
}

function valueAt({ data, size, channels }: Pixels, x: number, y: number, channel: number): number {
  const isInside = x >= 0 && y >= 0 && x < size && y < size;
  return (isInside ? data[channels * (y * size + x) + channel] : OUTSIDE[channel]) ?? 0;
}
