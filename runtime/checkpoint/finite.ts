// Values that are no numbers: NaN and the infinite. Weights that hold any can compute nothing.
import type { Tensor } from "../tensor.js";
import { quoted } from "../printable.js";
import { atMost, grouped } from "./grouped.js";

/** How many values of each sort. */
export interface NonFinite {
  readonly nan: number;
  readonly infinite: number;
}

/** How many values of a tensor are NaN or infinite. */
export function nonFiniteIn({ data }: Tensor): NonFinite {
  if (data instanceof Int32Array || data instanceof Uint8Array || areFinite(data)) return { nan: 0, infinite: 0 };
  let [nan, infinite] = [0, 0];
  for (const value of data) {
    if (Number.isNaN(value)) nan += 1;
    else if (!Number.isFinite(value)) infinite += 1;
  }
  return { nan, infinite };
}

/** Nearly always so, and decided in a tenth of the time that counting takes. */
function areFinite(data: Float32Array | Float64Array): boolean {
  // A difference is 0 for every finite value, and NaN for the others, as is any sum with one.
  let sum = 0;
  for (let i = 0; i < data.length; i++) {
    const value = data[i] ?? 0;
    sum += value - value;
  }
  return sum === 0;
}

/** A tensor with such values, by its key in the file. */
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
