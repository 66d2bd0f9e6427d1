// Finds run folders.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemError } from "../errors/system-error.js";
import { isFile, isFolder } from "../formats/regular-file.js";

/** Whether `vlmo train` has opened a folder. */
async function isRunFolder(folder: string): Promise<boolean> {
  return isFile(join(folder, "metrics.jsonl"));
}

/** The depth of the search. */
const DEEPEST = 4;

/** Folders that are not searched: parts of a run, and packages. */
const passed = new Set(["node_modules", "checkpoints", "pictures"]);

/**
 * The folder itself if it is a run, otherwise the runs in it and its subfolders, by name. Symbolic links are listed, but not
 * searched. Throws V920.
 */
export async function findRuns(folder: string): Promise<string[]> {
  if (await isRunFolder(folder)) return [folder];
  await readdir(folder).catch((error: unknown) => {
    throw systemError("V920", folder, error);
  });
  return below(folder, DEEPEST);
}

async function below(folder: string, deep: number): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  const found: string[] = [];
  for (const entry of entries.toSorted((a, b) => (a.name < b.name ? -1 : 1))) {
    const path = join(folder, entry.name);
    if (entry.name.startsWith(".") || passed.has(entry.name) || !(await isFolder(path))) continue;
    if (await isRunFolder(path)) found.push(path);
    else if (entry.isDirectory() && deep > 1) found.push(...(await below(path, deep - 1)));
  }
  return found;
}
