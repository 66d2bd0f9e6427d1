// Whether indices are within what they index.
import { sizeOf, type Range, type Shape } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** Throws V945 if an index is out of range, where engines would differ in what they read. */
export function expectInRange(name: string, { data, shape }: Tensor, range: Range | undefined): void {
  if (range === undefined) return;
  const { least, most, none, what } = range;
  const isIn = (value: number): boolean => Number.isInteger(value) && value >= least && value <= most;
  const at = data.findIndex((value) => value !== none && !isIn(value));
  const refuse = (value: string, place: readonly number[]) =>
    vlmoError("V945", { name, value, place: place.join(", "), what, range: rangeWords(range) });
  if (at >= 0) throw refuse(String(data[at]), placeIn(shape, at));
  const { inEachRow } = range;
  const lacking = inEachRow === undefined ? -1 : rowWithout({ data, shape }, inEachRow);
  if (lacking >= 0) throw refuse(`no ${inEachRow}`, placeIn(shape.slice(0, -1), lacking));
}

function placeIn(shape: Shape, at: number): number[] {
  return shape.map((size, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % size);
}

/** The first row that does not hold a number; -1 if all do. */
function rowWithout({ data, shape }: Pick<Tensor, "data" | "shape">, wanted: number): number {
  const length = shape.at(-1) ?? 1;
  const rows = Array.from({ length: sizeOf(shape.slice(0, -1)) }, (_, row) => row);
  return rows.findIndex((row) => !data.subarray(row * length, (row + 1) * length).includes(wanted));
}

/** `0..119, or -100 for none`. */
export function rangeWords({ least, most, none, inEachRow }: Range): string {
  if (inEachRow !== undefined) return `${least}..${most}, with a ${inEachRow} in each row`;
  const isIn = none === undefined || (none >= least && none <= most);
  return `${least}..${most}${isIn ? "" : `, or ${none} for none`}`;
}
