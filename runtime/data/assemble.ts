// Items into tensors: everything a batch needs of one item is made first (its pixels by sharp, in the background), then
// all are written into the batch. Random choices come from streams named by epoch and item, so that a batch does not
// depend on which items are beside it.
import { float32, int32, type Tensor } from "../tensor.js";
import { stream, type RandomStream } from "../random.js";
import type { AugmentStep, ImageStep } from "./augment.js";
import type { BatchCounts, BatchNeeds } from "./batch.js";
import { vlmoError } from "../vlmo-error.js";
import type { DataSet, Item, Supply } from "./data-set.js";
import type { Arrays } from "./arrays.js";
import { writeNormalised, type ImageLoader, type Pixels } from "./image.js";
import { maskPatches } from "./mask-patches.js";
import { maskTokens, type MaskedText } from "./mask-tokens.js";
import { drawSwap } from "./swap-colours.js";
import type { EncodedText } from "./tokenizer.js";

/** What one item gives to a batch. */
export interface Prepared {
  readonly index: number;
  readonly item: Item;
  readonly images: readonly Pixels[];
  readonly mask: Int32Array | undefined;
  readonly text: EncodedText | undefined;
  readonly maskedText: MaskedText | undefined;
  readonly patchMask: Float32Array | undefined;
}

/** What the making of batches rests on. */
export interface Workshop {
  readonly dataSet: DataSet;
  readonly needs: BatchNeeds;
  readonly seed: number;
  readonly loader: ImageLoader;
  readonly arrays: Arrays;
}

/** Throws V919 where the data set does not supply what is needed. */
export function checkSupplies({ name, kind, supplies }: DataSet, needs: BatchNeeds): void {
  const wanted: Supply[] = [];
  if (needs.image !== undefined) wanted.push(needs.image.count === 2 ? "images" : "image");
  if (needs.text !== undefined) wanted.push("text");
  if (needs.label === true) wanted.push("label");
  if (needs.answers === true) wanted.push("answers");
  if (needs.mask !== undefined) wanted.push("mask");
  const missing = wanted.filter((supply) => !supplies.has(supply));
  if (missing.length === 0) return;
  const reason = `\`${kind}\` supplies ${[...supplies].join(", ")}, but the run needs ${missing.join(", ")}`;
  throw vlmoError("V919", { data: name, reason });
}

/** Makes what one item gives; `epoch` names its random choices. Throws V917. */
export async function prepare(
  { dataSet, needs, seed, loader }: Workshop,
  index: number,
  epoch: number,
): Promise<Prepared> {
  const item = dataSet.item(index);
  const random = (what: string): RandomStream => stream(seed, what, epoch, index);
  const { image, text, mask } = needs;
  // One text has the same colours with all of its images.
  const colours = stream(seed, "colours", epoch, dataSet.groups?.[index] ?? index);
  const { steps, reword } = stepsDrawn(image?.augment ?? [], colours);
  const loads =
    image === undefined
      ? []
      : item.images.map((source, i) => {
          const augmentation = steps.length === 0 ? undefined : { steps, random: random(`augment ${i}`) };
          return loader.load(source, image.size, augmentation);
        });
  const masking = mask !== undefined && item.mask !== undefined ? loader.loadMask(item.mask, mask.size) : undefined;
  const encoded = text && text.tokenizer.encode(reword(item.text ?? ""), text.length);
  return {
    index,
    item,
    text: encoded,
    maskedText:
      text &&
      encoded &&
      needs.maskedTokens &&
      maskTokens(encoded, needs.maskedTokens, text.tokenizer, random("tokens")),
    patchMask: needs.maskedPatches && maskPatches(needs.maskedPatches, random("patches")),
    images: await Promise.all(loads),
    mask: await masking,
  };
}

/** The steps of an item's images with what they share with its text drawn, and what becomes of the text. */
function stepsDrawn(steps: readonly AugmentStep[], random: RandomStream) {
  let reword = (text: string): string => text;
  const drawn = steps.map((step): ImageStep => {
    if (step.kind !== "swap_colours") return step;
    const swap = drawSwap(step, random);
    reword = swap.reword;
    return swap.recolour;
  });
  return { steps: drawn, reword };
}

