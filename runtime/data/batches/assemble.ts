// Collates items into the tensors of a batch: first each item is prepared (its pixels asynchronously, by sharp), then all are
// written into the batch. Random draws come from streams named by epoch and item, so that they do not depend on which other
// items are in the batch.
import { ignored, inputs, type BatchWants, type PixelType } from "../../../compiler/index.js";
import { float32, int32, type Tensor } from "../../tensor.js";
import { stream, type StreamName } from "../../random.js";
import type { BatchCounts, BatchNeeds, Ways } from "./batch.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { recordsOf, type DataSet, type Item, type Supply } from "../sources/data-set.js";
import type { Arrays } from "./arrays.js";
import type { ImageLoader, PixelArray } from "../images/image.js";
import { matchesAmong, pairingOf } from "./pairing.js";
import { maskPatches } from "./mask-patches.js";
import { NO_CLASS, notAmong } from "../images/mask.js";
import { maskTokens, type MaskedText } from "./mask-tokens.js";
import type { EncodedText } from "../text/tokenizer.js";

/** A prepared item. */
export interface Prepared {
  readonly index: number;
  readonly item: Item;
  readonly mask: Int32Array | undefined;
  readonly text: EncodedText | undefined;
  readonly maskedTexts: Ways<MaskedText>;
  readonly patchMasks: Ways<Float32Array>;
  readonly patchCodes: Ways<Int32Array>;
}

/** What batches are made from. */
export interface BatchContext {
  readonly dataSet: DataSet;
  readonly needs: BatchNeeds;
  readonly seed: number;
  readonly loader: ImageLoader;
  readonly arrays: Arrays;
}

/** Throws V919 if the data set does not supply what is needed. */
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

/** The images of a batch under construction: one array per image of an item, with a slot for each item. */
export interface ImageBuffers {
  readonly arrays: readonly PixelArray[];
  readonly type: PixelType;
  /** Elements per slot. */
  readonly one: number;
}

/** Arrays for the images of `items` items, filled as images are decoded. */
export function buffersFor(items: number, { needs: { image }, arrays }: BatchContext): ImageBuffers {
  const { count = 1, size, channels, type = "float32" } = image ?? { count: 0, size: 0, channels: 0 };
  const one = channels * size * size;
  return { arrays: Array.from({ length: count }, () => arrays.take(items * one, type)), type, one };
}

/** Copies the images in slot `from` to slot `to`. */
export function copySlot({ arrays, one }: ImageBuffers, from: number, to: number): void {
  if (from !== to) for (const array of arrays) array.copyWithin(to * one, from * one, (from + 1) * one);
}

/** An item, and the slot for its images. */
export interface Slot {
  readonly index: number;
  /** Part of the names of its random streams. */
  readonly epoch: number;
  readonly buffers: ImageBuffers;
  readonly place: number;
}

/** Prepares one item. Throws V917. */
export async function prepare(
  { dataSet, needs, seed, loader }: BatchContext,
  { index, epoch, buffers, place: room }: Slot,
): Promise<Prepared> {
  const item = dataSet.item(index);
  const place = dataSet.places?.of[index] ?? index;
  const streamOf = (what: string): StreamName => [seed, what, epoch, place];
  const { image, text, mask } = needs;
  const steps = image?.augment ?? [];
  const augmentOf = (i: number) => (steps.length === 0 ? undefined : { steps, random: streamOf(`augment ${i}`) });
  const loads = buffers.arrays.map((array, i) => {
    const source = item.images[i];
    if (source === undefined || image === undefined) throw new Error("internal: an item without its image");
    const augment = augmentOf(i);
    const target = array.subarray(room * buffers.one, (room + 1) * buffers.one);
    return loader.loadInto(target, { source, size: image.size, channels: image.channels, augment });
  });
  const masking =
    mask !== undefined && item.mask !== undefined
      ? loader.loadMask(item.mask, mask.size, augmentOf(0)).then((classes) => fitting(classes, item, mask.of))
      : undefined;
  const codes = codesAt({ dataSet, needs, loader }, place);
  const encoded = text && text.tokenizer.encode(item.text ?? "", text.length);
  const prepared = {
    index,
    item,
    text: encoded,
    maskedTexts:
      text === undefined || encoded === undefined
        ? new Map<string, MaskedText>()
        : each(needs.maskedTokens, (masking, suffix) =>
            maskTokens(encoded, masking, text.tokenizer, stream(...streamOf(`tokens${suffix}`))),
          ),
    patchMasks: each(needs.maskedPatches, (masking, suffix) =>
      maskPatches(masking, stream(...streamOf(`patches${suffix}`))),
    ),
  };
  const [classes, patchCodes] = await Promise.all([masking, codes, ...loads]);
  return { ...prepared, mask: classes, patchCodes };
}

/** The classes of a mask. Throws V955 if one of them is not a class of the head. */
function fitting(classes: Int32Array, { name: item }: Item, of: BatchWants["mask"]): Int32Array {
  const label = of === undefined ? undefined : classes.find((each) => each >= of.classes && each !== NO_CLASS);
  if (of === undefined || label === undefined) return classes;
  throw notAmong({ head: of.head, last: of.classes - 1, item, label, others: 0 });
}

/** Makes something for each way, by its suffix. */
function each<Way, Made>(ways: Ways<Way> | undefined, make: (way: Way, suffix: string) => Made): Map<string, Made> {
  return new Map([...(ways ?? [])].map(([suffix, way]) => [suffix, make(way, suffix)]));
}

