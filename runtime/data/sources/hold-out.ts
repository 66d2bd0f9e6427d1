// Which of several records are held out for validation: whole groups, by the hash of their names alone.
import path from "node:path";
import { hash32 } from "../../random.js";
import type { ImageSource, Item } from "./data-set.js";
import type { SourceSettings } from "./settings.js";

/** What is held out, and on which side of it a data set is. */
export type Part = NonNullable<SourceSettings<"folder">["split"]>;

/**
 * Of each record whether it is in the part: groups are held out in the order of their hashes until the wanted share of
 * groups is reached, one at least.
 */
export function areIn({ hold_out: share, part, seed }: Part, groups: readonly string[]): readonly boolean[] {
  const order = (group: string): number => hash32("hold out", seed, group);
  const sorted = [...new Set(groups)].sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  const heldOut = new Set(sorted.slice(0, Math.max(1, Math.round(share * sorted.length))));
  return groups.map((group) => heldOut.has(group) === (part === "validation"));
}

/** Those that are in the part: what shares its image stays together, broken records are in both. Paths start from `folder`. */
export function itemsIn(
  split: Part | undefined,
  items: readonly (Item | null)[],
  folder: string,
): readonly (Item | null)[] {
  if (split === undefined) return items;
  const groups = items.flatMap((item) =>
    item === null ? [] : [item.images.map((image) => nameOf(image, folder)).join("\0")],
  );
  const taken = areIn(split, groups)[Symbol.iterator]();
  return items.filter((item) => item === null || taken.next().value === true);
}

/** Wherever the folder lies, the same images are held out. */
function nameOf(image: ImageSource, folder: string): string {
  return image.kind === "file" ? path.relative(folder, image.path).replaceAll(path.sep, "/") : image.key;
}
