// The augmentations a stage can name, as plain data. Their work is done in image.ts.

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
  /** `count` operations of RandAugment, each applied with probability ½ at `magnitude` of 10. */
  | { readonly kind: "rand_augment"; readonly count: number; readonly magnitude: number };
