// Pixels for batches: decode, resize, crop, flip and normalise. sharp works on its own threads; few jobs at a time are given to
// it, since an engine's asynchronous runs need the same thread pool.
import sharp, { type Sharp } from "sharp";

import type { AugmentSpec, Channels, WindowsSpec } from "../../../compiler/index.js";
import { limiter, type Limited } from "../../limiter.js";
import { stream, type RandomStream, type StreamName } from "../../random.js";
import type { ImageFile, ImageSource, ImageWindow } from "../sources/data-set.js";
import { patchCodesAt, type PatchCodes } from "../batches/patch-codes.js";
import { laidOut } from "./crop-grid.js";
import { enlarged } from "./enlarge.js";
import { createImageCache } from "./image-cache.js";
import { classesIn, nearest, NO_CLASS } from "./mask.js";
import { opened, rasterOf, reported, seen } from "./open-image.js";
import { randAugment, randMove } from "./rand-augment.js";
import { withAttributes } from "./svg.js";
import { windowsOf } from "./windows.js";
import { part, reverse, type Extent, type Pixels, type Raster, type Region } from "./raster.js";

/** A requested image: its source stretched to a square, then augmented. */
export interface Wanted {
  readonly source: ImageSource;
  readonly size: number;
  readonly channels: Channels;
  readonly augment?: Augmentation | undefined;
}

/** Loads images, with a bounded cache of decoded ones. */
export interface ImageLoader {
  /** Writes an image into `target`, [channels, size, size]. Throws V917. */
  loadInto(target: PixelArray, wanted: Wanted): Promise<void>;
  /** Class indices of a mask, 255 for none, augmented like its image: [size · size], row-major. Throws V917. */
  loadMask(source: ImageSource, size: number, augment?: Augmentation): Promise<Int32Array>;
  /** Class indices of a mask at its own size; a drawing has none and gets `size`. Throws V917. */
  loadClasses(source: ImageSource, size: number): Promise<Raster<Uint16Array>>;
  /** Sliding windows of `size` pixels over an image. Throws V917. */
  windowsOf(source: ImageSource, windows: WindowsSpec, size: number): Promise<ImageWindow[]>;
  /** Codes [P] of the patches of the image in record `place` of `records`. Throws what reading their file throws. */
  loadCodes(codes: PatchCodes, records: number, place: number): Promise<Int32Array>;
}

/** The augmentation of an image. */
export interface Augmentation {
  readonly steps: readonly AugmentSpec[];
  /** Names the random stream: plain data, so that a worker thread can use it. */
  readonly random: StreamName;
}

/** A loader on this thread. */
export interface LocalLoader extends ImageLoader {
  /** An image as bytes, which must not be modified; RGB by default. Throws V917. */
  load(source: ImageSource, size: number, augment?: Augmentation, channels?: Pixels["channels"]): Promise<Pixels>;
  /** Bytes of cached images. */
  cachedBytes(): number;
}

/** The size of the image cache of one stage, in bytes. */
export const CACHE_BYTES = 256 * 2 ** 20;
const JOBS = 2;

/** A loader with its own cache, which gives sharp at most `jobs` jobs at a time. */
export function createImageLoader(cacheBytes = CACHE_BYTES, jobs = JOBS): LocalLoader {
  const cache = createImageCache(cacheBytes);
  const limited = limiter(jobs);
  const windows = createWindowCutter(limited);
  const whole = async (source: ImageSource, form: Form): Promise<Pixels> => {
    const key = `${form.size} ${form.channels} ${source.key}`;
    const known = cache.get(key);
    if (known !== undefined) return { ...form, data: known };
    const data = await (source.window === undefined
      ? limited(() => decoded(source, { width: form.size, height: form.size }, form.channels))
      : windows.cut(source, source.window, form));
    cache.keep(key, data);
    return { ...form, data };
  };
  const load: LocalLoader["load"] = async (source, size, augment, channels = 3) => {
    const form = { size, channels };
    if (augment === undefined) return whole(source, form);
    const random = stream(...augment.random);
    const [first, ...rest] = augment.steps;
    if (first?.kind !== "resized_crop" || source.kind === "drawing") {
      return augmented(await whole(source, form), augment.steps, random, limited);
    }
    // The crop is taken from the pixels of the file, not from the resized square, as in torchvision.
    const data = await limited(() => croppedFile(source, first, form, random));
    return augmented({ ...form, data }, rest, random, limited);
  };
  return {
    load,
    loadInto: async (target, { source, size, channels, augment }) => {
      writePixels(await load(source, size, augment, channels === 4 ? 4 : 3), target, channels);
    },
    loadMask: async (source, size, augment) => {
      const classes = await limited(() => classesOf(source, size));
      return augment === undefined ? nearest(classes, size) : augmentedMask(classes, size, augment);
    },
    loadClasses: async (source, size) => limited(() => classesOf(source, size)),
    windowsOf,
    loadCodes: patchCodesAt,
    cachedBytes: cache.bytes,
  };
}

