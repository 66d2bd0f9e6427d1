// Reads ranges of files synchronously: for readers that walk through a file, and for images inside a file.
import { closeSync, fstatSync, openSync, readSync } from "node:fs";
import { systemError } from "../errors/system-error.js";
import { expectRegular } from "./regular-file.js";

/** An open file. */
export interface SyncFile {
  readonly size: number;
  /** Up to `most` bytes from a position on; fewer if the file ends before. Throws V910. */
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

/** A range of a file, which is opened for this call only; fewer bytes if the file ends before. */
export function bytesAt(file: string, position: number, most: number): Buffer {
  const descriptor = openSync(file, "r");
  try {
    return readFrom(descriptor, position, most);
  } finally {
    closeSync(descriptor);
  }
}

/** One call may return fewer bytes than there are. */
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
