import { describe, expect, it } from "vitest";

import { maskedPatchCount, maskPatches, type PatchMasking } from "../../../../runtime/data/batches/mask-patches.js";
import { stream } from "../../../../runtime/random.js";

const GRIDS = [
  [14, 14],
  [8, 8],
  [6, 6],
  [4, 7],
  [2, 2],
] as const;

function hiddenIn(masking: PatchMasking, seed: number): Float32Array {
  return maskPatches(masking, stream(seed, "patches"));
}

function sum(flags: Float32Array): number {
  return flags.reduce((total, flag) => total + flag, 0);
}

/** Share of adjacent patches (right and below) that are both masked or both visible. */
function agreement(flags: Float32Array, rows: number, columns: number): number {
  const pairs: boolean[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const own = flags[row * columns + column];
      if (column + 1 < columns) pairs.push(own === flags[row * columns + column + 1]);
      if (row + 1 < rows) pairs.push(own === flags[(row + 1) * columns + column]);
    }
  }
  return pairs.filter(Boolean).length / pairs.length;
}

describe("maskPatches", () => {
  it.each(GRIDS.flatMap((grid) => (["blockwise", "random"] as const).map((shape) => ({ grid, shape }))))(
    "masks the same number of patches in every image: $shape over $grid",
    ({ grid, shape }) => {
      const masking = { grid, shape, ratio: 0.4 };
      for (let seed = 0; seed < 50; seed++) expect(sum(hiddenIn(masking, seed))).toBe(maskedPatchCount(masking));
    },
  );

  it("gives equal masks for equal streams and different ones for different streams", () => {
    const masking = { grid: [8, 8], shape: "blockwise", ratio: 0.4 } as const;
    expect(hiddenIn(masking, 1)).toEqual(hiddenIn(masking, 1));
    expect(hiddenIn(masking, 1)).not.toEqual(hiddenIn(masking, 2));
  });

  it("masks blocks: adjacent patches agree far more often than in random masks", () => {
    const mean = (shape: "blockwise" | "random"): number => {
      const masks = Array.from({ length: 50 }, (_, seed) => hiddenIn({ grid: [14, 14], shape, ratio: 0.4 }, seed));
      return masks.reduce((total, mask) => total + agreement(mask, 14, 14) / masks.length, 0);
    };
    expect(mean("random")).toBeCloseTo(0.52, 1);
    expect(mean("blockwise")).toBeGreaterThan(0.75);
  });

  it("masks at most 75 of 196 patches in the original's variant", () => {
    const masking = { grid: [14, 14], shape: "blockwise", ratio: 75 / 196, variant: "original" } as const;
    const counts = Array.from({ length: 300 }, (_, seed) => sum(hiddenIn(masking, seed)));
    expect(Math.max(...counts)).toBe(75);
    expect(Math.min(...counts)).toBeGreaterThan(50);
    expect(Math.min(...counts)).toBeLessThan(75);
  });

  it("masks every patch about equally often in random masks", () => {
    const totals = new Float32Array(36);
    for (let seed = 0; seed < 1000; seed++) {
      hiddenIn({ grid: [6, 6], shape: "random", ratio: 0.5 }, seed).forEach(
        (flag, i) => (totals[i] = (totals[i] ?? 0) + flag),
      );
    }
    for (const total of totals) expect(Math.abs(total - 500)).toBeLessThan(80);
  });
});
