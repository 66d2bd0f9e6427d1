// Tables of Apache Arrow, as files and as streams (arrow.apache.org, "Arrow Columnar Format", version 1). Columns of texts,
// numbers and lists are read; for columns of bytes only the position of each value, so that images stay on the disk.
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import {
  arrowKind,
  fieldOf,
  isLarge,
  noField,
  numberOf,
  skip,
  type Cursor,
  type Field,
  type Kind,
} from "./arrow-types.js";
import { FlatTable } from "./flatbuffers.js";
import { openSyncFile, type SyncFile } from "./sync-file.js";

/** A range of bytes in a file. */
export interface Stretch {
  readonly offset: number;
  readonly size: number;
}

/** A column of a record batch: its value by row. */
export type Column = (row: number) => unknown;

/** A record batch. */
export interface ArrowBatch {
  readonly length: number;
  /** Values of a column by row: texts, numbers, lists, `bytesAt(…)` for bytes, objects for structs, null. */
  column(name: string): Column;
}

/** An open table. */
export interface ArrowTable {
  readonly columns: readonly string[];
  /** The record batches in order. Throws V910, V959. */
  batches(bytesAt: (stretch: Stretch) => unknown): Generator<ArrowBatch, void, void>;
  close(): void;
}

/** Opens a table. Throws V910. */
export function openArrow(file: string): ArrowTable {
  const opened = openSyncFile(file);
  try {
    return new Reader(file, opened);
  } catch (error) {
    opened.close();
    throw error;
  }
}

const FILE = "ARROW1";
/** The marker before a message. */
const CONTINUED = 0xffff_ffff;
/** Message types. */
const [SCHEMA, DICTIONARY, RECORDS] = [1, 2, 3];
/** No real message is larger. */
const LONGEST_MESSAGE = 2 ** 28;

/** A message, and the position of its body. */
interface Message {
  readonly kind: number;
  readonly header: FlatTable;
  readonly body: number;
  readonly end: number;
}

class Reader implements ArrowTable {
  readonly columns: readonly string[];
  private readonly fields: readonly Field[];
  /** Position of the first message. */
  private readonly start: number;

  constructor(
    private readonly file: string,
    private readonly opened: SyncFile,
  ) {
    const { size } = opened;
    const isFile = this.bytes(0, Math.min(8, size)).toString("latin1").startsWith(FILE);
    if (isFile && this.bytes(size - FILE.length, FILE.length).toString("latin1") !== FILE) {
      throw this.broken("it is cut off: its end is missing");
    }
    this.start = isFile ? 8 : 0;
    const schema = this.message(this.start);
    if (schema?.kind !== SCHEMA) throw this.broken("it does not begin with the names of its columns");
    this.fields = this.sound(() => schema.header.tables(1).map(fieldOf));
    this.columns = this.fields.map(({ name }) => name);
  }

  close(): void {
    this.opened.close();
  }

  *batches(bytesAt: (stretch: Stretch) => unknown): Generator<ArrowBatch, void, void> {
    for (let at = this.start; ;) {
      const message = this.message(at);
      if (message === undefined) return;
      at = message.end;
      if (message.kind === RECORDS) yield this.batch(message, bytesAt);
      else if (message.kind !== SCHEMA && message.kind !== DICTIONARY)
        throw this.broken("it holds something else than records");
    }
  }

  private batch({ header, body, end }: Message, bytesAt: (stretch: Stretch) => unknown): ArrowBatch {
    const { isCompressed, ...parts } = this.sound(() => ({
      isCompressed: header.table(3) !== undefined,
      length: header.int64(0),
      nodes: header.structs(1, 16).map(([length = 0]) => length),
      buffers: header.structs(2, 16).map(([offset = 0, size = 0]) => ({ offset: body + offset, size })),
    }));
    if (isCompressed) {
      const help =
        'write it without compression, as `pyarrow.feather.write_feather(table, FILE, compression="uncompressed")` does';
      throw vlmoError(
        "V959",
        { file: this.file, reason: "its columns are compressed, and are read from where they lie" },
        { help },
      );
    }
    if (parts.buffers.some(({ offset, size }) => offset < body || size < 0 || offset + size > end))
      throw this.broken("it is damaged");
    return {
      length: parts.length,
      column: (name) => {
        const cursor = { node: 0, buffer: 0 };
        for (const field of this.fields) {
          if (field.name === name) return this.soundColumn(field, { ...parts, cursor, bytesAt }, parts.length);
          skip(field, cursor);
        }
        throw new Error(`internal: no column ${name}`);
      },
    };
  }

  /** A column, checked to have as many rows as its batch. */
  private soundColumn(field: Field, batch: Batch, length: number): Column {
    if (batch.nodes[batch.cursor.node] !== length || length < 0 || length > 8 * this.opened.size)
      throw this.broken("it is damaged");
    const column = this.column(field, batch);
    return (row) => this.sound(() => column(row));
  }

