// The sizes of models that a specification is written for, the smallest first.

/** A size of a model. */
export interface Size {
  readonly name: string;
  readonly layers: number;
  readonly width: number;
  readonly heads: number;
  /** Pixels each way of an image, and of a patch. */
  readonly image: number;
  readonly patch: number;
  /** Layers at the top with an expert for pairs. */
  readonly fusion: number;
  /** With fewer samples a smaller one learns as much. */
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
