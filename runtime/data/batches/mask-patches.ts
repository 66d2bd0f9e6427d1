// Which patches of an image are masked: blocks as in BEiT (unilm `beit/masking_generator.py`), or single random patches. All
// draws come from the given stream.
import type { PatchMaskKind } from "../../../compiler/index.js";
import type { RandomStream } from "../../random.js";

/** How many patches are masked, and in which shapes. */
export interface PatchMasking {
  /** Rows and columns of patches. */
  readonly grid: readonly [number, number];
  /** Share of the patches to mask, 0 … 1. */
  readonly ratio: number;
  readonly shape: PatchMaskKind;
  /**
   * `default`: every image has the same number of masked patches. `original`: stops when no further block fits, so that some
   * images have fewer.
   */
  readonly variant?: "default" | "original";
}

/** The number of masked patches per image: ratio · patches rounded, at least one. */
export function maskedPatchCount({ grid, ratio }: PatchMasking): number {
  return Math.max(1, Math.round(ratio * grid[0] * grid[1]));
}

/** float32 [rows · columns], row-major: 1 for masked, 0 for visible patches. */
export function maskPatches(masking: PatchMasking, random: RandomStream): Float32Array {
  const [rows, columns] = masking.grid;
  const hidden = new Float32Array(rows * columns);
  shapes[masking.shape](hidden, masking, random);
  return hidden;
}

type Hide = (hidden: Float32Array, masking: PatchMasking, random: RandomStream) => void;

const shapes: Readonly<Record<PatchMaskKind, Hide>> = {
  blockwise: (hidden, masking, random) => {
    hideBlocks(hidden, masking, random);
    if (masking.variant !== "original") topUp(hidden, masking, random);
  },
  random: topUp,
};

/** BEiT's smallest block has 16 of 14 × 14 patches; scaled to other grids. */
function smallestBlock(patches: number): number {
  return Math.max(1, Math.round((16 / 196) * patches));
}

const LOG_ASPECT = Math.log(1 / 0.3);
const TRIES = 10;

function hideBlocks(hidden: Float32Array, masking: PatchMasking, random: RandomStream): void {
  const { grid } = masking;
  const target = maskedPatchCount(masking);
  let count = 0;
  while (count < target) {
    let added = 0;
    for (let attempt = 0; attempt < TRIES && added === 0; attempt++) {
      added = hideBlock(hidden, grid, target - count, random);
    }
    if (added === 0) return;
    count += added;
  }
}

/** Masks a random rectangle if that adds at least one patch and at most `most`; returns the number of added patches. */
function hideBlock(hidden: Float32Array, grid: readonly [number, number], most: number, random: RandomStream): number {
  const [rows, columns] = grid;
  const smallest = smallestBlock(hidden.length);
  const area = smallest + (most - smallest) * random.uniform();
  const aspect = Math.exp((2 * random.uniform() - 1) * LOG_ASPECT);
  const height = Math.round(Math.sqrt(area * aspect));
  const width = Math.round(Math.sqrt(area / aspect));
  if (height >= rows || width >= columns) return 0;
  const top = random.integer(rows - height + 1);
  const left = random.integer(columns - width + 1);
  const added: number[] = [];
  for (let row = top; row < top + height; row++) {
    for (let column = left; column < left + width; column++) {
      if (hidden[row * columns + column] === 0) added.push(row * columns + column);
    }
  }
  if (added.length > most) return 0;
  for (const patch of added) hidden[patch] = 1;
  return added.length;
}

function topUp(hidden: Float32Array, masking: PatchMasking, random: RandomStream): void {
  const target = maskedPatchCount(masking);
  const visible = [...hidden.keys()].filter((patch) => hidden[patch] === 0);
  const missing = target - (hidden.length - visible.length);
  for (const patch of random.shuffle(visible).slice(0, Math.max(0, missing))) hidden[patch] = 1;
}
