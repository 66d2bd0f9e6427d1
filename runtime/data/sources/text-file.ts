// Text files of every format: UTF-8 only, lines that end in LF or CRLF, a byte order mark skipped. Lines that cannot be read
// are reported with their number; no byte is replaced.
import { isUtf8 } from "node:buffer";
import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { systemError } from "../../errors/system-error.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";
import { repairedUtf8, notUtf8 } from "./encoding.js";
import { glanceAt } from "./glance.js";
import { expectText } from "./recognise.js";

/** A line without its end. */
export interface Line {
  readonly text: string;
  /** From 1. */
  readonly number: number;
  /** Byte offsets in the file. */
  readonly begin: number;
  readonly end: number;
}

/** Receives lines. */
export interface LineReader {
  line(line: Line): void;
  /** Called for a line that cannot be read: V981. */
  broken(mistake: VlmoError): void;
  /** Is updated with what is read: lines, independent of how they end. */
  readonly hash?: Hash;
}

/** No intended record is longer; most often the file has no line feeds. */
export const LONGEST_LINE = 16 * 2 ** 20;

/** The longest text in memory, near the limit of strings. */
const LONGEST_WHOLE = 500 * 2 ** 20;

const NEWLINE = 10;
const RETURN = 13;
/** The byte order mark in UTF-8. */
const MARK = Buffer.from("\uFEFF");
const CHUNK = 2 ** 20;

/** Reads a file of any size line by line. Throws V910, V982. */
export async function readLines(file: string, reader: LineReader): Promise<void> {
  expectText(glanceAt(file));
  const splitter = new Splitter(file, reader);
  try {
    for await (const chunk of createReadStream(file, { highWaterMark: CHUNK })) {
      const bytes: Buffer = chunk;
      splitter.take(bytes);
    }
  } catch (error) {
    throw systemError("V910", file, error);
  }
  splitter.finish();
}

/** The content of a text file. */
export interface WholeText {
  readonly text: string;
  readonly bytes: Buffer;
  /** Some bytes are not UTF-8; `lost` replaces them in the text. */
  readonly isDamaged: boolean;
}

/** Reads a whole file. Throws V910, V982. */
export async function readWhole(file: string): Promise<WholeText> {
  const glance = glanceAt(file);
  expectText(glance);
  if (glance.size > LONGEST_WHOLE) {
    const reason = `it has ${Math.ceil(glance.size / 2 ** 20).toLocaleString("en")} MiB, and is read whole up to 500`;
    throw vlmoError("V910", { file, reason }, { help: "write its records as JSON lines, which may be of any size" });
  }
  try {
    const bytes = await readFile(file);
    return { text: withoutMark(bytes.toString("utf8")), bytes, isDamaged: !isUtf8(bytes) };
  } catch (error) {
    throw systemError("V910", file, error);
  }
}

/** All lines of a file, each of which must be readable; a last one without a line feed counts unless it is empty. */
export async function linesOf(file: string): Promise<string[]> {
  const lines: string[] = [];
  await readLines(file, {
    line: ({ text }) => lines.push(text),
    broken: (mistake) => {
      throw mistake;
    },
  });
  return lines;
}

/** Splits the bytes of a file into lines. */
class Splitter {
  /** The unfinished line: its parts, their bytes, and the bytes that were dropped because it is too long. */
  private parts: Buffer[] = [];
  private held = 0;
  private dropped = 0;
  /** Bytes and lines before the unfinished line. */
  private offset = 0;
  private lines = 0;

  constructor(
    private readonly file: string,
    private readonly reader: LineReader,
  ) {}

  take(bytes: Buffer): void {
    const begun = this.held + this.dropped > 0;
    const first = begun ? bytes.indexOf(NEWLINE) + 1 : 0;
    if (first > 0) this.finish(bytes.subarray(0, first));
    const last = begun && first === 0 ? 0 : bytes.lastIndexOf(NEWLINE) + 1;
    if (last > first) this.cut(bytes.subarray(first, last));
    this.hold(bytes.subarray(Math.max(first, last)));
  }

  /** Ends the unfinished line. */
  finish(bytes: Buffer = Buffer.alloc(0)): void {
    const length = this.dropped + this.held + bytes.length;
    if (length > LONGEST_LINE) {
      this.lines += 1;
      this.offset += length;
      this.fail(
        `it is longer than ${LONGEST_LINE / 2 ** 20} MiB`,
        "does the file have line feeds? each record has a line",
      );
    } else if (length > 0) this.cut(Buffer.concat([...this.parts, bytes]));
    [this.parts, this.held, this.dropped] = [[], 0, 0];
  }

  private hold(bytes: Buffer): void {
    if (bytes.length === 0) return;
    this.parts.push(bytes);
    this.held += bytes.length;
    if (this.dropped + this.held <= LONGEST_LINE) return;
    this.dropped += this.held;
    [this.parts, this.held] = [[], 0];
  }

  /** Splits complete lines. */
  private cut(bytes: Buffer): void {
    const sound = isUtf8(bytes) && !bytes.includes(0);
    let from = this.offset === 0 && bytes.subarray(0, MARK.length).equals(MARK) ? MARK.length : 0;
    while (from < bytes.length) {
      const found = bytes.indexOf(NEWLINE, from);
      const end = found < 0 ? bytes.length : found;
      this.line(bytes.subarray(from, bytes[end - 1] === RETURN && end > from ? end - 1 : end), from, sound);
      from = end + 1;
    }
    this.offset += bytes.length;
  }

  private line(bytes: Buffer, from: number, sound: boolean): void {
    this.lines += 1;
    this.reader.hash?.update(bytes).update("\n");
    const reason = sound ? undefined : unreadable(bytes);
    const begin = this.offset + from;
    if (reason === undefined) {
      this.reader.line({ text: bytes.toString("utf8"), number: this.lines, begin, end: begin + bytes.length });
    } else this.fail(reason, isUtf8(bytes) ? undefined : repairedUtf8(this.file));
  }

  private fail(reason: string, help: string | undefined): void {
    this.reader.broken(vlmoError("V981", { reason }, { file: this.file, line: this.lines, help }));
  }
}

/** Why bytes are not text; undefined if they are. */
function unreadable(bytes: Buffer): string | undefined {
  if (!isUtf8(bytes)) return notUtf8(bytes);
  return bytes.includes(0) ? "it holds zero bytes, as binary files do" : undefined;
}

function withoutMark(text: string): string {
  return text.startsWith("\uFEFF") ? text.slice(1) : text;
}
