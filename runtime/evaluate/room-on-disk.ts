// Room for more vectors than one wants in memory: a file in the system's folder for temporary ones. It has lost its name
// before anything is written, so that nothing is left of it however the process ends.
import { closeSync, openSync, readSync, unlinkSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { unfinishedMark } from "../formats/atomic.js";
import { bytesOf } from "../formats/bytes.js";
import { systemReason } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { roomInMemory, type Room } from "./room.js";

/** Bytes of vectors that stay in memory: all of a small data set. */
const LARGE = 16 * 2 ** 20;

/** Room in memory for few vectors, on the disk for many. Throws V923 where the file cannot be made. */
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

/** What the system says of the file, with the place where it would lie instead. */
function told<T>(code: "V920" | "V923", file: string, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    const help = "let TMPDIR name a folder that has room: vectors lie there while they are compared";
    throw vlmoError(code, { file, reason: systemReason(cause) }, { cause, help });
  }
}
