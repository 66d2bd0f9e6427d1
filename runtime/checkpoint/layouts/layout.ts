// The interface of layouts: for each of our parameters the keys of a foreign file that it is made from, and back. Pure data and
// functions; reads no file.
import { sizeOf, type Shape, type View } from "../../../compiler/index.js";
import type { Tensor } from "../../tensor.js";

/** One parameter of our model. */
export interface Target {
  readonly name: string;
  readonly shape: Shape;
}

/** What a layout needs of the model besides its parameters. */
export interface LayoutContext {
  readonly experts: readonly { readonly name: string; readonly views: readonly View[] }[];
  readonly heads: readonly { readonly name: string; readonly kind: string }[];
  /** Patches along one side of the image; needed where relative position tables are assembled or resized. */
  readonly patchesPerSide?: number;
  /** The longest text that a relative position table covers. */
  readonly span?: number;
}

/** A key of the foreign file, and its expected shape there. */
export interface Part {
  readonly key: string;
  readonly shape: Shape;
}

/** How one of our parameters is made from the file. */
export interface Mapping {
  readonly target: Target;
  readonly parts: readonly Part[];
  /** How several parts make our tensor, and back. Absent: a single part with the same elements. */
  readonly joint?: Joint;
}

/** Conversion between one tensor of ours and its parts in a file. */
export interface Joint {
  /** Our tensor from its parts, in order. */
  readonly assemble: (parts: readonly Tensor[], shape: Shape) => Tensor;
  /** The parts of our tensor, in order. Elements that no part holds are dropped. */
  readonly divide: (tensor: Tensor, parts: readonly Shape[]) => Tensor[];
}

/** A parameter that, by the rules of the layout, the file does not hold: newly initialised. */
export interface NewlyInitialised {
  readonly target: Target;
  readonly reason: string;
}

/** The origin of every parameter of a model in a layout. */
export interface LayoutMap {
  readonly mappings: readonly Mapping[];
  readonly fresh: readonly NewlyInitialised[];
  /** Parameters that the layout has no key for. */
  readonly unmapped: readonly Target[];
}

/** An axis of a tensor that has a size of the model. */
export type SizeAxis = readonly [key: string, axis: number];

/** The axes that show the sizes of a model; of several the first in the file counts. */
export interface SizeAxes {
  readonly width: readonly SizeAxis[];
  readonly patch: readonly SizeAxis[];
  /** Matches the keys of layers; its group is the number of the layer, counted from `firstLayer`. */
  readonly layer: RegExp;
  readonly firstLayer: 0 | 1;
  /** Of a table for all layers, with a column per layer and head; and of a table per layer, or shared by all. */
  readonly headsOfAll: readonly SizeAxis[];
  readonly headsOfOne: readonly SizeAxis[];
  /** The class token and the patches. */
  readonly imageTokens: readonly SizeAxis[];
  /** Rows of a relative position table for images alone. */
  readonly imageRows: readonly SizeAxis[];
  readonly vocabulary: readonly SizeAxis[];
  readonly text: readonly SizeAxis[];
}

/** The key names of one program for the tensors of our model. */
export interface Layout {
  readonly name: "vlmo" | "beit" | "huggingface_beit" | "vlmo_ts";
  /** Whose names these are, for messages: `the original VLMo's`. */
  readonly whose: string;
  readonly sizes: SizeAxes;
  /** Whether a key belongs to this layout, for models of any size. */
  knows(key: string): boolean;
  /** Whether a key that only some files of the layout have belongs in files that are written. */
  writes(key: string): boolean;
  /** The origin of each target. `has` tells which keys the file holds, for layouts in several forms. */
  map(targets: readonly Target[], context: LayoutContext, has: (key: string) => boolean): LayoutMap;
  /** Why a key of the file is known but not used; undefined otherwise. */
  ignored(key: string, targets: readonly Target[]): string | undefined;
}

/**
 * Rows of a relative position table for an image view, which it has even without images: offsets between patches, and three for
 * the class token.
 */
export function imageRows({ patchesPerSide = 0 }: LayoutContext): number {
  return (2 * patchesPerSide - 1) ** 2 + 3;
}

/** One key for one parameter; `lead`: the leading dimensions of 1 there, as in `cls_token` [1, 1, D]. */
export function single(target: Target, key: string, lead = 0): Mapping {
  return { target, parts: [{ key, shape: [...Array<number>(lead).fill(1), ...target.shape] }] };
}

/** The same elements with another shape. Throws an internal error if the size differs. */
export function reshaped(tensor: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== tensor.data.length) throw new Error("internal: a reshape that changes the size");
  return { ...tensor, shape };
}
