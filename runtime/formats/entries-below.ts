// What lies in a folder and in those below it.
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** Something below a folder: its path from there, with slashes, and what it is, links not followed. */
export interface EntryBelow {
  readonly name: string;
  readonly entry: Dirent;
}

/** Everything below a folder, hidden or not, in the order of its paths. Rejects as `readdir` does. */
export async function entriesBelow(folder: string): Promise<EntryBelow[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => ({ name: relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"), entry }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
