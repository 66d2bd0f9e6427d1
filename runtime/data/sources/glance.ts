// The beginning and the end of a file, which suffice to recognise it without reading it.
import { statSync } from "node:fs";
import { expectRegular } from "../../formats/regular-file.js";
import { bytesAt } from "../../formats/sync-file.js";
import { systemError } from "../../errors/system-error.js";

/** What a file looks like at its ends. */
export interface Glance {
  readonly file: string;
  /** Size of the file in bytes. */
  readonly size: number;
  /** The first and the last bytes, a character per byte; they overlap in a small file. */
  readonly head: string;
  readonly tail: string;
}

const BYTES = 2 ** 16;

/** Reads both ends of a file. Throws V910, also for pipes and devices, whose reading might never end. */
export function glanceAt(file: string): Glance {
  try {
    const stats = statSync(file);
    expectRegular(file, stats, "V910");
    const { size } = stats;
    return { file, size, head: textAt(file, 0), tail: textAt(file, Math.max(0, size - BYTES)) };
  } catch (error) {
    throw systemError("V910", file, error);
  }
}

function textAt(file: string, position: number): string {
  return bytesAt(file, position, BYTES).toString("latin1");
}
