// What a head said of the pixels of a data set against their masks, batch by batch: logits are too large to keep. They are
// stretched bilinearly to the size that a mask has in its file, and each of its pixels counts.
import { between, ruleOf, type HeadSpec } from "../../compiler/index.js";
import { NO_CLASS, notAmong, type ImageLoader, type Item, type Raster } from "../data/index.js";
import type { Tensor } from "../tensor.js";

/** The classes of an image's pixels, 255 for none: as they were said, and as they are. */
export interface ClassMaps {
  readonly said: Raster<Uint16Array>;
  readonly truth: Raster<Uint16Array>;
}

/** Counts over a data set. */
export interface PixelCounts {
  readonly classes: number;
  /** [classes · classes]: pixels of the class of the row of which the class of the column was said. */
  readonly confusion: Float64Array;
  /** Of a few items, by their index. */
  readonly maps: ReadonlyMap<number, ClassMaps>;
}

/** Counts pixels as batches come. */
export interface PixelCounter {
  /** `logits` [B, side, side, classes] of some items. Throws V917, V955. */
  readonly count: (logits: Tensor, items: readonly { readonly index: number; readonly item: Item }[]) => Promise<void>;
  readonly counts: PixelCounts;
}

/** What pixels are counted with. */
export interface PixelOptions {
  readonly head: HeadSpec;
  readonly loader: ImageLoader;
  /** Pixels along a side of the model's images, at which masks are drawn that have no size. */
  readonly size: number;
  /** Whose maps are kept. */
  readonly shown: ReadonlySet<number>;
}

/** A counter for a head that gives every pixel a class. */
export function createPixelCounter({ head, loader, size, shown }: PixelOptions): PixelCounter {
  const classes = ruleOf(head).classes?.(head).count ?? 0;
  const confusion = new Float64Array(classes ** 2);
  const maps = new Map<number, ClassMaps>();
  const countOne = async (logits: Map3, index: number, { name, mask }: Item): Promise<void> => {
    if (mask === undefined) throw new Error(`internal: ${name} has no mask`);
    const truth = await loader.loadClasses(mask, size);
    const said = classesAt(logits, truth);
    truth.data.forEach((label, i) => {
      if (label === NO_CLASS) return;
      if (label >= classes) throw notAmong({ head: head.name, last: classes - 1, item: name, label, others: 0 });
      const cell = label * classes + (said.data[i] ?? 0);
      confusion[cell] = (confusion[cell] ?? 0) + 1;
    });
    if (shown.has(index)) maps.set(index, { said, truth });
  };
  return {
    count: async ({ shape: [, side = 0], data }, items) => {
      const one = side * side * classes;
      for (const [row, { index, item }] of items.entries())
        await countOne({ side, classes, data: data.subarray(row * one, (row + 1) * one) }, index, item);
    },
    counts: { classes, confusion, maps },
  };
}

/** [side, side, classes]. */
interface Map3 {
  readonly side: number;
  readonly classes: number;
  readonly data: ArrayLike<number>;
}

/** The class with the largest logit at each pixel, the first of equals; logits lie between those of the map as in training. */
export function classesAt(
  { side, classes, data }: Map3,
  { width, height }: Pick<Raster<Uint16Array>, "width" | "height">,
): Raster<Uint16Array> {
  const out = new Uint16Array(width * height);
  const line = new Float64Array(side * classes);
  const columns = Array.from({ length: width }, (_, x) => between(x, { from: side, to: width }));
  for (let y = 0; y < height; y++) {
    const { before, after, share } = between(y, { from: side, to: height });
    for (let i = 0; i < line.length; i++) {
      const [upper, lower] = [data[before * line.length + i] ?? 0, data[after * line.length + i] ?? 0];
      line[i] = upper + share * (lower - upper);
    }
    columns.forEach((column, x) => {
      out[y * width + x] = largest(line, classes, column);
    });
  }
  return { width, height, channels: 1, data: out };
}

function largest(line: Float64Array, classes: number, { before, after, share }: ReturnType<typeof between>): number {
  let [best, most] = [0, -Infinity];
  for (let c = 0; c < classes; c++) {
    const [left, right] = [line[before * classes + c] ?? 0, line[after * classes + c] ?? 0];
    const logit = left + share * (right - left);
    if (logit > most) [best, most] = [c, logit];
  }
  return best;
}

/** Overlap of each class: pixels that are it and said to be, over those that are or were said to be; null where none is either. */
export function overlapsOf({ classes, confusion }: Pick<PixelCounts, "classes" | "confusion">): (number | null)[] {
  const { are, said } = marginsOf({ classes, confusion });
  return are.map((count, c) => {
    const both = confusion[c * classes + c] ?? 0;
    const either = count + (said[c] ?? 0) - both;
    return either === 0 ? null : both / either;
  });
}

/** Pixels of each class, and pixels of which each was said. */
export function marginsOf({ classes, confusion }: Pick<PixelCounts, "classes" | "confusion">) {
  const places = Array.from({ length: classes }, (_, c) => c);
  const sum = (at: (other: number) => number): number =>
    places.reduce((all, other) => all + (confusion[at(other)] ?? 0), 0);
  return {
    are: places.map((c) => sum((other) => c * classes + other)),
    said: places.map((c) => sum((other) => other * classes + c)),
  };
}
