// The sizes of the program for a micro-batch. They depend on its data alone, so that a resumed run uses the same programs; and
// they are few, since a program is compiled for each.
import {
  ignored,
  inputs,
  maskAmong,
  patchesPerSide,
  ruleOf,
  sizeOf,
  type HeadSpec,
  type ModelSpec,
  type Sizes,
  type StageSpec,
} from "../../compiler/index.js";
import { capacities, capacityFor, maskedPositions } from "./feed.js";
import { maskedPatchCount } from "../data/batches/mask-patches.js";
import { mostMasked, type MostMasked } from "../data/batches/mask-tokens.js";
import type { MicroBatch } from "../data/index.js";
import type { Tensor, Tensors } from "../tensor.js";

/** As numbers: the elementwise maximum over ranks gives sizes that fit all of them. */
export function sizeNumbers({ words, capacity }: Sizes): number[] {
  return [words ?? 0, ...capacity.values()];
}

/** Sizes with these numbers instead of their own. */
export function withNumbers(sizes: Sizes, [words = 0, ...rooms]: readonly number[]): Sizes {
  const capacity = [...sizes.capacity.keys()].map((head, i) => [head, rooms[i] ?? 0] as const);
  return { ...sizes, capacity: new Map(capacity), ...(words > 0 && { words }) };
}

/** Sizes of the program for a micro-batch; `texts`: a batch with all texts that it may read. */
export function sizesOf(
  stage: StageSpec,
  { tensors, items }: Pick<MicroBatch, "tensors" | "items">,
  texts: Tensors = tensors,
): Sizes {
  const words = wordsOf(texts);
  const capacity = capacitiesOf(stage, tensors);
  return { batch: items, capacity, ...(words !== null && { words }), ...pixelsOf(tensors) };
}

/** A key: equal only for equal sizes. */
export function sizesKey({ batch, capacity, words, ranks = 1, pixels = "float32" }: Sizes): string {
  return [batch, ranks, pixels, words ?? "", ...capacity.values()].join(" ");
}

/** The element type of a batch's images. */
function pixelsOf(tensors: Tensors): Pick<Sizes, "pixels"> {
  const image = tensors.get(inputs.image) ?? tensors.get(inputs.firstImage);
  return image?.dtype === "uint8" ? { pixels: "uint8" } : {};
}

/** The images of a batch. */
export function imagesIn(tensors: Tensors): Tensors {
  const names: readonly string[] = [inputs.image, inputs.firstImage, inputs.secondImage];
  return new Map([...tensors].filter(([name]) => names.includes(name)));
}

/** Capacity for the masked positions of each head. */
function capacitiesOf(stage: StageSpec, tensors: Tensors): Map<string, number> {
  const capacity = new Map<string, number>();
  const heads = stage.learn.map(({ head }) => head);
  for (const head of heads) {
    const mask = maskAmong(head, heads);
    const tensor = mask === undefined ? undefined : tensors.get(mask.from);
    if (mask === undefined || tensor === undefined) continue;
    capacity.set(head.name, capacityFor(maskedPositions(tensor, mask.ignore).length, sizeOf(tensor.shape), mask.share));
  }
  return capacity;
}

/** The length of the longest text, rounded up to a length of `lengthsIn`; null if there are no texts. */
function wordsOf(tensors: Tensors): number | null {
  const read = [...tensors].flatMap(([name, tensor]) => {
    const ignore = ignoredIn(name);
    return ignore === null ? [] : [{ tensor, ignore }];
  });
  const [first] = read;
  if (first === undefined) return null;
  const room = first.tensor.shape[1] ?? 0;
  const longest = Math.max(1, ...read.map(({ tensor, ignore }) => lastRead(tensor, ignore)));
  return lengthsIn(room).find((length) => longest <= length) ?? room;
}

/** At most eight lengths up to `room`, in equal steps of a multiple of 8. */
function lengthsIn(room: number): number[] {
  const step = 8 * Math.ceil(room / 64);
  return Array.from({ length: Math.ceil(room / step) }, (_, i) => Math.min(room, (i + 1) * step));
}

/** The text lengths that programs of a stage may have; a single entry without a length if it reads no texts. */
export function everyLength({ model, learn }: StageSpec): Pick<Sizes, "words">[] {
  const reads = learn.some(({ head }) => head.features.some(({ view }) => view !== "image"));
  return model.text === null || !reads ? [{}] : lengthsIn(model.text.length).map((words) => ({ words }));
}

/**
 * All sizes that a batch of `items` may ask of the programs of a stage that read all of it: those of `sizesOf`, and with
 * capacity for all positions where one long word may exceed the share of a mask.
 */
export function everySize(stage: StageSpec, items: number): Sizes[] {
  const heads = stage.learn.map(({ head }) => head);
  let all: Sizes[] = everyLength(stage).map((length) => ({ batch: items, capacity: new Map(), ...length }));
  for (const head of heads) {
    const mask = maskAmong(head, heads);
    if (mask === undefined) continue;
    const { places, most } = maskedOf(stage.model, head);
    const rooms = roomsFor(items * most.usually, items * most.ever, capacities(items * places, mask.share));
    all = all.flatMap((sizes) =>
      rooms.map((room) => ({ ...sizes, capacity: new Map([...sizes.capacity, [head.name, room]]) })),
    );
  }
  return all;
}

/** The positions that a head masks some of, and the most that it masks. */
function maskedOf(model: ModelSpec, head: HeadSpec): { readonly places: number; readonly most: MostMasked } {
  const { maskedTokens, maskedPatches } = ruleOf(head).wants(head);
  if (maskedTokens !== undefined && model.text !== null)
    return { places: model.text.length, most: mostMasked(maskedTokens, model.text.length) };
  const side = patchesPerSide(model);
  const count = maskedPatches === undefined ? side ** 2 : maskedPatchCount({ grid: [side, side], ...maskedPatches });
  return { places: side ** 2, most: { usually: count, ever: count } };
}

/** The capacities that usually occur, of ascending ones, and the largest if more is ever possible. */
function roomsFor(usually: number, ever: number, rooms: readonly number[]): number[] {
  const needed = rooms.filter((_, i) => i === 0 || (rooms[i - 1] ?? 0) < usually);
  return (needed.at(-1) ?? 0) < ever ? [...new Set([...needed, ...rooms.slice(-1)])] : needed;
}

/**
 * The value in a text tensor [B, T] that marks padding, or nothing to predict; null for other tensors. A padded position is
 * read only if a token is to be predicted there.
 */
function ignoredIn(name: string): number | null {
  if (name === inputs.textMask) return 0;
  return name === inputs.tokenLabels || name.startsWith(`${inputs.tokenLabels}.`) ? ignored : null;
}

/** One more than the last column that holds anything but `ignore`. */
function lastRead({ data, shape: [, columns = 1] }: Tensor, ignore: number): number {
  let last = 0;
  data.forEach((value, i) => {
    if (value !== ignore) last = Math.max(last, (i % columns) + 1);
  });
  return last;
}
