// Values that are no numbers: NaN and the infinite. Weights that hold any can compute nothing.
import type { Tensor } from "../tensor.js";
import { quoted } from "../printable.js";
import { atMost, grouped } from "./grouped.js";

export interface NonFinite {
  readonly nan: number;
  readonly infinite: number;
}

/** How many values of a tensor are NaN or infinite. */
export function nonFiniteIn({ data }: Tensor): NonFinite {
  let [nan, infinite] = [0, 0];
  if (data instanceof Int32Array) return { nan, infinite };
  for (const value of data) {
    // The difference is 0 for every finite value, and NaN for the others.
    if (value - value === 0) continue;
    if (Number.isNaN(value)) nan += 1;
    else infinite += 1;
  }
  return { nan, infinite };
}

export interface NonFiniteTensor extends NonFinite {
  readonly key: string;
  /** Values of the whole tensor. */
  readonly size: number;
}

/** `` `norm.weight` (3 NaN of 768) ``, … */
export function nonFiniteText(tensors: readonly NonFiniteTensor[]): string {
  const lines = tensors.map(({ key, nan, infinite, size }) => {
    const counts = [...(nan > 0 ? [`${nan} NaN`] : []), ...(infinite > 0 ? [`${infinite} infinite`] : [])];
    return `${quoted(key)} (${counts.join(" and ")} of ${size})`;
  });
  return atMost(grouped(lines), 8).join(", ");
}
