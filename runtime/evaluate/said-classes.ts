// Predicted classes of an image's pixels, from the logits of its windows in sequence: each is resized to its window,
// overlapping windows are averaged, and the whole is resized to the requested size; all bilinearly.
import { between } from "../../compiler/index.js";
import type { Extent, Raster } from "../data/index.js";
import type { Tensor } from "../tensor.js";

/** Logits [side, side, classes]. */
export interface LogitMap {
  readonly side: number;
  readonly classes: number;
  readonly data: Tensor["data"];
}

/** Logits of a square part of an image, in pixels of the image. */
export interface LogitWindow {
  readonly logits: LogitMap;
  readonly left: number;
  readonly top: number;
  readonly size: number;
}

/** Collects the windows of one image, row by row from the top left, until they cover it. */
export interface SaidClasses {
  /** Adds a window; returns whether it was the last one. */
  readonly add: (window: LogitWindow) => boolean;
  /** The class with the largest logit at each pixel, the first of equals. */
  readonly said: Raster<Uint16Array>;
}

/**
 * For an image of `whole` pixels, at the size `to`. Rows that no later window can change are settled, and their logits
 * discarded.
 */
export function createSaidClasses(whole: Extent, to: Extent, classes: number): SaidClasses {
  const said = { ...to, channels: 1, data: new Uint16Array(to.width * to.height) };
  const columns = Array.from({ length: to.width }, (_, x) => between(x, { from: whole.width, to: to.width }));
  const line = new Float64Array(whole.width * classes);
  let windows: LogitWindow[] = [];
  let next = 0;
  /** Settles the rows that do not depend on the image from row `end` on. */
  const settle = (end: number): void => {
    const rows = rowsOf(windows, whole.width, classes);
    for (; next < to.height; next++) {
      const { before, after, share } = between(next, { from: whole.height, to: to.height });
      if (after >= end) break;
      mixed(rows(before), rows(after), share, line);
      columns.forEach((column, x) => {
        said.data[next * to.width + x] = largest(line, classes, column);
      });
    }
    const { before } = between(next, { from: whole.height, to: to.height });
    windows = windows.filter(({ top, size }) => top + size > before);
  };
  return {
    said,
    add: (window) => {
      const above = windows.at(-1);
      // The first window of a row: the rows above it are complete.
      if (above !== undefined && window.top > above.top) settle(window.top);
      windows.push(window);
      const { left, top, size } = window;
      const isLast = left + size >= whole.width && top + size >= whole.height;
      if (isLast) settle(Infinity);
      return isLast;
    },
  };
}

/** Rows of the image, [width · classes]: the mean of the windows that cover them. The last two are cached. */
function rowsOf(windows: readonly LogitWindow[], width: number, classes: number): (y: number) => Float64Array {
  let kept: { readonly y: number; readonly row: Float64Array }[] = [];
  return (y) => {
    const known = kept.find((each) => each.y === y);
    if (known !== undefined) return known.row;
    const row = new Float64Array(width * classes);
    const counts = new Float64Array(width);
    for (const window of windows)
      if (y >= window.top && y < window.top + window.size) addRow(window, y - window.top, { row, counts });
    counts.forEach((count, x) => {
      for (let i = x * classes; count > 1 && i < (x + 1) * classes; i++) row[i] = (row[i] ?? 0) / count;
    });
    kept = [...kept.slice(-1), { y, row }];
    return row;
  };
}

interface Sums {
  readonly row: Float64Array;
  readonly counts: Float64Array;
}

function addRow({ logits: { side, classes, data }, left, size }: LogitWindow, y: number, { row, counts }: Sums): void {
  const { before, after, share } = between(y, { from: side, to: size });
  const length = side * classes;
  const line = mixed(data.subarray(before * length), data.subarray(after * length), share, new Float64Array(length));
  for (let x = 0; x < size; x++) {
    const across = between(x, { from: side, to: size });
    counts[left + x] = (counts[left + x] ?? 0) + 1;
    const [first, second] = [across.before * classes, across.after * classes];
    for (let c = 0, at = (left + x) * classes; c < classes; c++, at++) {
      const value = line[first + c] ?? 0;
      row[at] = (row[at] ?? 0) + value + across.share * ((line[second + c] ?? 0) - value);
    }
  }
}

/** Interpolates between two rows, into `out`. */
function mixed(first: Tensor["data"], second: Tensor["data"], share: number, out: Float64Array): Float64Array {
  for (let i = 0; i < out.length; i++) {
    const value = first[i] ?? 0;
    out[i] = value + share * ((second[i] ?? 0) - value);
  }
  return out;
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
