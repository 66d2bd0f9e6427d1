// NaN and infinite values. A model with weights that are not finite cannot compute anything.
import type { Tensor } from "../tensor.js";
import { quoted } from "../printable.js";
import { atMost, grouped } from "./grouped.js";

/** Counts of NaN and infinite values. */
export interface NonFinite {
  readonly nan: number;
  readonly infinite: number;
}

/** Counts the NaN and infinite values of a tensor. */
export function nonFiniteIn({ data }: Tensor): NonFinite {
  if (data instanceof Int32Array || data instanceof Uint8Array || areFinite(data)) return { nan: 0, infinite: 0 };
  let [nan, infinite] = [0, 0];
  for (const value of data) {
    if (Number.isNaN(value)) nan += 1;
    else if (!Number.isFinite(value)) infinite += 1;
  }
  return { nan, infinite };
}

/** Almost always true, and decided in a tenth of the time that counting takes. */
function areFinite(data: Float32Array | Float64Array): boolean {
  // x - x is 0 for finite x and NaN for others, and so is the sum.
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    sum += value - value;
  }
  return sum === 0;
}

/** A tensor with NaN or infinite values, by its key in the file. */
export interface NonFiniteTensor extends NonFinite {
  readonly key: string;
  /** The number of all values of the tensor. */
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
