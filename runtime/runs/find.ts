// Run folders in a folder.
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { systemError } from "../errors/system-error.js";
import { isFile, isFolder } from "../formats/regular-file.js";

/** Whether a folder is one that `vlmo train` has opened. */
async function isRunFolder(folder: string): Promise<boolean> {
  return isFile(join(folder, "metrics.jsonl"));
}

/** Folders of folders that are looked into. */
const DEEPEST = 4;

/** What a run holds, and what no run lies in. */
const passed = new Set(["node_modules", "checkpoints", "pictures"]);

/** The folder itself where it is a run, or those in it and below, by their names. Links are seen, but not gone into. Throws V920. */
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
