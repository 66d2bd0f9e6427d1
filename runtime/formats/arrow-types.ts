// The supported types of Arrow's columns, and the number of buffers of each (Schema.fbs of Apache Arrow).
import type { FlatTable } from "./flatbuffers.js";

/** The next node and the next buffer of a batch, in the order of its columns. */
export interface Cursor {
  node: number;
  buffer: number;
}

/** A column in the schema. */
export interface Field {
  readonly name: string;
  readonly type: number;
  /** For numbers: bits, or the precision of floats; and whether they are signed. */
  readonly width: number;
  readonly isSigned: boolean;
  readonly isDictionary: boolean;
  readonly children: readonly Field[];
}

const [INT, FLOAT] = [2, 3];
const LARGE: ReadonlySet<number> = new Set([19, 20, 21]);

/** Whether a type has 64-bit offsets. */
export function isLarge(type: number): boolean {
  return LARGE.has(type);
}

/** How the values of a column are read. */
export type Kind = "null" | "number" | "truth" | "text" | "bytes" | "list" | "structure";

/** Supported types, by their numbers in the schema. */
const kinds: ReadonlyMap<number, Kind> = new Map([
  [1, "null"],
  [INT, "number"],
  [FLOAT, "number"],
  [4, "bytes"],
  [5, "text"],
  [6, "truth"],
  [12, "list"],
  [13, "structure"],
  [19, "bytes"],
  [20, "text"],
  [21, "list"],
]);

/** How a column is read; undefined if its type is not supported. */
export function arrowKind({ isDictionary, type }: Field): Kind | undefined {
  return isDictionary ? undefined : kinds.get(type);
}

/** For a list without a declared element type. */
export const noField: Field = { name: "", type: 0, width: 0, isSigned: false, isDictionary: false, children: [] };

/** A column of the schema. */
export function fieldOf(field: FlatTable): Field {
  const [type, details] = [field.uint8(2), field.table(3)];
  return {
    name: field.text(0),
    type,
    width: (type === FLOAT ? details?.int16(0) : details?.int32(0)) ?? 0,
    isSigned: details?.uint8(1) === 1,
    isDictionary: field.table(4) !== undefined,
    children: field.tables(5).map(fieldOf),
  };
}

/** The number of a column's own buffers, unless it has the usual two (validity and values). */
const bufferCounts: ReadonlyMap<number, number> = new Map([
  [1, 0],
  [4, 3],
  [5, 3],
  [13, 1],
  [14, 2],
  [16, 1],
  [19, 3],
  [20, 3],
  [22, 0],
]);

/** Advances past a column of a batch. */
export function skip(field: Field, cursor: Cursor): void {
  cursor.node += 1;
  cursor.buffer += field.isDictionary ? 2 : (bufferCounts.get(field.type) ?? 2);
  if (!field.isDictionary) field.children.forEach((child) => skip(child, cursor));
}

/** The bytes of a number, and how it is read. */
export interface NumberType {
  readonly width: number;
  readonly read: (view: DataView, at: number) => number;
}

/** The number type of a column. */
export function numberOf({ type, width, isSigned }: Field): NumberType {
  if (type === FLOAT) {
    return width === 2
      ? { width: 8, read: (view, at) => view.getFloat64(at, true) }
      : { width: 4, read: (view, at) => view.getFloat32(at, true) };
  }
  const bytes = width / 8;
  if (bytes === 8) {
    return {
      width: 8,
      read: (view, at) => Number(isSigned ? view.getBigInt64(at, true) : view.getBigUint64(at, true)),
    };
  }
  if (bytes === 4)
    return { width: 4, read: (view, at) => (isSigned ? view.getInt32(at, true) : view.getUint32(at, true)) };
  if (bytes === 2)
    return { width: 2, read: (view, at) => (isSigned ? view.getInt16(at, true) : view.getUint16(at, true)) };
  return { width: 1, read: (view, at) => (isSigned ? view.getInt8(at) : view.getUint8(at)) };
}
