// The contents of a folder and its subfolders.
import type { Dirent } from "node:fs";
import { readdir } from "node:fs/promises";
import { join, relative, sep } from "node:path";

/** An entry below a folder: its relative path with slashes, and its type, with links not followed. */
export interface EntryBelow {
  readonly name: string;
  readonly entry: Dirent;
}

/** Everything below a folder, hidden or not, sorted by path. Rejects as `readdir` does. */
export async function entriesBelow(folder: string): Promise<EntryBelow[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .map((entry) => ({ name: relative(folder, join(entry.parentPath, entry.name)).split(sep).join("/"), entry }))
    .sort((a, b) => (a.name < b.name ? -1 : 1));
}
