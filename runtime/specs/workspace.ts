// The specifications of a folder that an editor has opened.
import { readdirSync, type Dirent } from "node:fs";
import { posix, sep } from "node:path";

/** A limit, since an editor may be opened on a whole disk. */
const mostEntries = 20_000;

/**
 * Specifications in a folder and its subfolders, the nearest first; unreadable folders and entries beyond the limit are
 * skipped.
 */
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

/** Files of packages and tools are not the user's. */
export function isHidden(path: string): boolean {
  return path.split("/").some((part) => part.startsWith(".") || part === "node_modules");
}
