// The specifications of a folder that an editor has opened.
import { readdirSync, type Dirent } from "node:fs";
import { posix, sep } from "node:path";

/** An editor may have been opened on a whole disk. */
const mostEntries = 20_000;

/** Specifications in a folder and below, the nearest first; what cannot be read is passed over, and so is what is too much. */
export function specificationsIn(folder: string): string[] {
  const found: string[] = [];
  const folders = [folder.replaceAll(sep, "/")];
  let seen = 0;
  for (const each of folders) {
    for (const entry of entriesIn(each)) {
      seen += 1;
      if (isHidden(entry.name)) continue;
      if (entry.isDirectory()) folders.push(posix.join(each, entry.name));
      else if (entry.name.endsWith(".vlmo")) found.push(posix.join(each, entry.name));
    }
    if (seen > mostEntries) break;
  }
  return found;
}

function entriesIn(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true });
  } catch {
    return [];
  }
}

/** What packages and tools keep for themselves is not the user's. */
export function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") || part === "node_modules");
}
