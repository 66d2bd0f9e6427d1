// Files that are read by stretches, at once: where a reader walks through one, or an image is a part of one.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { systemError } from "../errors/system-error.js";
import { expectRegular } from "./regular-file.js";

/** A file under reading. */
export interface SyncFile {
  readonly size: number;
  /** Up to so many bytes from a place on; fewer where the file ends before. Throws V910. */
  at(position: number, most: number): Buffer;
  close(): void;
}

/** Opens a file on a disk. Throws V910. */
export function openSyncFile(file: string): SyncFile {
  try {
    const descriptor = openSync(file, "r");
    try {
      const stats = fstatSync(descriptor);
      expectRegular(file, stats, "V910");
      return {
        size: stats.size,
        at: (position, most) => sound(file, () => readFrom(descriptor, position, most)),
        close: () => closeSync(descriptor),
      };
    } catch (error) {
      closeSync(descriptor);
      throw error;
    }
  } catch (error) {
    throw systemError("V910", file, error);
  }
}

/** A stretch of a file that is opened for it alone; fewer bytes where the file ends before. */
export function bytesAt(file: string, position: number, most: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    return readFrom(descriptor, position, most);
  } finally {
    closeSync(descriptor);
  }
}

/** One call may give less than there is. */
function readFrom(descriptor: number, position: number, most: number): Buffer {
  const bytes = Buffer.alloc(most);
  let read = 0;
  for (let more = -1; more !== 0 && read < most; read += more) {
    more = readSync(descriptor, bytes, read, most - read, position + read);
  }
  return bytes.subarray(0, read);
}

function sound<T>(file: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    throw systemError("V910", file, error);
  }
}
