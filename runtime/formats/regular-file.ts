// Opens files that users name: only regular files. Reading a pipe would block, and a device such as /dev/zero never ends.
import { constants, type Stats } from "node:fs";
import { open, stat, type FileHandle } from "node:fs/promises";
import { vlmoError } from "../errors/vlmo-error.js";
import { systemError } from "../errors/system-error.js";

type Code = Parameters<typeof systemError>[0];

/** Opening a pipe must not block until somebody writes to it. Windows has no such pipes among its files. */
const flags = constants.O_RDONLY | (constants.O_NONBLOCK ?? 0);

/** Opens a regular file for reading. Throws the error of `code`. */
export async function openRegular(path: string, code: Code): Promise<FileHandle> {
  try {
    const handle = await open(path, flags);
    try {
      expectRegular(path, await handle.stat(), code);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  } catch (error) {
    throw systemError(code, path, error);
  }
}

/** All bytes of a regular file. Throws the error of `code`. */
export async function readRegular(path: string, code: Code): Promise<Buffer> {
  const handle = await openRegular(path, code);
  try {
    return await handle.readFile();
  } catch (error) {
    throw systemError(code, path, error);
  } finally {
    await handle.close();
  }
}

/** Throws the error of `code` if a path is not a regular file. */
export function expectRegular(path: string, stats: Stats, code: Code): void {
  if (stats.isFile()) return;
  const reason = stats.isDirectory() ? "it is a folder" : "it is a pipe or a device, not a file on a disk";
  throw vlmoError(code, { file: path, reason });
}

/** Whether a folder exists; false if the path cannot be accessed. */
export async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}

/** Whether a file, or a link to one, exists at `path`. */
export async function isFile(path: string): Promise<boolean> {
  return stat(path).then(
    (status) => status.isFile(),
    () => false,
  );
}
