// The specifications that a command line means: files as they are, folders with everything in them.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";

/** Every `.vlmo` file of `paths`, each once, folders in the order of their names. A path that is not there stays. */
export function specFiles(paths: readonly string[]): string[] {
  return [...new Set(paths.flatMap((path) => (isFolder(path) ? filesIn(path) : path)))];
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function filesIn(folder: string): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const sorted = entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  return sorted.flatMap((entry) => {
    if (entry.name.startsWith(".") || entry.name === "node_modules") return [];
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesIn(path);
    return entry.isFile() && entry.name.endsWith(".vlmo") ? [path] : [];
  });
}
