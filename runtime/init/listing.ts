// The files in a folder and its subfolders: images by folder, and other files. Names only; nothing is opened.
import path from "node:path";
import { ENDINGS } from "../data/images/image-formats.js";
import { systemError } from "../errors/system-error.js";
import { entriesBelow } from "../formats/entries-below.js";

/** The files of a folder; paths are relative to it, with `/` between their parts. */
export interface Listing {
  readonly folder: string;
  /** Names of images by folder, `""` for the root, sorted by name. */
  readonly images: ReadonlyMap<string, readonly string[]>;
  readonly files: readonly string[];
}

/** Lists a folder; hidden files are skipped and links not followed. Throws V910. */
export async function listingOf(folder: string): Promise<Listing> {
  const entries = await entriesBelow(folder).catch((error: unknown) => {
    throw systemError("V910", folder, error, "name the folder that holds your images, texts or annotations");
  });
  const paths = entries
    .filter(({ entry }) => entry.isFile())
    .map(({ name }) => name)
    .filter((name) => !name.split("/").some((part) => part.startsWith(".")));
  const images = new Map<string, string[]>();
  for (const file of paths.filter((name) => ENDINGS.test(name))) {
    const parent = folderOf(file);
    const known = images.get(parent) ?? [];
    known.push(path.posix.basename(file));
    images.set(parent, known);
  }
  return { folder, images, files: paths.filter((name) => !ENDINGS.test(name)) };
}

/** The folder of a relative path; `""` for the root. */
export function folderOf(file: string): string {
  const parent = path.posix.dirname(file);
  return parent === "." ? "" : parent;
}

/** Finds the images of records: maps a name in a record to the folder it is relative to. */
export type Finder = (name: string, near: string) => string | null;

/**
 * Finds images by the ends of their paths, in any Unicode normal form; among several folders the one nearest to `near` is
 * taken.
 */
export function finderIn({ images }: Listing): Finder {
  const byName = new Map<string, string[]>();
  for (const [folder, names] of images) {
    for (const name of names) {
      const known = byName.get(name.normalize()) ?? [];
      known.push(folder);
      byName.set(name.normalize(), known);
    }
  }
  return (name, near) => {
    const parts = path.posix.normalize(name.normalize().replaceAll("\\", "/")).split("/");
    const below = parts.slice(0, -1).join("/");
    const folders = (byName.get(parts.at(-1) ?? "") ?? []).flatMap((folder) => {
      const spelt = folder.normalize();
      if (below === "") return [folder];
      if (spelt === below) return [""];
      return spelt.endsWith(`/${below}`) ? [folder.split("/").slice(0, -below.split("/").length).join("/")] : [];
    });
    const [nearest] = folders.sort((a, b) => shared(b, near) - shared(a, near) || a.length - b.length);
    return nearest ?? null;
  };
}

/** The number of equal leading parts of two paths. */
function shared(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  const differs = left.findIndex((part, i) => part !== right[i]);
  return differs < 0 ? left.length : differs;
}
