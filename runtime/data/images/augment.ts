// The augmentations a stage can name, as plain data. Their work is done in image.ts.
import type { Recolour, SwapColours } from "./swap-colours.js";

/** One step of `augment: […]`, in the order given. */
export type AugmentStep =
  /** A random part of the image, area a ratio in `scale`, aspect log-uniform in `aspect` (default 3/4 … 4/3). */
  | {
      readonly kind: "resized_crop";
      readonly scale: readonly [number, number];
      readonly aspect?: readonly [number, number];
    }
  /** Left and right exchanged with probability `chance` (default ½). Breaks the words left and right. */
  | { readonly kind: "flip"; readonly chance?: number }
  /** Tiles of a file in random order, each mirrored with probability `flip`; before the others, wherever it stands. */
  | { readonly kind: "shuffle_tiles"; readonly flip: number }
  /** Colours exchanged, in the image and in its text. */
  | SwapColours
  /** `count` operations of RandAugment, each applied with probability ½ at `magnitude` of 10. */
  | { readonly kind: "rand_augment"; readonly count: number; readonly magnitude: number };

/** The steps as the image loader takes them: what concerns the text as well is drawn before. */
export type ImageStep = Exclude<AugmentStep, SwapColours> | Recolour;
