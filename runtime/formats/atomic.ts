// Writing a file so that its path holds either what it held before or the whole new file, at any moment and after any
// crash: written beside it, flushed to the device, then renamed. Not for folders (see checkpoint/folder.ts).
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expectRegular } from "./regular-file.js";
import { systemError } from "../errors/system-error.js";

/** Writes `path` through `write`. Throws V923 when that fails; the unfinished file is then gone. */
export async function writeAtomically(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  const unfinished = join(folder, `.${basename(path)}.${unfinishedMark()}`);
  try {
    const before = await stat(path).catch(() => null);
    // A file instead of /dev/null would be one for all programs of the machine.
    if (before !== null) expectRegular(path, before, "V923");
    const handle = await open(unfinished, "wx");
    try {
      await write(handle);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(unfinished, path);
    await syncFolder(folder);
  } catch (error) {
    // What went wrong first is what is reported.
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw systemError("V923", path, error);
  }
}

/** Writes a text file whole. Throws V923. */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  await writeAtomically(path, (handle) => handle.writeFile(text));
}

/** The ending of an unfinished file or folder: names the process, so that leftovers of dead ones are recognised. */
export function unfinishedMark(): string {
  return `tmp-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Flushes a folder's entries, so that a rename in it survives a power cut. */
export async function syncFolder(folder: string): Promise<void> {
  // Windows has no such call; its file systems journal renames.
  if (process.platform === "win32") return;
  const handle = await open(folder, "r");
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}
