// Model sizes for generated specifications, the smallest first.

/** A size of a model. */
export interface Size {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Side of an image, and of a patch, in pixels. */
  readonly image: number;
  readonly patch: number;
  /** Top layers with a fusion expert. */
  readonly fusion: number;
  /** The least number of samples: with fewer, a smaller model does as well. */
  readonly items: number;
  readonly lr: string;
}

/** The sizes. The last is that of VLMo-Base (Bao et al. 2022, section 4.1). */
export const sizes: readonly [Size, ...Size[]] = [
  { name: "Tiny", layers: 2, width: 96, heads: 3, image: 64, patch: 16, fusion: 1, items: 0, lr: "1e-3" },
  { name: "Small", layers: 4, width: 128, heads: 4, image: 96, patch: 16, fusion: 2, items: 1000, lr: "1e-3" },
  { name: "Medium", layers: 6, width: 256, heads: 8, image: 128, patch: 16, fusion: 2, items: 20_000, lr: "5e-4" },
  { name: "Base", layers: 12, width: 768, heads: 12, image: 224, patch: 16, fusion: 2, items: 1_000_000, lr: "2e-4" },
];
