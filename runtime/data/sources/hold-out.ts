// Decides which records are held out for validation: whole groups, by the hash of their names alone.
import path from "node:path";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { hash32 } from "../../random.js";
import type { ImageSource, Item } from "./data-set.js";
import type { SourceSettings } from "./settings.js";

/** The split: what is held out, and whether a data set is the held-out part or the rest. */
export type Part = NonNullable<SourceSettings<"folder">["split"]>;

/**
 * For each record whether it is in the part. Groups are held out in the order of their hashes until the wanted share of groups
 * is reached, at least one and never all. Throws V919 for the train part of a single group.
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

/** Connected components: records with a name in common are in one group, also transitively. Returns its first name for each. */
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

/**
 * The items of the part: those that share an image stay together, broken records are in both. Paths are relative to `folder`.
 */
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

/** Relative to the folder, so that its location does not change what is held out. */
function nameOf(image: ImageSource, folder: string): string {
  return image.kind === "file" ? namedFrom(folder, image.path) : image.key;
}

/** The same name for an image however its path is written. */
export function namedFrom(folder: string, file: string): string {
  return path.relative(folder, path.resolve(folder, file)).replaceAll(path.sep, "/").normalize("NFC");
}
