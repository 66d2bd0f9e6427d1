// Views of images for a model with square inputs: the whole image or windows. The views of a data set form a data set
// themselves, so that they are batched like any other.
import type { DataSpec, WindowsSpec } from "../../compiler/index.js";
import type { DataSet, ImageWindow } from "../data/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import type { EvaluateOptions } from "./options.js";

/** One view of an item: a window, or the whole image (null). */
export interface View {
  readonly item: number;
  readonly window: ImageWindow | null;
  /** The first view of its item. */
  readonly isFirst: boolean;
}

/** A data set of views, those of one item in sequence. */
export interface Views {
  readonly dataSet: DataSet;
  readonly of: (index: number) => View;
}

/** Every image as one view. */
export function wholeImages(dataSet: DataSet): Views {
  return { dataSet, of: (item) => ({ item, window: null, isFirst: true }) };
}

/** Every image as sliding windows. Throws V917, and a signal's reason. */
export async function inWindows(options: EvaluateOptions, windows: WindowsSpec, size: number): Promise<Views> {
  const { dataSet, images, signal, evaluation } = options;
  const views: (View & { readonly window: ImageWindow })[] = [];
  for (let item = 0; item < dataSet.length; item++) {
    signal?.throwIfAborted();
    const [image] = dataSet.item(item).images;
    if (image === undefined) throw new Error("internal: an item without its image");
    const placed = await orLeftOut(evaluation.data.onError, images.windowsOf(image, windows, size));
    placed?.forEach((window, i) => views.push({ item, window, isFirst: i === 0 }));
  }
  const of = (index: number) => {
    const view = views[index];
    if (view === undefined) throw new Error(`internal: window ${index} of ${views.length}`);
    return view;
  };
  const { name, kind, supplies, digests } = dataSet;
  return {
    of,
    dataSet: {
      ...{ name, kind, supplies, digests, length: views.length },
      item: (index) => {
        const { item, window } = of(index);
        const whole = dataSet.item(item);
        const { scaled, left, top } = window;
        const key = `${window.of} at ${left}, ${top} of ${scaled.width} × ${scaled.height}`;
        return { ...whole, images: whole.images.map((image) => ({ ...image, key, window })) };
      },
    },
  };
}

/** The loaded value; null where it is broken and may be left out. */
export async function orLeftOut<T>(onError: DataSpec["onError"], loading: Promise<T>): Promise<T | null> {
  try {
    return await loading;
  } catch (error) {
    if (error instanceof VlmoError && onError === "skip") return null;
    throw error;
  }
}
