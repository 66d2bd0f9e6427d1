// Text files, one text a line. A corpus may be larger than memory: what is kept is where each line begins, and a text is
// read when it is asked for.
import { isUtf8 } from "node:buffer";
import { createHash, type Hash } from "node:crypto";
import { closeSync, createReadStream, openSync, readSync } from "node:fs";
import path from "node:path";
import { vlmoError, type VlmoError } from "../vlmo-error.js";
import type { DataSet, Item } from "./data-set.js";
import { recordSet } from "./record-set.js";

export interface LinesOptions {
  readonly files: readonly string[];
  readonly on_error: "stop" | "skip";
}

/** The lines of a file that hold a text: offsets in bytes, and their numbers from 1. */
interface Lines {
  readonly file: string;
  readonly begins: number[];
  readonly ends: number[];
  readonly numbers: number[];
}

const NEWLINE = 10;
const CHUNK = 2 ** 20;

/** Opens text files as one data set, in their order; blank lines are no texts. Throws V910, V913 (not UTF-8), V919. */
export async function openLines({ files, on_error: onError }: LinesOptions): Promise<DataSet> {
  const problems: VlmoError[] = [];
  const hash = createHash("sha256");
  const parts: Lines[] = [];
  for (const file of files) {
    const lines: Lines = { file, begins: [], ends: [], numbers: [] };
    parts.push(lines);
    try {
      await scan(lines, problems, hash);
    } catch (error) {
      // Of several files that cannot be read all are told, whatever `on_error` says: it is about records.
      problems.unshift(vlmoError("V910", { file, reason: error instanceof Error ? error.message : String(error) }));
    }
  }
  const unread = problems.some(({ code }) => code === "V910");
  return recordSet({
    kind: "texts",
    file: files[0] ?? "",
    length: parts.reduce((sum, { begins }) => sum + begins.length, 0),
    item: (index) => itemAt(parts, index),
    problems,
    onError: unread ? "stop" : onError,
    digest: () => ({ records: hash.digest("hex") }),
    empty: "its files hold no text",
  });
}

async function scan(lines: Lines, problems: VlmoError[], hash: Hash): Promise<void> {
  let [held, offset, number]: [Buffer, number, number] = [Buffer.alloc(0), 0, 0];
  const take = (bytes: Buffer, begin: number): void => {
    number += 1;
    const place = { file: lines.file, line: number };
    if (!isUtf8(bytes)) {
      problems.push(vlmoError("V913", { field: "text", wanted: "UTF-8", got: "other bytes" }, place));
    } else if (bytes.toString("utf8").trim() !== "") {
      lines.begins.push(begin);
      lines.ends.push(begin + bytes.length);
      lines.numbers.push(number);
    }
  };
  for await (const chunk of createReadStream(lines.file, { highWaterMark: CHUNK })) {
    const bytes: Buffer = chunk;
    hash.update(bytes);
    held = held.length === 0 ? bytes : Buffer.concat([held, bytes]);
    let from = 0;
    for (let end = held.indexOf(NEWLINE); end >= 0; end = held.indexOf(NEWLINE, from)) {
      take(held.subarray(from, end), offset + from);
      from = end + 1;
    }
    offset += from;
    held = held.subarray(from);
  }
  if (held.length > 0) take(held, offset);
  hash.update("\0");
}

function itemAt(parts: readonly Lines[], index: number): Item | undefined {
  let rest = index;
  for (const { file, begins, ends, numbers } of parts) {
    const [begin, end] = [begins[rest], ends[rest]];
    if (begin !== undefined && end !== undefined) {
      const text = read(file, begin, end).trim(); // the mark at the beginning of a file is white space too
      return { name: `${path.basename(file)}:${numbers[rest] ?? 0}`, images: [], text };
    }
    rest -= begins.length;
  }
  return undefined;
}

function read(file: string, begin: number, end: number): string {
  const bytes = Buffer.alloc(end - begin);
  try {
    const opened = openSync(file, "r");
    try {
      readSync(opened, bytes, 0, bytes.length, begin);
    } finally {
      closeSync(opened);
    }
  } catch (error) {
    throw vlmoError("V910", { file, reason: error instanceof Error ? error.message : String(error) });
  }
  return bytes.toString("utf8");
}
