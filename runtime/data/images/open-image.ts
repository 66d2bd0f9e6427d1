// Opens image files for decoding: only regular files, of a supported format and size, rotated upright. Data may come from
// anyone, so libvips is not allowed to load anything else; its errors are reported as V917.
import sharp, { type Sharp } from "sharp";

import { most } from "../../../compiler/index.js";
import type { VlmoError } from "../../errors/vlmo-error.js";
import type { ImageFile } from "../sources/data-set.js";
import { laidOutSize } from "./crop-grid.js";
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
import { bytesOf, fileBytes, undecodable, type ImageBytes } from "./image-bytes.js";
import type { Extent, Pixels, Raster } from "./raster.js";
import type { Samples } from "./tiff-samples.js";

/** The most pixels of an image. */
export const MOST_PIXELS = most.imagePixels;

sharp.concurrency(1);
sharp.cache(false);
// Only our own drawings need further loaders; they are passed as bytes.
sharp.block({ operation: ["VipsForeignLoad"] });
sharp.unblock({ operation: [...FORMATS.map(({ loader }) => loader), "VipsForeignLoadSvgBuffer"] });

/** Decodes upright. Warnings of a decoder are ignored, as elsewhere; truncated files are errors. */
export function decoderOf(input: string | Buffer): Sharp {
  const decoder = sharp(input, { failOn: "error", limitInputPixels: MOST_PIXELS });
  return decoder.autoOrient().timeout({ seconds: DECODING_SECONDS });
}

/** A file in sRGB, upright, as `seen`. Throws V917; later errors go through `reported`. */
export async function opened(file: ImageFile, channels: Pixels["channels"]): Promise<Sharp> {
  const bytes = await bytesOf(file);
  const { deep } = expectLevels(file, bytes);
  const decoder = decoderOf(bytes.input());
  // Colour profiles are applied to 8-bit samples only.
  return seen(deep ? decoder.pipelineColourspace("srgb") : decoder, channels);
}

/** The size of an image after `crop_grid`, from its header. Throws V917. */
export async function sizeOfImage(file: ImageFile): Promise<Extent> {
  return laidOutSize(file, await uprightSize(file));
}

/** The upright size in a file's header, without decoding pixels. Throws V917. */
export async function uprightSize(file: ImageFile): Promise<Extent> {
  const bytes = await bytesOf(file);
  expectLevels(file, bytes);
  const { autoOrient } = await reported(file, async () => decoderOf(bytes.input()).metadata());
  return autoOrient;
}

function expectLevels(file: ImageFile, bytes: ImageBytes): Samples {
  const { format, head } = expectImage(file, bytes);
  const samples = format.samples(head, bytes);
  if (samples.refused === null) return samples;
  throw undecodable(file, samples.refused, "save it as PNG of 8 or 16 bits, its values scaled from black to white");
}

/** RGB in sRGB on white, or RGBA (opaque without an alpha channel). */
export function seen(image: Sharp, channels: Pixels["channels"]): Sharp {
  const whole = channels === 4 ? image.ensureAlpha() : image.flatten({ background: "#ffffff" });
  return whole.toColourspace("srgb");
}

/** The pixels, without copying the memory that sharp returned. */
export async function rasterOf(image: Sharp): Promise<Raster> {
  const { data, info } = await image.raw().toBuffer({ resolveWithObject: true });
  const { width, height, channels } = info;
  return { width, height, channels, data: new Uint8Array(data.buffer, data.byteOffset, data.byteLength) };
}

/** The format of a file by its first bytes. Throws V917. */
export function expectImage(
  file: ImageFile,
  bytes: ImageBytes,
): { readonly format: ImageFormat; readonly head: string } {
  const head = bytes.at(0, HEAD_BYTES).toString("latin1");
  const format = FORMATS.find(({ isIt }) => isIt(head));
  if (format !== undefined) return { format, head };
  const stranger = STRANGERS.find(({ isIt }) => isIt(head));
  const is = stranger?.is ?? `not of a supported format: ${READ}`;
  throw undecodable(file, `it is ${is}`, stranger?.instead);
}

/** Throws V917 for a file named like an unsupported image format, unless its content is a supported one. */
export function expectReadable(file: ImageFile): void {
  if (STRANGE_ENDINGS.test(file.path)) expectImage(file, fileBytes(file));
}

/** Runs the decoding of a file; errors of the decoder become V917. */
export async function reported<T>(file: ImageFile, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    // sharp throws plain Errors.
    if (!(error instanceof Error) || Object.getPrototypeOf(error) !== Error.prototype) throw error;
    const bytes = await bytesOf(file);
    if (/pixel limit/.test(error.message)) throw await tooLarge(file, bytes, error);
    // Decoders share their error log, so that a complaint may be missing, or may be about another image.
    throw undecodable(file, isCutOff(file, bytes) ? "it is cut off" : decoderReason(error), undefined, error);
  }
}

/** Whether a file lacks the end marker of its format. */
function isCutOff(file: ImageFile, bytes: ImageBytes): boolean {
  const { isWhole } = expectImage(file, bytes).format;
  const tail = bytes.at(Math.max(0, bytes.size - TAIL_BYTES), TAIL_BYTES);
  return isWhole !== undefined && !isWhole(tail.toString("latin1"));
}

async function tooLarge(file: ImageFile, bytes: ImageBytes, cause: Error): Promise<VlmoError> {
  const size = await sharp(bytes.input(), { limitInputPixels: false })
    .metadata()
    .catch(() => undefined);
  const has = size === undefined ? "" : `${number(size.width)} × ${number(size.height)} pixels, `;
  const reason = `it has ${has}more than the ${number(MOST_PIXELS)} pixels that are supported`;
  return undecodable(file, reason, "make it smaller: a model sees a few hundred pixels each way", cause);
}

function number(value: number): string {
  return value.toLocaleString("en");
}
