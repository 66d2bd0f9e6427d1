// How many items of an evaluation's data are among the data that the model was trained on: a result on those says nothing
// of data that it has not seen.
import type { DataSet, Item } from "../data/index.js";

/** More items than this are not compared: the comparison must not cost more than the evaluation. */
const MOST = 200_000;

/** Items of `evaluated` that `trained` holds too: the same images, text and label; null where there are too many to look. */
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
