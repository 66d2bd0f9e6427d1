// Several table files as one table of records, and the interpretation of their values.
import { mistakesIn } from "../../errors/vlmo-error.js";
import type { Reading, Row, Table } from "./rows.js";

/** The records of some files in order. A mistake in a file is added to the problems. */
export function tableOf(
  files: readonly string[],
  shuffle: number,
  readFile: (file: string, reading: Reading, rows: Row[]) => Promise<void>,
): Table {
  return {
    file: files[0] ?? "",
    shuffle,
    read: async (reading) => {
      const rows: Row[] = [];
      for (const file of files) {
        try {
          await readFile(file, reading, rows);
        } catch (error) {
          reading.problems.push(...mistakesIn(error));
        }
      }
      return { rows };
    },
    empty: "its tables hold no records",
  };
}

/** The bytes of an image, or its path if it has none, in the format of Hugging Face's `datasets`. */
export function imageOrPath(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(imageOrPath);
  if (!isImage(value)) return value;
  return value.bytes ?? value.path;
}

function isImage(value: unknown): value is { readonly bytes: unknown; readonly path: unknown } {
  return typeof value === "object" && value !== null && "bytes" in value && "path" in value;
}