/** The tensors of a batch of these items. */
export function tensorsOf(rows: readonly Prepared[], { needs, dataSet, arrays }: Workshop): Map<string, Tensor> {
  const tensors = [...imageTensors(rows, needs, arrays), ...textTensors(rows, needs)];
  if (needs.label === true) tensors.push(["label", int32([rows.length], labelsOf(rows))]);
  if (needs.answers === true) tensors.push(["answer_targets", answerTensor(rows, dataSet.answers?.length ?? 0)]);
  return new Map(tensors);
}

type Named = [name: string, tensor: Tensor];

function imageTensors(rows: readonly Prepared[], { image, maskedPatches, mask }: BatchNeeds, arrays: Arrays): Named[] {
  const tensors: Named[] = [];
  if (image !== undefined) {
    const names = image.count === 2 ? ["image_0", "image_1"] : ["image"];
    names.forEach((name, i) => {
      const images = rows.map(({ images }) => images[i]);
      tensors.push([name, imageTensor(images, image.size, arrays)]);
    });
  }
  if (maskedPatches !== undefined) {
    const flags = rows.map(({ patchMask }) => patchMask);
    const patches = maskedPatches.grid[0] * maskedPatches.grid[1];
    tensors.push(["patch_mask", float32([rows.length, patches], joined(Float32Array, flags))]);
  }
  if (mask !== undefined) {
    const classes = rows.map((row) => row.mask);
    tensors.push(["mask", int32([rows.length, mask.size, mask.size], joined(Int32Array, classes))]);
  }
  return tensors;
}

function textTensors(rows: readonly Prepared[], { text, maskedTokens }: BatchNeeds): Named[] {
  if (text === undefined) return [];
  const shape = [rows.length, text.length];
  const ids = (of: (row: Prepared) => Int32Array | undefined): Tensor => int32(shape, joined(Int32Array, rows.map(of)));
  const real = rows.map((row) => row.text?.mask);
  const tensors: Named[] = [
    ["text_ids", ids((row) => row.text?.ids)],
    ["text_masks", float32(shape, joined(Float32Array, real))],
  ];
  if (maskedTokens === undefined) return tensors;
  return [
    ...tensors,
    ["text_ids_mlm", ids(({ maskedText }) => maskedText?.ids)],
    ["text_labels_mlm", ids(({ maskedText }) => maskedText?.labels)],
  ];
}

function labelsOf(rows: readonly Prepared[]): Int32Array {
  return Int32Array.from(rows, ({ item }) => item.label ?? 0);
}

/** What losses average over; `items` of the rows count. */
export function countsOf(rows: readonly Prepared[], items: number): BatchCounts {
  const counted = rows.slice(0, items);
  const sum = (count: (row: Prepared) => number): number => counted.reduce((total, row) => total + count(row), 0);
  return {
    items,
    maskedTokens: sum(({ maskedText }) => maskedText?.count ?? 0),
    maskedPatches: sum(({ patchMask }) => patchMask?.reduce((total, flag) => total + flag, 0) ?? 0),
    truncated: sum(({ text }) => (text?.truncated === true ? 1 : 0)),
  };
}

function imageTensor(images: readonly (Pixels | undefined)[], size: number, arrays: Arrays): Tensor {
  const one = 3 * size * size;
  const data = arrays.take(images.length * one);
  images.forEach((image, i) => {
    if (image === undefined) throw new Error("internal: an item without its image");
    writeNormalised(image, data, i * one);
  });
  return float32([images.length, 3, size, size], data);
}

function answerTensor(rows: readonly Prepared[], answers: number): Tensor {
  const tensor = float32([rows.length, answers]);
  rows.forEach(({ item }, row) => {
    for (const { index, score } of item.answers ?? []) tensor.data[row * answers + index] = score;
  });
  return tensor;
}

type Row = Int32Array | Float32Array;

/** Rows of one length, one after the other. */
function joined<T extends Row>(kind: new (size: number) => T, rows: readonly (T | undefined)[]): T {
  const width = rows[0]?.length ?? 0;
  const all = new kind(rows.length * width);
  rows.forEach((row, i) => {
    if (row?.length !== width) throw new Error("internal: rows of a batch differ in length");
    all.set(row, i * width);
  });
  return all;
}
