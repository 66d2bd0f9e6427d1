// Writes a file atomically: at any moment and after any crash its path holds either the old content or the whole new one. The
// new file is written beside it, flushed to the device, then renamed. For folders see checkpoint/replace.ts.
import { open, rename, rm, stat, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { expectRegular } from "./regular-file.js";
import { systemError } from "../errors/system-error.js";

/** Writes `path` through `write`. Throws V923 on failure, and removes the unfinished file. */
export async function writeAtomically(path: string, write: (handle: FileHandle) => Promise<void>): Promise<void> {
  const folder = dirname(path);
  const unfinished = join(folder, `.${basename(path)}.${unfinishedMark()}`);
  try {
    const before = await stat(path).catch(() => null);
    // Renaming over /dev/null would replace it for all programs of the machine.
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
    // The first error is the one to report.
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw systemError("V923", path, error);
  }
}

/** Writes a text file atomically. Throws V923. */
export async function writeTextAtomically(path: string, text: string): Promise<void> {
  await writeAtomically(path, (handle) => handle.writeFile(text));
}

/** The suffix of an unfinished file or folder: holds the process id, so that leftovers of dead processes are recognised. */
export function unfinishedMark(): string {
  return `tmp-${process.pid}-${crypto.randomUUID().slice(0, 8)}`;
}

/** Flushes a folder's entries, so that a rename in it survives a power failure. */
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
