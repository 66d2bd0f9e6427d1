// Exact nearest neighbours: cosines with all vectors, a block of the file at a time.
import type { VectorsFile } from "../embed/vectors-file.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { FirstOf, type Scored } from "../evaluate/first-of.js";

/** Bytes of vectors in memory at a time. */
const BLOCK = 16 * 2 ** 20;

/** Options of a search for nearest neighbours. */
export interface NearestOptions {
  /** Rows read at a time. */
  readonly block?: number;
  /** Whether a row is excluded. */
  readonly skips?: (row: number) => boolean;
}

/** By query: the nearest rows of the file with their cosines, best first; ties go to the first row. Throws V948. */
export async function nearest(
  { path: file, about: { width, normalised }, count, entry, read }: VectorsFile,
  queries: readonly Float32Array[],
  top: number,
  { block = Math.max(1, Math.floor(BLOCK / (4 * width))), skips = () => false }: NearestOptions = {},
): Promise<Scored[][]> {
  const first = new FirstOf(queries.length, Math.min(top, count));
  const units = queries.map((query) => scaled(query, normOf(query, 0, width)));
  for (let from = 0; from < count; from += block) {
    const rows = Math.min(block, count - from);
    const vectors = await read(from, rows);
    for (let row = 0; row < rows; row++) {
      if (skips(from + row)) continue;
      const norm = normalised ? 1 : normOf(vectors, row * width, width);
      units.forEach((unit, query) => {
        const score = dot(unit, vectors, row * width) / norm;
        if (!Number.isFinite(score)) throw noNumbers(file, entry(from + row).name);
        first.offer(query, from + row, score);
      });
    }
  }
  return first.lists();
}

function noNumbers(file: string, name: string): VlmoError {
  const reason = `its vector of \`${name}\` has numbers that are none, or infinite`;
  return vlmoError("V948", { file, reason }, { help: "remove the file, and have its vectors computed again" });
}

function scaled(vector: Float32Array, norm: number): Float32Array {
  return vector.map((value) => value / norm);
}

/** The norm; 1 for a zero vector, whose cosines are then 0. */
function normOf(vectors: Float32Array, start: number, width: number): number {
  let sum = 0;
  for (let i = start; i < start + width; i++) sum += (vectors[i] ?? 0) ** 2;
  return Math.sqrt(sum) || 1;
}

/** Four partial sums, which the CPU computes in parallel. */
function dot(unit: Float32Array, vectors: Float32Array, start: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  const { length } = unit;
  const whole = length - (length % 4);
  for (let i = 0; i < whole; i += 4) {
    const at = start + i;
    a += (unit[i] ?? 0) * (vectors[at] ?? 0);
    b += (unit[i + 1] ?? 0) * (vectors[at + 1] ?? 0);
    c += (unit[i + 2] ?? 0) * (vectors[at + 2] ?? 0);
    d += (unit[i + 3] ?? 0) * (vectors[at + 3] ?? 0);
  }
  for (let i = whole; i < length; i++) a += (unit[i] ?? 0) * (vectors[start + i] ?? 0);
  return a + b + c + d;
}
