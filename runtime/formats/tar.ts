// Lists the members of a tar archive and their positions by reading only headers, so that a member is a range of the archive.
// ustar, pax and GNU long names (POSIX.1-2017, pax; GNU tar manual, "Basic Tar Format"); nothing is ever extracted.
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { openSyncFile, type SyncFile } from "./sync-file.js";

/** A member of an archive. */
export interface TarMember {
  readonly name: string;
  /** Position of its bytes in the archive. */
  readonly offset: number;
  readonly size: number;
  /** Other kinds than files are worded to follow "it is". */
  readonly kind: "file" | "folder" | "a link" | "a sparse file" | "a pipe or a device";
}

/** An open archive. */
export interface TarReader {
  members(): Generator<TarMember, void, void>;
  /** Bytes of the archive. */
  bytes(offset: number, size: number): Buffer;
  close(): void;
}

const BLOCK = 512;
/** Bytes per read: the headers of small members are close together. */
const WINDOW = 2 ** 13;
/** No real name is longer. */
const LONGEST_HEADER = 2 ** 20;

/** Opens an archive. Throws V910; `members` throws it too where members are cut off or damaged. */
export function openTar(file: string): TarReader {
  return new Reader(file, openSyncFile(file));
}

class Reader implements TarReader {
  private window: Buffer = Buffer.alloc(0);
  private start = 0;

  constructor(
    private readonly file: string,
    private readonly opened: SyncFile,
  ) {}

  close(): void {
    this.opened.close();
  }

  bytes(offset: number, size: number): Buffer {
    const from = offset - this.start;
    if (from >= 0 && from + size <= this.window.length) return this.window.subarray(from, from + size);
    this.window = this.opened.at(offset, Math.max(size, Math.min(WINDOW, this.opened.size - offset)));
    this.start = offset;
    return this.window.subarray(0, size);
  }

  *members(): Generator<TarMember, void, void> {
    let long: Long = {};
    let last = "";
    for (let at = 0; ;) {
      if (at + BLOCK > this.opened.size)
        throw this.cutOff(last, at === this.opened.size ? "its end-of-archive mark is missing" : "a header");
      const header = this.bytes(at, BLOCK);
      if (isZero(header)) return this.expectEnd(at);
      if (!hasSum(header)) throw this.damaged(at);
      const type = header.toString("latin1", TYPE, TYPE + 1);
      const size = long.size ?? numberIn(header, SIZE);
      const offset = at + BLOCK;
      if (!Number.isSafeInteger(size) || size < 0) throw this.damaged(at);
      const name = long.path ?? nameIn(header);
      if (offset + size > this.opened.size) throw this.cutOff(last, `the member \`${name}\``);
      if (LONG.has(type)) {
        if (size > LONGEST_HEADER) throw this.damaged(at);
        long = { ...long, ...longIn(type, this.bytes(offset, size)) };
      } else {
        const kind = long.sparse === true ? "a sparse file" : kindOf(type, name);
        yield { name: name.replace(/^(\.?\/)+/, ""), offset, size, kind };
        last = name;
        long = {};
      }
      at = offset + Math.ceil(size / BLOCK) * BLOCK;
    }
  }

  /** Throws V910 for concatenated archives: readers ignore everything after the first end mark unless told otherwise. */
  private expectEnd(end: number): void {
    for (let at = end; at + BLOCK <= this.opened.size; at += BLOCK) {
      if (isZero(this.bytes(at, BLOCK))) continue;
      const reason = `more follows its end, from byte ${at.toLocaleString("en")} on`;
      const help = "archives are not joined by `cat`: name each as a shard of its own";
      throw vlmoError("V910", { file: this.file, reason }, { help });
    }
  }

  private cutOff(last: string, what: string): VlmoError {
    const is = what.endsWith("missing") ? what : `${what} continues past its end`;
    const after = last === "" ? "" : `; the last whole member is \`${last}\``;
    const help = "copy or download the archive again, or set `on_error: skip` to use what is before the cut";
    const reason = this.opened.size === 0 ? "it is empty" : `it is cut off: ${is}${after}`;
    return vlmoError("V910", { file: this.file, reason }, { help });
  }

