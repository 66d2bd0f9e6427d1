// Samples as the model gets them: resized, augmented, truncated and masked by the same code that makes batches. The random
// draws are those of the first epoch of a reader that reads this block alone.
import { createArrays } from "../batches/arrays.js";
import { buffersFor, prepare, type BatchContext, type ImageBuffers, type Prepared } from "../batches/assemble.js";
import type { BatchNeeds } from "../batches/batch.js";
import type { Read } from "../check/reads.js";
import { ignored } from "../../../compiler/index.js";
import { VlmoError } from "../../errors/vlmo-error.js";
import type { LocalLoader } from "../images/image.js";
import { NO_CLASS } from "../images/mask.js";
import { levelsOf } from "../images/overlay.js";
import type { PixelSource } from "../images/thumbnail.js";
import type { DataSet, Item } from "../sources/data-set.js";
import { stream, type RandomStream } from "../../random.js";
import type { Tokenizer } from "../index.js";

/** A token; `truth` if it is masked and to be predicted. */
export interface Token {
  readonly text: string;
  readonly truth?: string;
}

/** An item as a reader gets it. */
export interface Sample {
  readonly item: string;
  /** Images; patches that the first masking hides are grey. */
  readonly pictures: readonly PixelSource[];
  /** Classes of the pixels, in the colours of PASCAL VOC. */
  readonly mask: PixelSource | null;
  /** The text under each masking (once if nothing is masked), without padding. */
  readonly texts: readonly (readonly Token[])[];
  /** Padding positions after the text. */
  readonly padding: number;
  /** Whether the text was truncated. */
  readonly cut: boolean;
  readonly label: string | null;
  readonly answers: readonly string[];
  /** Under the first masking. */
  readonly maskedPatches: { readonly masked: number; readonly patches: number } | null;
  /** Why the item cannot be read. */
  readonly broken: string | null;
}

/** Samples of one reader. */
export interface Shown {
  readonly reader: string;
  readonly samples: readonly Sample[];
}

/** The number of samples that are shown. */
const SHOWN = 10;

/** Items drawn by the seed, as a reader gets them; for an image that cannot be read, the reason. */
export async function samplesFor(dataSet: DataSet, { reader, needs, seed }: Read, loader: LocalLoader): Promise<Shown> {
  // Patch codes are not part of a sample: they are rows of a file for all data of the stage.
  const shown: BatchNeeds = { ...needs, patchCodes: new Map() };
  const context: BatchContext = { dataSet, needs: shown, seed, loader, arrays: createArrays() };
  const indices = drawn(dataSet.length, stream(seed, "shown"));
  const buffers = buffersFor(indices.length, context);
  const samples: Sample[] = [];
  for (const [place, index] of indices.entries()) {
    const item = dataSet.item(index);
    try {
      const prepared = await prepare(context, { index, epoch: 0, buffers, place });
      samples.push(sampleOf(prepared, { buffers, place, needs: shown, dataSet }));
    } catch (error) {
      if (!(error instanceof VlmoError)) throw error;
      samples.push({ ...emptySample(item, dataSet), broken: `${error.code}: ${error.message}` });
    }
  }
  return { reader, samples };
}

/** Distinct random indices: items often follow a pattern, with which even spacing could coincide. */
function drawn(length: number, random: RandomStream): number[] {
  const indices = new Set<number>();
  while (indices.size < Math.min(SHOWN, length)) indices.add(random.integer(length));
  return [...indices].sort((a, b) => a - b);
}

interface Surroundings {
  readonly buffers: ImageBuffers;
  readonly place: number;
  readonly needs: BatchNeeds;
  readonly dataSet: DataSet;
}

function sampleOf(prepared: Prepared, surroundings: Surroundings): Sample {
  const { item, mask, patchMasks } = prepared;
  const { needs, dataSet } = surroundings;
  const [flags] = patchMasks.values();
  return {
    ...emptySample(item, dataSet),
    ...sentences(prepared, needs),
    pictures: pictures(item, flags, surroundings),
    mask: mask === undefined || needs.mask === undefined ? null : colours(mask, needs.mask.size, item),
    maskedPatches: flags === undefined ? null : { masked: flags.reduce((a, b) => a + b, 0), patches: flags.length },
  };
}

