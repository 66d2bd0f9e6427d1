// Creates folders with their parents. Node's recursive mkdir reports wrong reasons, and never ends where nothing can be created
// (`/proc`).
import { mkdir, readdir, stat } from "node:fs/promises";
import { dirname } from "node:path";
import { vlmoError } from "../errors/vlmo-error.js";
import { systemCode, systemError } from "../errors/system-error.js";

/** Creates a folder if there is none. Throws V923. */
export async function makeFolder(path: string): Promise<void> {
  const above = dirname(path);
  if (above === path || (await made(path))) return;
  await makeFolder(above);
  if (await made(path)) return;
  throw vlmoError("V923", { file: path, reason: `nothing can be made in \`${above}\`` });
}

/** Throws V977 if the folder is not empty, V923 if the path is not a folder. */
export async function expectEmpty(folder: string): Promise<void> {
  let found: string[];
  try {
    found = await readdir(folder);
  } catch (error) {
    if (systemCode(error) === "ENOENT") return;
    throw systemError("V923", folder, error);
  }
  if (found.length > 0) throw vlmoError("V977", { folder, found: found[0] ?? "" });
}

const noTarget = "it is a link to something that does not exist";
const noFolder = "it is a pipe or a device";

/** Whether the folder now exists; false if its parent is missing. */
async function made(path: string): Promise<boolean> {
  try {
    await mkdir(path);
    return true;
  } catch (error) {
    const code = systemCode(error);
    if (code === "ENOENT") return false;
    const found = await stat(path).catch(() => null);
    if (found?.isDirectory() === true) return true;
    if (code !== "EEXIST") throw systemError("V923", path, error);
    throw vlmoError("V923", {
      file: path,
      reason: found === null ? noTarget : found.isFile() ? "it is a file" : noFolder,
    });
  }
}
