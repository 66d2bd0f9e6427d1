// Image files opened for decoding: only files on a disk, of a format that is read, of a size that fits, and upright. Data
// may come from anyone, so libvips may load nothing else; what it complains of is reported as V917.
import { closeSync, openSync, readSync, statSync } from "node:fs";
import sharp, { type Sharp } from "sharp";

import { most } from "../../../compiler/index.js";
import { systemReason } from "../../errors/system-error.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import type { ImageFile } from "../sources/data-set.js";
import { decoderReason, DECODING_SECONDS } from "./decoder-words.js";
import {
  FORMATS,
  HEAD_BYTES,
  TAIL_BYTES,
  READ,
  STRANGE_ENDINGS,
  STRANGERS,
  type ImageFormat,
} from "./image-formats.js";
import type { Raster } from "./raster.js";
import type { Samples } from "./tiff-samples.js";

/** Pixels that an image may have. */
export const MOST_PIXELS = most.imagePixels;

sharp.concurrency(1);
sharp.cache(false);
// Drawings are ours, and are given as bytes.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: [...FORMATS.map(({ loader }) => loader), "VipsForeignLoadSvgBuffer"] });

/** Decodes upright. What a decoder only warns of is decoded, as everywhere else; what is cut off is not. */
export function decoderOf(input: string | Buffer): Sharp {
  const decoder = sharp(input, { failOn: "error", limitInputPixels: MOST_PIXELS });
  return decoder.autoOrient().timeout({ seconds: DECODING_SECONDS });
}

/** A file as RGB in sRGB, upright, white where transparent. Throws V917; later errors go through `reported`. */
export function opened(file: ImageFile): Sharp {
  const { deep } = expectLevels(file);
  const decoder = decoderOf(file.path);
  // Profiles are applied to 8 bits alone.
  return opaque(deep ? decoder.pipelineColourspace("srgb") : decoder);
}

/** The size, upright, that the header of a file gives; none of its pixels is read. Throws V917. */
export async function uprightSize(file: ImageFile): Promise<Pick<Raster, "width" | "height">> {
  expectLevels(file);
  const { autoOrient } = await reported(file, async () => decoderOf(file.path).metadata());
  return autoOrient;
}

function expectLevels(file: ImageFile): Samples {
  const { format, head } = expectImage(file);
  const samples = fromDisk(file, () => format.samples(head, file.path));
  if (samples.refused === null) return samples;
  throw undecodable(file, samples.refused, "save it as PNG of 8 or 16 bits, its values scaled from black to white");
}

/** RGB in sRGB, white where transparent. */
export function opaque(image: Sharp): Sharp {
  return image.flatten({ background: "#ffffff" }).toColourspace("srgb");
}

/** The result as plain bytes, over the memory that sharp gave. */
export async function rasterOf(image: Sharp): Promise<Raster> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** The format of a file by its first bytes. Throws V917. */
export function expectImage(file: ImageFile): { readonly format: ImageFormat; readonly head: string } {
  const head = headOf(file);
  const format = FORMATS.find(({ isIt }) => isIt(head));
  if (format !== undefined) return { format, head };
  const stranger = STRANGERS.find(({ isIt }) => isIt(head));
  const is = stranger?.is ?? `of none of the formats that are read: ${READ}`;
  throw undecodable(file, `it is ${is}`, stranger?.instead);
}

/** Throws V917 for what is named like an image of a format that is not read, unless it holds another one. */
export function expectReadable(file: ImageFile): void {
  if (STRANGE_ENDINGS.test(file.path)) expectImage(file);
}

function headOf(file: ImageFile): string {
  const stat = fromDisk(file, () => statSync(file.path));
  // A pipe would be waited for, and a device may never end.
  if (!stat.isFile()) throw undecodable(file, `it is ${stat.isDirectory() ? "a folder" : "a pipe or a device"}`);
  return bytesOf(file, 0, HEAD_BYTES);
}

function tailOf(file: ImageFile): string {
  const { size } = fromDisk(file, () => statSync(file.path));
  return bytesOf(file, Math.max(0, size - TAIL_BYTES), TAIL_BYTES);
}

/** Bytes of a file from `start` on, a character each. */
function bytesOf(file: ImageFile, start: number, most: number): string {
  return fromDisk(file, () => {
    const descriptor = openSync(file.path, "r");
    try {
      const bytes = Buffer.alloc(most);
      return bytes.toString("latin1", 0, readSync(descriptor, bytes, { position: start }));
    } finally {
      closeSync(descriptor);
    }
  });
}

/** Runs the reading of a file; what the operating system has against it becomes V917. */
export function fromDisk<T>(file: ImageFile, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw undecodable(file, systemReason(error), undefined, error);
  }
}

/** Runs the decoding of a file; what the decoder complains of becomes V917. */
export async function reported<T>(file: ImageFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // sharp throws plain errors.
    if (!(error instanceof Error) || Object.getPrototypeOf(error) !== Error.prototype) throw error;
    if (/pixel limit/.test(error.message)) throw await tooLarge(file, error);
    // Decoders share what they complain into, so that a complaint may be lost, or of another image.
    throw undecodable(file, isCutOff(file) ? "it is cut off" : decoderReason(error), undefined, error);
  }
}

/** Whether a file lacks the end that its format has. */
function isCutOff(file: ImageFile): boolean {
  const { isWhole } = expectImage(file).format;
  return isWhole !== undefined && !isWhole(tailOf(file));
}

async function tooLarge(file: ImageFile, cause: Error): Promise<VlmoError> {
  const size = await sharp(file.path, { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  const has = size === undefined ? "" : `${number(size.width)} × ${number(size.height)} pixels, `;
  const reason = `it has ${has}more than the ${number(MOST_PIXELS)} pixels that are read`;
  return undecodable(file, reason, "make it smaller: a model sees a few hundred pixels each way", cause);
}

function number(value: number): string {
  return value.toLocaleString("en");
}

/** V917 of a file, with what to do instead of replacing it. */
export function undecodable(file: ImageFile, reason: string, instead?: string, cause?: unknown): VlmoError {
  const help = instead && `${instead}, or set \`on_error: skip\` to leave such records out and count them`;
  return vlmoError("V917", { path: file.path, reason }, { ...file.place, help, cause });
}
