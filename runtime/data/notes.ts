// Notes on data that are not mistakes: files that are not used, classes without an image.
import { counted } from "../../grammar/index.js";
import type { Note } from "./sources/data-set.js";

/** Names shown in a note. */
const NAMES = 5;

/** A note about some names, such as `3 files are no images`; empty if there are none. */
export function noted(names: readonly string[], one: string, many: string): Note[] {
  const { length: count } = names;
  return count === 0 ? [] : [{ says: counted(count, one, many), count, names: names.slice(0, NAMES) }];
}
