// Masks from files: a class index per pixel, as stored in a PNG. An image decoder would apply the palette and scale samples of
// fewer bits to 8, so it is given a grey PNG with the same samples.
import { crc32 } from "node:zlib";

import type { Holes } from "../../errors/codes.js";
import { vlmoError, type ErrorContext, type VlmoError } from "../../errors/vlmo-error.js";
import type { ImageFile } from "../sources/data-set.js";
import { bytesOf, undecodable, type ImageBytes } from "./image-bytes.js";
import { decoderOf, expectImage, reported } from "./open-image.js";
import type { Raster } from "./raster.js";
import { laidOut } from "./crop-grid.js";

/** The class index that means none, as in PASCAL VOC, Cityscapes and ADE20K. */
export const NO_CLASS = 255;

/** V955 for a mask with a class that its head does not have. */
export function notAmong(holes: Holes<"V955">, about: ErrorContext = {}): VlmoError {
  const help =
    `give the head more classes, or correct the masks; they are counted from 0, and ${NO_CLASS} is none; ` +
    "where 0 is none and 1 the first, write `reduce_zero_label: true` in the data block";
  return vlmoError("V955", holes, { ...about, help });
}

/** The class indices in a file, upright, arranged if it has a `crop_grid`. Throws V917. */
export async function classesIn(file: ImageFile): Promise<Raster<Uint16Array>> {
  const { bits, png } = samplesOf(file, await bytesOf(file));
  return reported(file, async () => {
    const { data, info } = await decoderOf(png)
      .toColourspace(bits === 16 ? "grey16" : "b-w")
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    const levels = new Uint16Array(data.buffer, data.byteOffset, info.width * info.height);
    // Samples of fewer than 8 bits are scaled to 8.
    const step = bits < 8 ? 255 / (2 ** bits - 1) : 1;
    const classes = step === 1 ? levels : levels.map((level) => level / step);
    const whole = { width: info.width, height: info.height, channels: 1, data: classes };
    const mask = laidOut(file, whole, (length) => new Uint16Array(length));
    return file.reduceZeroLabel === true ? { ...mask, data: mask.data.map(oneLess) } : mask;
  });
}

function oneLess(label: number): number {
  return label === 0 || label === NO_CLASS ? NO_CLASS : label - 1;
}

/** A mask, read as its data block specifies. */
export function maskFile(
  file: ImageFile,
  { reduce_zero_label: reduce }: { readonly reduce_zero_label?: boolean | undefined },
): ImageFile {
  return reduce === true ? { ...file, key: `${file.key} reduced`, reduceZeroLabel: true } : file;
}

/** Class indices resized to a square by nearest neighbour. */
export function nearest({ width, height, data }: Raster<Uint16Array>, size: number): Int32Array {
  const columns = nearestOf(width, size);
  const out = new Int32Array(size * size);
  let at = 0;
  for (const row of nearestOf(height, size)) {
    for (const column of columns) out[at++] = data[row * width + column] ?? 0;
  }
  return out;
}

/** The old index of each new pixel. Accumulates steps as Pillow does, so that ties are resolved alike. */
function nearestOf(from: number, to: number): Int32Array {
  const step = from / to;
  let centre = step / 2;
  return Int32Array.from({ length: to }, () => {
    const old = Math.trunc(centre);
    centre += step;
    return old;
  });
}

/** Throws V917 if a file cannot hold a mask, by its first bytes. */
export function expectMask(file: ImageFile, bytes: ImageBytes): void {
  const { format, head } = expectImage(file, bytes);
  if (format.name !== "PNG") throw notMask(file, `it is a ${format.name} image, and masks are read from PNG`);
  const { refused } = format.samples(head, bytes);
  if (refused !== null) throw undecodable(file, refused);
  const reason = colours.get(head.charCodeAt(COLOUR_TYPE));
  if (reason !== undefined) throw notMask(file, reason);
}

/** Offsets in a PNG, whose first chunk is its header. */
const [HEADER, HEADER_NAME, BIT_DEPTH, COLOUR_TYPE, HEADER_SUM] = [8, 12, 24, 25, 29];
const GREY = 0;

/** Colour types without class indices. */
const colours: ReadonlyMap<number, string> = new Map([
  [2, "it stores colours (RGB), where a mask stores one class number a pixel"],
  [4, "it stores transparency beside its levels, where a mask stores one class number a pixel"],
  [6, "it stores colours (RGB) and transparency, where a mask stores one class number a pixel"],
]);

function notMask(file: ImageFile, reason: string) {
  return undecodable(file, reason, "save class numbers as a grey or palette PNG");
}

/** The chunks with the size, bit depth, orientation and samples. */
const KEPT = ["IHDR", "eXIf", "IDAT", "IEND"];

/** A PNG with the samples of a file as grey levels: without palette, colour space and transparency. */
function samplesOf(file: ImageFile, whole: ImageBytes): { readonly bits: number; readonly png: Buffer } {
  expectMask(file, whole);
  const bytes = whole.at(0, whole.size);
  const parts = [bytes.subarray(0, HEADER)];
  for (let at = HEADER, end = at; at + 12 <= bytes.length; at = end) {
    end = at + 12 + bytes.readUInt32BE(at);
    if (KEPT.includes(bytes.toString("latin1", at + 4, at + 8))) parts.push(bytes.subarray(at, end));
  }
  const png = Buffer.concat(parts);
  png[COLOUR_TYPE] = GREY;
  png.writeUInt32BE(crc32(png.subarray(HEADER_NAME, HEADER_SUM)), HEADER_SUM);
  return { bits: png.readUInt8(BIT_DEPTH), png };
}
