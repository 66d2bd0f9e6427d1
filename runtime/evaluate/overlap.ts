// How many items of an evaluation's data are among the training data: a result on those is no measure of generalisation.
import type { DataSet, Item } from "../data/index.js";

/** More items are not compared: the comparison must not cost more than the evaluation. */
const MOST = 200_000;

/**
 * Items of `evaluated` that are also in `trained`, with the same images, text and label; null where there are too many to
 * compare.
 */
export function overlapOf(evaluated: DataSet, trained: DataSet): number | null {
  if (evaluated.length > MOST || trained.length > MOST) return null;
  const known = new Set(keysOf(trained));
  return [...keysOf(evaluated)].filter((key) => known.has(key)).length;
}

function* keysOf({ length, item }: DataSet): Generator<string> {
  for (let i = 0; i < length; i++) yield keyOf(item(i));
}

function keyOf({ images, text, label }: Item): string {
  return [...images.map(({ key }) => key), text ?? "", label ?? ""].join("\0");
}
