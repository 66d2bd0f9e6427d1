// Compares a head's pixel predictions over a data set with the masks, image by image: logits are too large to keep. They are
// resized bilinearly to the size of the mask in its file, and each of its pixels counts. Images are evaluated whole, resized to
// the model's square, or in sliding windows.
import { buildAnswer, ruleOf, type DataSpec, type HeadSpec, type WindowsSpec } from "../../compiler/index.js";
import { NO_CLASS, notAmong, type Raster } from "../data/index.js";
import type { Tensor } from "../tensor.js";
import type { EvaluateOptions } from "./options.js";
import { needsOfHead, passOver, type Pass } from "./pass.js";
import { createSaidClasses, type SaidClasses } from "./said-classes.js";
import { inWindows, orLeftOut, wholeImages, type View } from "./views.js";

/** The classes of an image's pixels, 255 for none: predicted and true. */
export interface ClassMaps {
  readonly said: Raster<Uint16Array>;
  readonly truth: Raster<Uint16Array>;
}

/** Counts over a data set. */
export interface PixelCounts {
  readonly classes: number;
  /** [classes · classes]: pixels by true class (row) and predicted class (column). */
  readonly confusion: Float64Array;
  /** The items whose pixels were counted. */
  readonly items: readonly number[];
  /** The maps of a few items, by their index. */
  readonly maps: ReadonlyMap<number, ClassMaps>;
}

/** Counts over the data of an evaluation. Throws V917, V955, the errors of broken data, and a signal's reason. */
export async function pixelCountsOf(
  options: EvaluateOptions,
  head: HeadSpec,
  { windows, shown }: { readonly windows: WindowsSpec | null; readonly shown: ReadonlySet<number> },
): Promise<PixelCounts> {
  const { dataSet, images, evaluation } = options;
  const { image } = needsOfHead(options, head);
  const size = image?.size ?? 0;
  const views = windows === null ? wholeImages(dataSet) : await inWindows(options, windows, size);
  const counter = createPixelCounter({ head, size, dataSet, images, onError: evaluation.data.onError, shown });
  const pass: Pass = {
    head,
    dataSet: views.dataSet,
    needs: { ...(image && { image }) },
    build: (stage, sizes) => buildAnswer(stage, sizes, head),
  };
  await passOver(options, pass, async ({ batch, results }) => {
    const logits = results.get("logits");
    if (logits === undefined) throw new Error(`internal: the head ${head.name} gave no logits`);
    for (const [row, view] of batch.indices.entries()) await counter.count(logits, row, views.of(view));
  });
  return counter.counts;
}

/** Counts the pixels of one view after another. */
export interface PixelCounter {
  /** `logits` [B, side, side, classes]; `row` is the one of this view. Throws V917, V955. */
  readonly count: (logits: Tensor, row: number, view: View) => Promise<void>;
  readonly counts: PixelCounts;
}

/** An image whose windows are not complete yet. */
interface Begun extends SaidClasses {
  readonly item: number;
  readonly truth: Raster<Uint16Array>;
}

/** The inputs of a pixel counter. */
export interface PixelOptions extends Pick<EvaluateOptions, "dataSet" | "images"> {
  readonly head: HeadSpec;
  /** Side of the model's images, in pixels. */
  readonly size: number;
  readonly onError: DataSpec["onError"];
  /** The items whose maps are kept. */
  readonly shown: ReadonlySet<number>;
}

/** A counter for a segmentation head. */
export function createPixelCounter({ head, size, dataSet, images, onError, shown }: PixelOptions): PixelCounter {
  const classes = ruleOf(head).classes?.(head).count ?? 0;
  const confusion = new Float64Array(classes ** 2);
  const items: number[] = [];
  const maps = new Map<number, ClassMaps>();
  /** Null during the views of an item that is left out. */
  let current: Begun | null = null;
  const begin = async ({ item, window }: View, side: number): Promise<Begun | null> => {
    const truth = await orLeftOut(onError, truthOf(item));
    const whole = window?.scaled ?? { width: side, height: side };
    return truth && { item, truth, ...createSaidClasses(whole, truth, classes) };
  };
  const truthOf = async (index: number): Promise<Raster<Uint16Array>> => {
    const { name, mask } = dataSet.item(index);
    if (mask === undefined) throw new Error(`internal: ${name} has no mask`);
    // A generated mask has no size of its own.
    const truth = await images.loadClasses(mask, size);
    const label = truth.data.find((each) => each >= classes && each !== NO_CLASS);
    if (label === undefined) return truth;
    throw notAmong({ head: head.name, last: classes - 1, item: name, label, others: 0 });
  };
  const end = ({ item, said, truth }: Begun): void => {
    truth.data.forEach((label, i) => {
      if (label === NO_CLASS) return;
      const cell = label * classes + (said.data[i] ?? 0);
      confusion[cell] = (confusion[cell] ?? 0) + 1;
    });
    items.push(item);
    if (shown.has(item)) maps.set(item, { said, truth });
  };
  return {
    count: async ({ shape: [, side = 0], data }, row, view) => {
      if (view.isFirst) current = await begin(view, side);
      if (current?.item !== view.item) return;
      const one = side * side * classes;
      const logits = { side, classes, data: data.subarray(row * one, (row + 1) * one) };
      const isLast = current.add({ left: 0, top: 0, ...view.window, size: view.window === null ? side : size, logits });
      if (isLast) end(current);
    },
    counts: { classes, confusion, items, maps },
  };
}

/**
 * Intersection over union of each class: pixels of it that are predicted as it, over pixels that are of it or predicted as it;
 * null where there are none.
 */
export function overlapsOf({ classes, confusion }: Pick<PixelCounts, "classes" | "confusion">): (number | null)[] {
  const { are, said } = marginsOf({ classes, confusion });
  return are.map((count, c) => {
    const both = confusion[c * classes + c] ?? 0;
    const either = count + (said[c] ?? 0) - both;
    return either === 0 ? null : both / either;
  });
}

/** Pixels by true class, and by predicted class. */
export function marginsOf({ classes, confusion }: Pick<PixelCounts, "classes" | "confusion">) {
  const places = Array.from({ length: classes }, (_, c) => c);
  const sum = (at: (other: number) => number): number =>
    places.reduce((all, other) => all + (confusion[at(other)] ?? 0), 0);
  return {
    are: places.map((c) => sum((other) => c * classes + other)),
    said: places.map((c) => sum((other) => other * classes + c)),
  };
}
