// Masks from files: one class number a pixel, as a PNG stores it. A decoder of images would give the colours of a palette
// and stretch few bits to eight; it is given the samples alone, as those of a grey PNG.
import { crc32 } from "node:zlib";

import type { Holes } from "../../errors/codes.js";
import { vlmoError, type ErrorContext, type VlmoError } from "../../errors/vlmo-error.js";
import type { ImageFile } from "../sources/data-set.js";
import { bytesOf, undecodable, type ImageBytes } from "./image-bytes.js";
import { decoderOf, expectImage, reported } from "./open-image.js";
import type { Raster } from "./raster.js";
import { laidOut } from "./crop-grid.js";

/** The class number that stands for none, as in PASCAL VOC, Cityscapes and ADE20K. */
export const NO_CLASS = 255;

/** V955 for a mask with a class that its head does not have. */
export function notAmong(holes: Holes<"V955">, about: ErrorContext = {}): VlmoError {
  const help =
    `give the head more classes, or correct the masks; they are counted from 0, and ${NO_CLASS} is none; ` +
    "where 0 is none and 1 the first, write `reduce_zero_label: true` in the data block";
  return vlmoError("V955", holes, { ...about, help });
}

/** The class numbers that a file stores, upright, laid out where it is cropped. Throws V917. */
export async function classesIn(file: ImageFile): Promise<Raster<Uint16Array>> {
  const { bits, png } = samplesOf(file, await bytesOf(file));
  return reported(file, async () => {
    const { data, info } = await decoderOf(png)
      .toColourspace(bits === 16 ? "grey16" : "b-w")
      .raw({ depth: "ushort" })
      .toBuffer({ resolveWithObject: true });
    const levels = new Uint16Array(data.buffer, data.byteOffset, info.width * info.height);
    // Fewer than 8 bits come stretched to 8.
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

/** A mask as a data block says that it is to be read. */
export function maskFile(
  file: ImageFile,
  { reduce_zero_label: reduce }: { readonly reduce_zero_label?: boolean | undefined },
): ImageFile {
  return reduce === true ? { ...file, key: `${file.key} reduced`, reduceZeroLabel: true } : file;
}

/** Class numbers stretched to a square, each that of the pixel whose centre is nearest. */
export function nearest({ width, height, data }: Raster<Uint16Array>, size: number): Int32Array {
  const columns = nearestOf(width, size);
  const out = new Int32Array(size * size);
  let at = 0;
  for (const row of nearestOf(height, size)) {
    for (const column of columns) out[at++] = data[row * width + column] ?? 0;
  }
  return out;
}

/** Of each new pixel the old one; between two it is the one that Pillow takes, which sums the steps. */
function nearestOf(from: number, to: number): Int32Array {
  const step = from / to;
  let centre = step / 2;
  return Int32Array.from({ length: to }, () => {
    const old = Math.trunc(centre);
    centre += step;
    return old;
  });
}

/** Whether a file can hold a mask, by its first bytes. Throws V917. */
export function expectMask(file: ImageFile, bytes: ImageBytes): void {
  const { format, head } = expectImage(file, bytes);
  if (format.name !== "PNG") throw notMask(file, `it is a ${format.name} image, and masks are read from PNG`);
  const { refused } = format.samples(head, bytes);
  if (refused !== null) throw undecodable(file, refused);
  const reason = colours.get(head.charCodeAt(COLOUR_TYPE));
  if (reason !== undefined) throw notMask(file, reason);
}

/** Where things are in a PNG, whose first chunk is its header. */
const [HEADER, HEADER_NAME, BIT_DEPTH, COLOUR_TYPE, HEADER_SUM] = [8, 12, 24, 25, 29];
const GREY = 0;

/** Colour types that hold no class numbers. */
const colours: ReadonlyMap<number, string> = new Map([
  [2, "it stores colours (RGB), where a mask stores one class number a pixel"],
  [4, "it stores transparency beside its levels, where a mask stores one class number a pixel"],
  [6, "it stores colours (RGB) and transparency, where a mask stores one class number a pixel"],
]);

function notMask(file: ImageFile, reason: string) {
  return undecodable(file, reason, "save class numbers as a grey or palette PNG");
}

/** What says how large, how deep and which way up the samples are, and the samples. */
const KEPT = ["IHDR", "eXIf", "IDAT", "IEND"];

/** A PNG with the samples of a file as grey levels: no palette, no colour space, no transparency. */
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
