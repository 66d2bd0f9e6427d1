// Which of several records are held out for validation: whole groups, by the hash of their names alone.
import path from "node:path";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { hash32 } from "../../random.js";
import type { ImageSource, Item } from "./data-set.js";
import type { SourceSettings } from "./settings.js";

/** What is held out, and on which side of it a data set is. */
export type Part = NonNullable<SourceSettings<"folder">["split"]>;

/**
 * Of each record whether it is in the part: groups are held out in the order of their hashes until the wanted share of
 * groups is reached, one at least, and never all. Throws V919 for the train part of a single group.
 */
export function areIn(
  { hold_out: share, part, seed }: Part,
  groups: readonly string[],
  file: string,
): readonly boolean[] {
  const order = (group: string): number => hash32("hold out", seed, group);
  const sorted = [...new Set(groups)].sort((a, b) => order(a) - order(b) || (a < b ? -1 : 1));
  if (sorted.length === 1 && part === "train") throw undivided(file);
  const heldOut = new Set(sorted.slice(0, Math.max(1, Math.min(sorted.length - 1, Math.round(share * sorted.length)))));
  return groups.map((group) => heldOut.has(group) === (part === "validation"));
}

function undivided(file: string): VlmoError {
  const reason = "`split` divides what can be apart, and all of it belongs together (one image, one text, one group)";
  const help = "use more data, or leave `split` out of the data block and name other data to validate on";
  return vlmoError("V919", { data: path.basename(file), reason }, { file, help });
}

/** What has one name in common is one group, also by way of others: the first of all their names for each. */
export function groupsOf(named: readonly (readonly string[])[]): string[] {
  const parents = new Map<string, string>();
  const rootOf = (name: string): string => {
    let root = name;
    for (let above = parents.get(root); above !== undefined; above = parents.get(root)) root = above;
    if (root !== name) parents.set(name, root);
    return root;
  };
  for (const [first = "", ...others] of named) {
    for (const other of others) {
      const [low = "", high = ""] = [rootOf(first), rootOf(other)].sort();
      if (low !== high) parents.set(high, low);
    }
  }
  return named.map(([first = ""]) => rootOf(first));
}

/** Those that are in the part: what shares its image stays together, broken records are in both. Paths start from `folder`. */
export function itemsIn(
  split: Part | undefined,
  items: readonly (Item | null)[],
  folder: string,
  file: string,
): readonly (Item | null)[] {
  if (split === undefined) return items;
  const named = items.flatMap((item) => (item === null ? [] : [item.images.map((image) => nameOf(image, folder))]));
  const taken = areIn(split, groupsOf(named), file)[Symbol.iterator]();
  return items.filter((item) => item === null || taken.next().value === true);
}

/** Wherever the folder lies, the same images are held out. */
function nameOf(image: ImageSource, folder: string): string {
  return image.kind === "file" ? namedFrom(folder, image.path) : image.key;
}

/** One image has one name, whichever way it is written. */
export function namedFrom(folder: string, file: string): string {
  return path.relative(folder, path.resolve(folder, file)).replaceAll(path.sep, "/").normalize("NFC");
}
