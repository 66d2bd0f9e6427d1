// Whether numbers that point into something point at something that is there.
import { sizeOf, type Range } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** Throws V945 where a tensor points beside what its numbers stand for: each engine would read something else there. */
export function expectInRange(name: string, { data, shape }: Tensor, range: Range | undefined): void {
  if (range === undefined) return;
  const { least, most, none, what } = range;
  const at = data.findIndex((value) => value !== none && !(value >= least && value <= most));
  if (at < 0) return;
  const place = shape.map((size, axis) => Math.floor(at / sizeOf(shape.slice(axis + 1))) % size);
  throw vlmoError("V945", { name, value: String(data[at]), place: place.join(", "), what, range: rangeWords(range) });
}

/** `0..119, or -100 for none`. */
export function rangeWords({ least, most, none }: Range): string {
  const isIn = none === undefined || (none >= least && none <= most);
  return `${least}..${most}${isIn ? "" : `, or ${none} for none`}`;
}
