// Storage for vectors too large for memory: a file in the system's temporary folder. It is unlinked before anything is written,
// so that nothing remains however the process ends.
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unfinishedMark } from "../formats/atomic.js";
import { bytesOf } from "../formats/bytes.js";
import { systemReason } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { roomInMemory, type Room } from "./room.js";

/** Vectors up to this many bytes stay in memory: enough for a small data set. */
const LARGE = 16 * 2 ** 20;

/** Storage in memory for few vectors, on disk for many. Throws V923 where the file cannot be created. */
export function roomFor(count: number, width: number, large = LARGE): Room {
  return 4 * count * width <= large ? roomInMemory(count, width) : roomOnDisk(width);
}

function roomOnDisk(width: number): Room {
  const path = join(tmpdir(), `vlmo-vectors.${unfinishedMark()}`);
  const file = told("V923", path, () => openSync(path, "wx+", 0o600));
  told("V923", path, () => unlinkSync(path));
  let end = 0;
  return {
    add: (rows) =>
      told("V923", path, () => {
        const bytes = bytesOf(rows);
        for (let done = 0; done < bytes.length;) {
          const written = writeSync(file, bytes, done, bytes.length - done, end);
          done += written;
          end += written;
        }
      }),
    read: (from, count) =>
      told("V920", path, () => {
        const rows = new Float32Array(count * width);
        const bytes = bytesOf(rows);
        for (let done = 0; done < bytes.length;) {
          const read = readSync(file, bytes, done, bytes.length - done, 4 * from * width + done);
          if (read === 0) throw new Error("internal: a row that was never added");
          done += read;
        }
        return rows;
      }),
    close: () => closeSync(file),
  };
}

/** Rethrows the system's error as `code`, with TMPDIR as the remedy. */
function told<T>(code: "V920" | "V923", file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const help = "let TMPDIR name a folder that has room: vectors lie there while they are compared";
    throw vlmoError(code, { file, reason: systemReason(cause) }, { cause, help });
  }
}
