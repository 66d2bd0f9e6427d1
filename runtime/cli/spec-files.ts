// Specification files for commands that rewrite them: all files below a folder, and atomic replacement.
import { realpath, stat } from "node:fs/promises";
import { posix, sep } from "node:path";
import { writeAtomically } from "../formats/atomic.js";
import { entriesBelow } from "../formats/entries-below.js";
import { isFolder } from "../formats/regular-file.js";
import { isHidden } from "../specs/workspace.js";
import { vlmoError } from "../errors/vlmo-error.js";

/**
 * The files that arguments denote, each once: a folder stands for every `.vlmo` file in it and its subfolders, in the order of
 * their names. Throws V961 for a folder without any.
 */
export async function specFiles(paths: readonly string[]): Promise<string[]> {
  const found = await Promise.all(paths.map(async (path) => ((await isFolder(path)) ? filesIn(path) : [path])));
  return [...new Set(found.flat())];
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await entriesBelow(folder);
  const files = entries
    .filter(({ name, entry }) => name.endsWith(".vlmo") && !entry.isDirectory() && !isHidden(name))
    .map(({ name }) => posix.join(folder.replaceAll(sep, "/"), name));
  if (files.length === 0) {
    const holes = { missing: `\`.vlmo\` file in \`${folder}\``, known: "folders in it are searched too" };
    throw vlmoError("V961", holes, { help: "name a specification, or a folder that holds some" });
  }
  return files;
}

/** Replaces the text of a file; symbolic links and permissions are kept. Throws V923 where that fails. */
export async function replaceText(path: string, text: string): Promise<void> {
  const place = await realpath(path);
  const { mode } = await stat(place);
  await writeAtomically(place, async (handle) => {
    await handle.chmod(mode & 0o777);
    await handle.writeFile(text, "utf8");
  });
}