/** The patch codes of a record, if they come from files. */
async function codesAt(
  { dataSet, needs, loader }: Pick<BatchContext, "dataSet" | "needs" | "loader">,
  place: number,
): Promise<Map<string, Int32Array>> {
  const records = recordsOf(dataSet);
  const read = [...each(needs.patchCodes, (codes) => loader.loadCodes(codes, records, place))];
  return new Map(await Promise.all(read.map(async ([suffix, codes]) => [suffix, await codes] as const)));
}

/**
 * The tensors of these items, whose images are in the first slots; `all`: the indices of the whole batch that they belong to.
 */
export function tensorsOf(
  rows: readonly Prepared[],
  { buffers, all }: { readonly buffers: ImageBuffers; readonly all: readonly number[] },
  { needs, dataSet }: BatchContext,
): Map<string, Tensor> {
  const tensors = [...imageTensors(rows, buffers, needs), ...textTensors(rows, needs)];
  if (needs.label === true) tensors.push([inputs.label, int32([rows.length], labelsOf(rows))]);
  if (needs.answers === true) tensors.push([inputs.answers, answerTensor(rows, dataSet.answers?.length ?? 0)]);
  if (needs.matches === true) tensors.push([inputs.matches, matchesTensor(all, dataSet)]);
  return new Map(tensors);
}

function matchesTensor(items: readonly number[], dataSet: DataSet): Tensor {
  return float32([items.length, items.length], matchesAmong(items, pairingOf(dataSet)));
}

type Named = [name: string, tensor: Tensor];

function imageTensors(
  rows: readonly Prepared[],
  buffers: ImageBuffers,
  { image, maskedPatches, patchCodes, mask }: BatchNeeds,
): Named[] {
  const tensors: Named[] = [];
  if (image !== undefined) {
    const shape = [rows.length, image.channels, image.size, image.size];
    const names = buffers.arrays.length === 1 ? [inputs.image] : [inputs.firstImage, inputs.secondImage];
    buffers.arrays.forEach((array, i) => {
      const size = rows.length * buffers.one;
      const data = array.length === size ? array : array.subarray(0, size);
      tensors.push([names[i] ?? inputs.image, { dtype: buffers.type, shape, data }]);
    });
  }
  for (const [suffix, { grid }] of maskedPatches ?? []) {
    const flags = rows.map(({ patchMasks }) => patchMasks.get(suffix));
    const shape = [rows.length, grid[0] * grid[1]];
    tensors.push([`${inputs.patchMask}${suffix}`, float32(shape, joined(Float32Array, flags))]);
  }
  for (const [suffix, { patches }] of patchCodes ?? []) {
    const codes = rows.map((row) => row.patchCodes.get(suffix));
    tensors.push([`${inputs.patchCodes}${suffix}`, int32([rows.length, patches], joined(Int32Array, codes))]);
  }
  if (mask !== undefined) {
    const classes = joined(
      Int32Array,
      rows.map((row) => row.mask),
    ).map((each) => (each === NO_CLASS ? ignored : each));
    tensors.push([inputs.mask, int32([rows.length, mask.size, mask.size], classes)]);
  }
  return tensors;
}

function textTensors(rows: readonly Prepared[], { text, maskedTokens }: BatchNeeds): Named[] {
  if (text === undefined) return [];
  const shape = [rows.length, text.length];
  const ids = (of: (row: Prepared) => Int32Array | undefined): Tensor => int32(shape, joined(Int32Array, rows.map(of)));
  const real = rows.map((row) => row.text?.mask);
  const tensors: Named[] = [
    [inputs.tokens, ids((row) => row.text?.ids)],
    [inputs.textMask, float32(shape, joined(Float32Array, real))],
  ];
  for (const suffix of maskedTokens?.keys() ?? []) {
    tensors.push([`${inputs.maskedTokens}${suffix}`, ids(({ maskedTexts }) => maskedTexts.get(suffix)?.ids)]);
    tensors.push([`${inputs.tokenLabels}${suffix}`, ids(({ maskedTexts }) => maskedTexts.get(suffix)?.labels)]);
  }
  return tensors;
}

function labelsOf(rows: readonly Prepared[]): Int32Array {
  return Int32Array.from(rows, ({ item }) => item.label ?? 0);
}

/** The counts that denominators are made of; only the first `items` rows count. */
export function countsOf(rows: readonly Prepared[], items: number): BatchCounts {
  const counted = rows.slice(0, items);
  const sum = (count: (row: Prepared) => number): number => counted.reduce((total, row) => total + count(row), 0);
  return {
    items,
    maskedTokens: sum(({ maskedTexts }) => totalOf(maskedTexts, ({ count }) => count)),
    maskedPatches: sum(({ patchMasks }) => totalOf(patchMasks, (flags) => flags.reduce((all, flag) => all + flag, 0))),
    truncated: sum(({ text }) => (text?.truncated === true ? 1 : 0)),
  };
}

function totalOf<Masked>(masks: Ways<Masked>, count: (masked: Masked) => number): number {
  return [...masks.values()].reduce((total, masked) => total + count(masked), 0);
}

function answerTensor(rows: readonly Prepared[], answers: number): Tensor {
  const tensor = float32([rows.length, answers]);
  rows.forEach(({ item }, row) => {
    for (const { index, score } of item.answers ?? []) tensor.data[row * answers + index] = score;
  });
  return tensor;
}

type Row = Int32Array | Float32Array;

/** Concatenates rows of equal length. */
function joined<T extends Row>(kind: new (size: number) => T, rows: readonly (T | undefined)[]): T {
  const width = rows[0]?.length ?? 0;
  const all = new kind(rows.length * width);
  rows.forEach((row, i) => {
    if (row?.length !== width) throw new Error("internal: rows of a batch differ in length");
    all.set(row, i * width);
  });
  return all;
}