function pictures(item: Item, flags: Float32Array | undefined, { buffers, place, needs }: Surroundings): PixelSource[] {
  const [way] = needs.maskedPatches?.values() ?? [];
  const [rows, columns] = way?.grid ?? [1, 1];
  const { size = 0, channels = 3 } = needs.image ?? {};
  const hidden = (row: number, column: number): boolean =>
    flags?.[Math.floor((row * rows) / size) * columns + Math.floor((column * columns) / size)] === 1;
  return buffers.arrays.map((array, i) => {
    if (array instanceof Uint8Array) throw new Error("internal: samples are shown of numbers");
    const values = array.subarray(place * buffers.one, (place + 1) * buffers.one);
    return { ...pixelsOf(values, { size, channels, hidden }), key: `${item.name} ${i}` };
  });
}

/** The text under each masking. */
function sentences(
  { text, maskedTexts }: Prepared,
  { text: room }: BatchNeeds,
): Pick<Sample, "texts" | "padding" | "cut"> {
  if (text === undefined || room === undefined) return { texts: [], padding: 0, cut: false };
  const kept = text.mask.reduce((sum, real) => sum + real, 0);
  const ways: Masked[] = maskedTexts.size === 0 ? [{ ids: text.ids }] : [...maskedTexts.values()];
  return {
    texts: ways.map((way) => tokensOf(way, kept, room.tokenizer)),
    padding: text.ids.length - kept,
    cut: text.truncated,
  };
}

function emptySample({ name, label, answers = [] }: Item, dataSet: DataSet): Sample {
  const { classes, answers: names } = dataSet;
  return {
    item: name,
    pictures: [],
    mask: null,
    texts: [],
    padding: 0,
    cut: false,
    label: label === undefined ? null : (classes?.[label] ?? String(label)),
    answers: answers.map(
      ({ index, score }) => `${names?.[index] ?? index}${score === 1 ? "" : ` (${score.toFixed(1)})`}`,
    ),
    maskedPatches: null,
    broken: null,
  };
}

interface Masked {
  readonly ids: Int32Array;
  readonly labels?: Int32Array;
}

function tokensOf({ ids, labels }: Masked, kept: number, { vocabulary }: Tokenizer): Token[] {
  return Array.from(ids.subarray(0, kept), (id, i) => {
    const label = labels?.[i] ?? ignored;
    return { text: vocabulary[id] ?? "", ...(label !== ignored && { truth: vocabulary[label] ?? "" }) };
  });
}

/** The level of masked patches. */
const GREY = 128;

interface Form {
  readonly size: number;
  readonly channels: number;
  readonly hidden: (row: number, column: number) => boolean;
}

/** Values in −1 … 1, channels first, as bytes. */
function pixelsOf(values: Float32Array, { size, channels, hidden }: Form): Omit<PixelSource, "key"> {
  const plane = size * size;
  const bytes = Uint8ClampedArray.from({ length: plane * channels }, (_, i) => {
    const [pixel, channel] = [Math.floor(i / channels), i % channels];
    if (hidden(Math.floor(pixel / size), pixel % size)) return channel === 3 ? 255 : GREY;
    return ((values[channel * plane + pixel] ?? 0) + 1) * 127.5;
  });
  return { kind: "pixels", width: size, height: size, channels, bytes };
}

/** Class colours; white where there is no class. */
function colours(classes: Int32Array, size: number, { name }: Item): PixelSource {
  const bytes = Uint8ClampedArray.from({ length: classes.length * 3 }, (_, i) => {
    const label = classes[Math.floor(i / 3)] ?? NO_CLASS;
    return label === NO_CLASS ? 255 : (levelsOf(label)[i % 3] ?? 0);
  });
  return { kind: "pixels", key: `${name} mask`, width: size, height: size, channels: 3, bytes };
}
