// The beginning and the end of a file, which are enough to recognise it without reading it.
import { readdirSync, statSync } from "node:fs";
import path from "node:path";
import { closest } from "../../../grammar/index.js";
import { expectRegular } from "../../formats/regular-file.js";
import { bytesAt } from "../../formats/sync-file.js";
import { systemCode, systemError } from "../../errors/system-error.js";

/** What a few bytes show of a file. */
export interface Glance {
  readonly file: string;
  /** Bytes of the whole file. */
  readonly size: number;
  /** The first and the last bytes, a character for each; they overlap in a small file. */
  readonly head: string;
  readonly tail: string;
}

const BYTES = 2 ** 16;

/** Looks at a file. Throws V910, also for what is no file: a pipe would be waited for, a device never ends. */
export function glanceAt(file: string): Glance {
  try {
    const stats = statSync(file);
    expectRegular(file, stats, "V910");
    const { size } = stats;
    return { file, size, head: textAt(file, 0), tail: textAt(file, Math.max(0, size - BYTES)) };
  } catch (error) {
    throw systemError("V910", file, error, systemCode(error) === "ENOENT" ? nearby(file) : undefined);
  }
}

/** A file that may have been meant. */
function nearby(file: string): string | undefined {
  try {
    const near = closest(path.basename(file), readdirSync(path.dirname(file)));
    return near === undefined ? undefined : `did you mean \`${near}\`, which exists?`;
  } catch {
    return undefined; // There is no folder to look in.
  }
}

function textAt(file: string, position: number): string {
  return bytesAt(file, position, BYTES).toString("latin1");
}
