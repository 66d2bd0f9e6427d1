// What a layout of checkpoint keys is: for each of our parameters the keys of a foreign file that make it, and back.
// Pure data and functions; reads no file.
import { sizeOf, type Shape, type View } from "../../../compiler/index.js";
import type { Tensor } from "../../tensor.js";

/** One parameter of our model. */
export interface Target {
  readonly name: string;
  readonly shape: Shape;
}

/** What a layout must know of the model besides its parameters. */
export interface LayoutContext {
  readonly experts: readonly { readonly name: string; readonly views: readonly View[] }[];
  readonly heads: readonly { readonly name: string; readonly kind: string }[];
  /** Patches along one side of the model's image; needed where relative tables are assembled or resized. */
  readonly patchesPerSide?: number;
  /** The longest text that a relative table holds distances for. */
  readonly span?: number;
}

/** One key of the foreign file and the shape it should have there. */
export interface Part {
  readonly key: string;
  readonly shape: Shape;
}

/** How the file makes one of our parameters. */
export interface Mapping {
  readonly target: Target;
  readonly parts: readonly Part[];
  /** How several parts make our tensor, and back. Left out: one part whose elements are taken as they are. */
  readonly joint?: Joint;
}

/** One tensor of ours, and its parts in a file. */
export interface Joint {
  /** Our tensor from the parts' tensors, in order. */
  readonly assemble: (parts: readonly Tensor[], shape: Shape) => Tensor;
  /** The parts of our tensor, in their order; what they have no room for is not in them. */
  readonly divide: (tensor: Tensor, parts: readonly Shape[]) => Tensor[];
}

/** A parameter that the file does not hold by the layout's own rule, and is newly initialised. */
export interface NewlyInitialised {
  readonly target: Target;
  readonly reason: string;
}

/** Where every parameter of a model comes from in a layout. */
export interface LayoutMap {
  readonly mappings: readonly Mapping[];
  readonly fresh: readonly NewlyInitialised[];
  /** Parameters that the layout has no key for. */
  readonly unmapped: readonly Target[];
}

/** Where a size of a model shows: an axis of the tensor of a key. */
export type SizeAxis = readonly [key: string, axis: number];

/** Where the sizes of a model show in a file; of several the first that the file has. */
export interface SizeAxes {
  readonly width: readonly SizeAxis[];
  readonly patch: readonly SizeAxis[];
  /** Matches the keys of layers; its group is the layer's number, counted from `firstLayer`. */
  readonly layer: RegExp;
  readonly firstLayer: 0 | 1;
  /** Of a table for all layers with a column per layer and head, and of a table per layer or shared by all. */
  readonly headsOfAll: readonly SizeAxis[];
  readonly headsOfOne: readonly SizeAxis[];
  /** The class token and the patches. */
  readonly imageTokens: readonly SizeAxis[];
  /** Rows of a relative table of image offsets alone. */
  readonly imageRows: readonly SizeAxis[];
  readonly vocabulary: readonly SizeAxis[];
  readonly text: readonly SizeAxis[];
}

/** Names of another program for the same tensors. */
export interface Layout {
  readonly name: "vlmo" | "beit" | "huggingface_beit" | "vlmo_ts";
  /** Whose names these are, for people: `the original VLMo's`. */
  readonly whose: string;
  readonly sizes: SizeAxes;
  /** Whether a file's key is one that this layout gives, of a model of any size. */
  knows(key: string): boolean;
  /** Whether a file that is written holds a key that not every file of the layout does. */
  writes(key: string): boolean;
  /** Where each target comes from. `has` says which keys the file holds, for layouts of more than one form. */
  map(targets: readonly Target[], context: LayoutContext, has: (key: string) => boolean): LayoutMap;
  /** Why a key of the file is known and not used, or undefined. */
  ignored(key: string, targets: readonly Target[]): string | undefined;
}

/** Rows of a relative table that belong to an image view, whether or not there are images: its offsets and three for the class token. */
export function imageRows({ patchesPerSide = 0 }: LayoutContext): number {
  return (2 * patchesPerSide - 1) ** 2 + 3;
}

/** One key for one parameter; `lead` puts dimensions of 1 in front of the foreign shape, as in `cls_token` [1, 1, D]. */
export function single(target: Target, key: string, lead = 0): Mapping {
  return { target, parts: [{ key, shape: [...Array<number>(lead).fill(1), ...target.shape] }] };
}

/** The same elements under another shape. */
export function reshaped(tensor: Tensor, shape: Shape): Tensor {
  if (sizeOf(shape) !== tensor.data.length) throw new Error("internal: a reshape that changes the size");
  return { ...tensor, shape };
}
