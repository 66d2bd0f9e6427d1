// What lies in a tar archive and where: its headers alone are read, so that a member is afterwards a stretch of the file.
// ustar, pax and GNU's long names (POSIX.1-2017, pax; GNU tar manual, "Basic Tar Format"); nothing is ever extracted.
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { openSyncFile, type SyncFile } from "./sync-file.js";

/** A member of an archive. */
export interface TarMember {
  readonly name: string;
  /** Of its bytes in the archive. */
  readonly offset: number;
  readonly size: number;
  /** What is no file reads on after "it is". */
  readonly kind: "file" | "folder" | "a link" | "a sparse file" | "a pipe or a device";
}

/** An archive under reading. */
export interface TarReader {
  members(): Generator<TarMember, void, void>;
  /** Bytes of it, of a member say. */
  bytes(offset: number, size: number): Buffer;
  close(): void;
}

const BLOCK = 512;
/** Read at once: the headers of small members lie close together. */
const WINDOW = 2 ** 13;
/** Longer names are nobody's. */
const LONGEST_HEADER = 2 ** 20;

/** Opens an archive. Throws V910, and goes on to throw it where members are cut off or damaged. */
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

  /** Archives that were joined continue after their end: a reader that is not asked for it ignores the rest. */
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

/** Fields of a header: where they begin, and how long they are. */
const [NAME, SIZE, SUM, PREFIX] = [
  [0, 100],
  [124, 12],
  [148, 8],
  [345, 155],
] as const;
const TYPE = 156;
const MAGIC = 257;

type Field = readonly [start: number, length: number];

/** What headers before a header say of the next member. */
interface Long {
  readonly path?: string;
  readonly size?: number;
  readonly sparse?: boolean;
}

/** Types that are no members: pax's records for the next one and for all, GNU's long names of it and of its link. */
const LONG: ReadonlySet<string> = new Set(["x", "g", "L", "K"]);

function longIn(type: string, bytes: Buffer): Long {
  if (type === "L") return { path: textIn(bytes) };
  return type === "x" ? paxIn(bytes) : {};
}

/** Records of pax: `27 path=a/long/name.jpg\n`, the length with itself. */
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
  // GNU's headers have other things there.
  const prefix = header.toString("latin1", MAGIC, MAGIC + 6) === "ustar\0" ? textIn(fieldIn(header, PREFIX)) : "";
  return prefix === "" ? name : `${prefix}/${name}`;
}

function fieldIn(header: Buffer, [start, length]: Field): Buffer {
  return header.subarray(start, start + length);
}

/** Up to the first zero byte. */
function textIn(bytes: Buffer): string {
  const end = bytes.indexOf(0);
  return bytes.toString("utf8", 0, end < 0 ? bytes.length : end);
}

/** In octal, or where that is too short in 256s behind a first bit. NaN where it is neither. */
function numberIn(header: Buffer, field: Field): number {
  const bytes = fieldIn(header, field);
  const [first = 0, ...others] = bytes;
  if ((first & 0x80) !== 0) return others.reduce((sum, byte) => sum * 256 + byte, first & 0x7f);
  const text = textIn(bytes).trim();
  return /^[0-7]*$/.test(text) ? Number.parseInt(text === "" ? "0" : text, 8) : NaN;
}

/** The sum of all bytes, its own field taken for blanks; old programs summed them with their signs. */
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