/** Pixels of an image: levels as they are in uint8, 0 … 255 scaled to −1 … 1 in float32. */
export type PixelArray = Float32Array | Uint8Array;

/** Writes an image as `loadInto` does; it must be RGBA for a model of 4 channels, otherwise RGB. */
export function writePixels(image: Pixels, target: PixelArray, channels: Channels): void {
  if (channels === 1) writeGrey(image, target);
  else writePlanes(image, target);
}

/** Writes an image channels first: [channels, size, size]. */
export function writePlanes({ size, channels, data }: Pixels, target: PixelArray): void {
  const plane = size * size;
  const numbers = numbersFor(target);
  for (let i = 0; i < plane; i++) {
    for (let channel = 0; channel < channels; channel++)
      target[channel * plane + i] = numbers[data[channels * i + channel] ?? 0] ?? 0;
  }
}

/** The luma of an RGB image (ITU-R BT.601, rounded like Pillow's) as [1, size, size]. */
function writeGrey({ data }: Pixels, target: PixelArray): void {
  const numbers = numbersFor(target);
  for (let i = 0; i < target.length; i++) {
    const [red = 0, green = 0, blue = 0] = [data[3 * i], data[3 * i + 1], data[3 * i + 2]];
    target[i] = numbers[(19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16] ?? 0;
  }
}

/** The value of each level in the target. */
function numbersFor(target: PixelArray): PixelArray {
  return target instanceof Uint8Array ? levels : normalised;
}

const levels = Uint8Array.from({ length: 256 }, (_, level) => level);
const normalised = Float32Array.from(levels, (level) => level / 127.5 - 1);

type Form = Omit<Pixels, "data">;

/** Cuts windows out of images. Caches the last image, since windows of one image are requested in a row. */
function createWindowCutter(limited: Limited) {
  let last: { readonly key: string; readonly data: Promise<Uint8Array> } | null = null;
  const whole = (source: ImageSource, { of, scaled: to }: ImageWindow, channels: Form["channels"]) => {
    const key = `${to.width} ${to.height} ${channels} ${of}`;
    if (last?.key !== key) last = { key, data: limited(() => decoded(source, to, channels)) };
    return last.data;
  };
  return {
    cut: async (source: ImageSource, window: ImageWindow, { size, channels }: Form): Promise<Uint8Array> => {
      const image = { ...window.scaled, channels, data: await whole(source, window, channels) };
      return part(image, { ...window, width: size, height: size }, (length) => new Uint8Array(length)).data;
    },
  };
}

/** The whole source, stretched. */
async function decoded(source: ImageSource, to: Extent, channels: Pixels["channels"]): Promise<Uint8Array> {
  if (source.kind === "drawing") return scaled(seen(drawn(source.svg, to.width), channels), to);
  return reported(source, async () => scaled(await laidOutImage(source, channels), to));
}

function drawn(svg: string, size: number): Sharp {
  return sharp(Buffer.from(withAttributes(svg, { width: size, height: size })));
}

/** A file, with its boxes arranged if it has a `crop_grid`. */
export async function laidOutImage(file: ImageFile, channels: Pixels["channels"]): Promise<Sharp> {
  const image = await opened(file, channels);
  if (file.cropGrid === undefined) return image;
  return sharpOf(laidOut(file, await rasterOf(image), (length) => new Uint8Array(length)));
}

/** From an RGB or RGBA raster. */
function sharpOf({ width, height, channels, data }: Raster): Sharp {
  return sharp(data, { raw: { width, height, channels: channels === 4 ? 4 : 3 } });
}

function squared(image: Sharp, size: number): Promise<Uint8Array> {
  return scaled(image, { width: size, height: size });
}

/** Downsampled by sharp, upsampled by `enlarged`. */
async function scaled(image: Sharp, to: Extent): Promise<Uint8Array> {
  const fit = { fit: "fill", kernel: "cubic", fastShrinkOnLoad: false, withoutEnlargement: true } as const;
  return enlarged(await rasterOf(image.resize(to.width, to.height, fit)), to);
}

/** Of a drawing the red level is the class index. */
async function classesOf(source: ImageSource, size: number): Promise<Raster<Uint16Array>> {
  if (source.kind === "file") return classesIn(source);
  const { data, ...raster } = await rasterOf(drawn(source.svg, size).extractChannel(0));
  return { ...raster, data: Uint16Array.from(data) };
}

type Crop = Extract<AugmentSpec, { kind: "resized_crop" }>;

async function croppedFile(source: ImageFile, crop: Crop, form: Form, random: RandomStream): Promise<Uint8Array> {
  const { size, channels } = form;
  return reported(source, async () => {
    // The whole image is decoded, since a truncated file must not go unnoticed depending on the crop.
    const whole = await rasterOf(await laidOutImage(source, channels));
    return squared(sharpOf(whole).extract(regionOf(whole.width, whole.height, crop, random)), size);
  });
}

async function augmented(
  image: Pixels,
  steps: readonly AugmentSpec[],
  random: RandomStream,
  limited: Limited,
): Promise<Pixels> {
  let { data } = image;
  const { size, channels } = image;
  for (const step of steps) {
    switch (step.kind) {
      case "resized_crop": {
        const part = sharpOf({ width: size, height: size, channels, data });
        const region = regionOf(size, size, step, random);
        data = await limited(() => squared(part.extract(region), size));
        break;
      }
      case "flip":
        if (random.chance(0.5)) data = flipped({ ...image, data });
        break;
      case "rand_augment":
        data = randAugment({ ...image, data }, step, random);
        break;
    }
  }
  return { ...image, data };
}

/** A mask augmented like its image, with the same random draws. */
function augmentedMask(classes: Raster<Uint16Array>, size: number, { steps, random: name }: Augmentation): Int32Array {
  const random = stream(...name);
  const [first, ...rest] = steps;
  // As for the image, a first crop is taken from the pixels of the file.
  const cut = first?.kind === "resized_crop";
  const whole = nearest(
    cut ? labelsIn(classes, regionOf(classes.width, classes.height, first, random)) : classes,
    size,
  );
  return (cut ? rest : steps).reduce((mask, step) => movedMask(mask, size, step, random), whole);
}

function labelsIn(mask: Raster<Uint16Array>, region: Region): Raster<Uint16Array> {
  return part(mask, region, (length) => new Uint16Array(length));
}

function movedMask(data: Int32Array, size: number, step: AugmentSpec, random: RandomStream): Int32Array {
  switch (step.kind) {
    case "resized_crop": {
      const square = { width: size, height: size, channels: 1, data: Uint16Array.from(data) };
      return nearest(labelsIn(square, regionOf(size, size, step, random)), size);
    }
    case "flip":
      return random.chance(0.5) ? data.map((_, i) => data[i + size - 1 - 2 * (i % size)] ?? NO_CLASS) : data;
    case "rand_augment":
      return randMove(data, size, step, random);
  }
}

/** The aspect ratio of crops is log-uniform between these. */
const aspect = [3 / 4, 4 / 3] as const;

/** torchvision's RandomResizedCrop: ten attempts, then the largest centred crop with an allowed aspect ratio. */
function regionOf(width: number, height: number, { area: [least, most] }: Crop, random: RandomStream) {
  for (let attempt = 0; attempt < 10; attempt++) {
    const area = width * height * (least + (most - least) * random.uniform());
    const ratio = Math.exp(Math.log(aspect[0]) + Math.log(aspect[1] / aspect[0]) * random.uniform());
    const [w, h] = [Math.round(Math.sqrt(area * ratio)), Math.round(Math.sqrt(area / ratio))];
    if (w < 1 || h < 1 || w > width || h > height) continue;
    return { left: random.integer(width - w + 1), top: random.integer(height - h + 1), width: w, height: h };
  }
  const ratio = Math.min(Math.max(width / height, aspect[0]), aspect[1]);
  const w = Math.max(1, Math.min(width, Math.round(height * ratio)));
  const h = Math.max(1, Math.min(height, Math.round(width / ratio)));
  return { left: (width - w) >> 1, top: (height - h) >> 1, width: w, height: h };
}

function flipped({ size, channels, data }: Pixels): Uint8Array {
  const out = new Uint8Array(data.length);
  const row = channels * size;
  for (let at = 0; at < data.length; at += row) reverse(data.subarray(at, at + row), out, at, channels);
  return out;
}