  private column(field: Field, batch: Batch): Column {
    const { cursor, nodes } = batch;
    const length = nodes[cursor.node++] ?? 0;
    const next = (): Stretch => batch.buffers[cursor.buffer++] ?? { offset: 0, size: 0 };
    const kind = arrowKind(field);
    if (kind === undefined) {
      const help = "write the column as texts, numbers, bytes, or lists of them";
      throw vlmoError(
        "V959",
        { file: this.file, reason: `its column \`${field.name}\` is of a type that is not read` },
        { help },
      );
    }
    if (kind === "null") return () => null;
    const valid = this.validity(next());
    const values = this.values(kind, field, { length, next, batch });
    return (row) => (valid(row) ? values(row) : null);
  }

  private values(kind: Kind, field: Field, { length, next, batch }: Values): Column {
    switch (kind) {
      case "null":
        return () => null;
      case "text":
      case "bytes": {
        const offsets = this.offsets(next(), field, length);
        const data = next();
        const stretch = (row: number): Stretch => this.part(data, offsets(row), offsets(row + 1));
        if (kind === "bytes") return (row) => batch.bytesAt(stretch(row));
        const all = this.whole(data);
        return (row) => {
          const { offset, size } = stretch(row);
          return all.toString("utf8", offset - data.offset, offset - data.offset + size);
        };
      }
      case "list": {
        const offsets = this.offsets(next(), field, length);
        const [child = noField] = field.children;
        const all = batch.nodes[batch.cursor.node] ?? 0;
        const entries = this.column(child, batch);
        return (row) => {
          const { offset, size } = this.part({ offset: 0, size: all }, offsets(row), offsets(row + 1));
          return Array.from({ length: size }, (_, i) => entries(offset + i));
        };
      }
      case "structure": {
        const columns = field.children.map((child) => [child.name, this.column(child, batch)] as const);
        return (row) => Object.fromEntries(columns.map(([name, column]) => [name, column(row)]));
      }
      case "truth": {
        const bits = this.whole(next());
        return (row) => bitAt(bits, row);
      }
      case "number": {
        const bytes = this.whole(next());
        const { width, read } = numberOf(field);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
        return (row) => (width * (row + 1) <= bytes.length ? read(view, width * row) : null);
      }
    }
  }

  /** The validity bitmap; without one no value is null. */
  private validity(stretch: Stretch): (row: number) => boolean {
    if (stretch.size === 0) return () => true;
    const bits = this.whole(stretch);
    return (row) => bitAt(bits, row);
  }

  private offsets(stretch: Stretch, { type }: Field, length: number): (row: number) => number {
    const bytes = this.whole(stretch);
    const width = isLarge(type) ? 8 : 4;
    if (length > 0 && bytes.length < width * (length + 1)) throw this.broken("it is damaged");
    return (row) => (width === 8 ? Number(bytes.readBigInt64LE(8 * row)) : bytes.readInt32LE(4 * row));
  }

  private part({ offset, size }: Stretch, from: number, to: number): Stretch {
    if (from < 0 || to < from || to > size) throw this.broken("it is damaged");
    return { offset: offset + from, size: to - from };
  }

  private whole({ offset, size }: Stretch): Buffer {
    return this.bytes(offset, size);
  }

  /** The message at a position; undefined at the end of the table. */
  private message(at: number): Message | undefined {
    if (at + 4 > this.opened.size) {
      // A stream may end without an end marker.
      if (at === this.opened.size) return undefined;
      throw this.broken("it is cut off");
    }
    const head = this.bytes(at, Math.min(8, this.opened.size - at));
    const isContinued = head.readUInt32LE(0) === CONTINUED;
    if (isContinued && head.length < 8) throw this.broken("it is cut off");
    // Before version 0.15 there was no marker before the length.
    const [length, start] = isContinued ? [head.readInt32LE(4), at + 8] : [head.readInt32LE(0), at + 4];
    if (length === 0) return undefined;
    if (length < 0 || length > LONGEST_MESSAGE) throw this.broken("it is damaged");
    if (start + length > this.opened.size) throw this.broken("it is cut off");
    const bytes = this.bytes(start, length);
    return this.sound(() => {
      const message = FlatTable.root(bytes);
      const [body, header] = [message.int64(3), message.table(2)];
      const end = start + length + body;
      if (header === undefined || body < 0) throw this.broken("it is damaged");
      if (end > this.opened.size) throw this.broken("it is cut off: records continue past its end");
      return { kind: message.uint8(1), header, body: start + length, end };
    });
  }

  /** Offsets outside a message mean damage: V910. */
  private sound<T>(read: () => T): T {
    try {
      return read();
    } catch (error) {
      if (error instanceof RangeError) throw this.broken("it is damaged");
      throw error;
    }
  }

  private bytes(offset: number, size: number): Buffer {
    const bytes = this.opened.at(offset, size);
    if (bytes.length < size) throw this.broken("it is cut off");
    return bytes;
  }

  private broken(reason: string): VlmoError {
    return vlmoError("V910", { file: this.file, reason }, { help: "copy or download the table again" });
  }
}

interface Batch {
  readonly nodes: readonly number[];
  readonly buffers: readonly Stretch[];
  readonly cursor: Cursor;
  readonly bytesAt: (stretch: Stretch) => unknown;
}

interface Values {
  readonly length: number;
  readonly next: () => Stretch;
  readonly batch: Batch;
}

function bitAt(bits: Buffer, row: number): boolean {
  return (((bits[row >> 3] ?? 0) >> (row & 7)) & 1) === 1;
}