  private damaged(at: number): VlmoError {
    const reason = `its header at byte ${at.toLocaleString("en")} is damaged, or it is no tar archive`;
    const help = "copy or download the archive again, or set `on_error: skip` to use what is before the damage";
    return vlmoError("V910", { file: this.file, reason }, { help });
  }
}

/** Header fields: start and length. */
const [NAME, SIZE, SUM, PREFIX] = [
  [0, 100],
  [124, 12],
  [148, 8],
  [345, 155],
] as const;
const TYPE = 156;
const MAGIC = 257;

type Field = readonly [start: number, length: number];

/** What extension headers say about the next member. */
interface Long {
  readonly path?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/** Types of extension headers: pax records for the next member and for all, GNU long names of a member and of its link. */
const LONG: ReadonlySet<string> = new Set(["x", "g", "L", "K"]);

function longIn(type: string, bytes: Buffer): Long {
  if (type === "L") return { path: textIn(bytes) };
  return type === "x" ? paxIn(bytes) : {};
}

/** pax records: `27 path=a/long/name.jpg\n`, where the length includes itself. */
function paxIn(bytes: Buffer): Long {
  const found = new Map<string, string>();
  for (let at = 0; at < bytes.length;) {
    const space = bytes.indexOf(" ", at);
    const length = Number.parseInt(bytes.toString("latin1", at, space), 10);
    if (space < 0 || !(length > space - at)) break;
    const record = bytes.toString("utf8", space + 1, at + length - 1);
    const equals = record.indexOf("=");
    found.set(record.slice(0, equals), record.slice(equals + 1));
    at += length;
  }
  const [path, size] = [found.get("path"), found.get("size")];
  const sparse = [...found.keys()].some((key) => key.startsWith("GNU.sparse"));
  return {
    ...(path !== undefined && { path }),
    ...(size !== undefined && { size: Number(size) }),
    ...(sparse && { sparse }),
  };
}

function kindOf(type: string, name: string): TarMember["kind"] {
  if (type === "5" || (name.endsWith("/") && isFile(type))) return "folder";
  if (isFile(type)) return "file";
  if (type === "S") return "a sparse file";
  return type === "1" || type === "2" ? "a link" : "a pipe or a device";
}

function isFile(type: string): boolean {
  return type === "0" || type === "\0" || type === "7";
}

function nameIn(header: Buffer): string {
  const name = textIn(fieldIn(header, NAME));
  // GNU headers use this field differently.
  const prefix = header.toString("latin1", MAGIC, MAGIC + 6) === "ustar\0" ? textIn(fieldIn(header, PREFIX)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function fieldIn(header: Buffer, [start, length]: Field): Buffer {
  return header.subarray(start, start + length);
}

/** The text up to the first zero byte. */
function textIn(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

/** Octal, or base 256 if the first bit is set (numbers too large for octal). NaN if it is neither. */
function numberIn(header: Buffer, field: Field): number {
  const bytes = fieldIn(header, field);
  const [first = 0, ...others] = bytes;
  if ((first & 0x80) !== 0) return others.reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
  const text = textIn(bytes).trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text === "" ? "0" : text, 8) : NaN;
}

/** The checksum: the sum of all bytes with its own field as blanks. Old programs summed signed bytes. */
function hasSum(header: Buffer): boolean {
  const [start, length] = SUM;
  const said = numberIn(header, SUM);
  let [plain, signed] = [0, 0];
  header.forEach((byte, i) => {
    const each = i >= start && i < start + length ? 0x20 : byte;
    plain += each;
    signed += each > 127 ? each - 256 : each;
  });
  return said === plain || said === signed;
}

function isZero(block: Buffer): boolean {
  return block.every((byte) => byte === 0);
}
