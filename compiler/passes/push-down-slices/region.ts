// The region of a value that is read: a box, and optionally the rows of the box selected by an index input.
import type { Value } from "../../ir/graph.js";
import { sizeOf, type Shape } from "../../ir/types.js";
import { gather } from "../../ops/indexing.js";
import { at } from "../../ops/op.js";
import { reshape, slice } from "../../ops/structure.js";

/** Elements start…end-1 of an axis. */
export interface Range {
  readonly start: number;
  readonly end: number;
}

/** `ids` [C] select rows of the box, whose first `lead` axes are folded into one. */
export interface Rows {
  readonly ids: Value;
  readonly lead: number;
}

/** `rows` is null if the whole box is read. */
export interface Region {
  readonly box: readonly Range[];
  readonly rows: Rows | null;
}

/** The whole range of an axis. */
export const all = (size: number): Range => ({ start: 0, end: size });

/** The region that is the whole value. */
export function whole(shape: Shape): Region {
  return { box: shape.map(all), rows: null };
}

/** Whether a region is all of a value of that shape, so that nothing can be saved. */
export function isWhole({ box, rows }: Region, shape: Shape): boolean {
  return rows === null && box.every((range, i) => covers(range, at(shape, i)));
}

/** Whether a range is all of an axis. */
export function covers({ start, end }: Range, size: number): boolean {
  return start === 0 && end === size;
}

/** Number of elements of a range. */
export function lengthOf({ start, end }: Range): number {
  return end - start;
}

/** Shape of the box. */
export function boxShape(box: readonly Range[]): Shape {
  return box.map(lengthOf);
}

/** Shape of a value that holds exactly the region: the selected rows come first, as one axis. */
export function regionShape({ box, rows }: Region): Shape {
  const shape = boxShape(box);
  return rows === null ? shape : [at(rows.ids.type.shape, 0), ...shape.slice(rows.lead)];
}

/** Number of elements of a region; rows that are selected twice count twice. */
export function volume(region: Region): number {
  return sizeOf(regionShape(region));
}

/** Whether `inner` can be cut out of `outer`; an `outer` of selected rows contains nothing but itself. */
export function contains(outer: Region, inner: Region): boolean {
  if (outer.rows !== null) return sameRegion(outer, inner);
  return outer.box.every((range, i) => range.start <= at(inner.box, i).start && range.end >= at(inner.box, i).end);
}

/** Indices are compared by identity of the value that holds them. */
export function sameRegion(a: Region, b: Region): boolean {
  const rows = a.rows?.ids === b.rows?.ids && a.rows?.lead === b.rows?.lead;
  return rows && a.box.every(({ start, end }, i) => start === at(b.box, i).start && end === at(b.box, i).end);
}

/** The smallest region that encloses both; a selection of rows is kept only if both are the same region. */
export function hull(a: Region, b: Region): Region {
  if (sameRegion(a, b)) return a;
  const box = a.box.map(({ start, end }, i) => ({
    start: Math.min(start, at(b.box, i).start),
    end: Math.max(end, at(b.box, i).end),
  }));
  return { box, rows: null };
}

/** Cuts `to` out of a value that holds `from`, which contains it. */
export function select(value: Value, from: Region, to: Region): Value {
  if (sameRegion(from, to)) return value;
  if (from.rows !== null) throw new Error("internal: rows were gathered where others are read");
  const boxed = to.box.reduce((x, { start, end }, axis) => {
    const offset = at(from.box, axis).start;
    return slice(x, axis, start - offset, end - offset);
  }, value);
  return to.rows === null ? boxed : gatherRows(boxed, to.rows);
}

/** Gathers rows of a value whose first `lead` axes are folded into one. */
export function gatherRows(x: Value, { ids, lead }: Rows): Value {
  const { shape } = x.type;
  return gather(reshape(x, [sizeOf(shape.slice(0, lead)), ...shape.slice(lead)]), ids);
}
