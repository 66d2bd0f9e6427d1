// How one operation computes only a region of its result: what it then reads of each input, and how it is rebuilt.
import type { Node, Value } from "../../ir/graph.js";
import type { Shape } from "../../ir/types.js";
import { applyOp } from "../../ops/apply.js";
import { isOpName } from "../../ops/index.js";
import { at } from "../../ops/op.js";
import { broadcastTo, reshape } from "../../ops/structure.js";
import { all, boxShape, gatherRows, whole, type Range, type Region } from "./region.js";

/** How a node is rebuilt for the regions of it that are read. */
export interface SlicePlan {
  /** The computed region: the one asked for, or a larger one if the operation cannot be restricted to it. */
  readonly region: Region;
  /** The region that is read of each input; null for an input that is not read at all. */
  readonly needs: readonly (Region | null)[];
  /** Applies the operation to the restricted inputs; inputs that are not read are left out of the list. */
  readonly make: (inputs: readonly Value[]) => Value;
}

/** Null if the operation cannot be restricted to this region: the caller then asks for its box, then for the whole value. */
export type Planner = (node: Node, region: Region) => SlicePlan | null;

/** The same operation with the same attributes. */
export function reapply(node: Node, inputs: readonly Value[]): Value {
  if (!isOpName(node.op)) throw new Error(`internal: ${node.op} cannot be applied`);
  return at(applyOp(node.op, inputs, node.attributes), 0);
}

/** Shape of input `i` of a node. */
export function shapeAt(node: Node, i: number): Shape {
  return at(node.inputs, i).type.shape;
}

/** The box with one axis replaced. */
export function withAxis(box: readonly Range[], axis: number, range: Range): readonly Range[] {
  return box.map((old, i) => (i === axis ? range : old));
}

/** The region widened to the whole of an axis that the operation mixes; null if its rows are gathered over that axis. */
export function widened({ box, rows }: Region, axis: number, size: number): Region | null {
  if (rows !== null && axis < rows.lead) return null;
  return { box: withAxis(box, axis, all(size)), rows };
}

/** What a region of the result reads of an operand that is broadcast to `to`. */
export interface Operand {
  readonly need: Region;
  /** Reshapes what was read so that it broadcasts against the region. */
  readonly fit: (x: Value) => Value;
}

/** What a region of a broadcast result [`to`] reads of an operand [`from`], and how to make that broadcast. */
export function operand(region: Region, from: Shape, to: Shape): Operand {
  const offset = to.length - from.length;
  const box = from.map((size, i) => (size === 1 ? all(1) : at(region.box, i + offset)));
  const asIs = { need: { box, rows: null }, fit: (x: Value) => x };
  if (region.rows === null) return asIs;
  const lead = region.rows.lead - offset;
  if (lead <= 0) return asIs;
  const rows = { ids: region.rows.ids, lead: region.rows.lead };
  const target = boxShape(region.box).slice(0, rows.lead);
  const own = boxShape(box).slice(0, lead);
  if (lead === rows.lead && own.every((size, i) => size === target[i])) return { need: { box, rows }, fit: (x) => x };
  if (own.every((size) => size === 1)) {
    return { need: { box, rows: null }, fit: (x) => reshape(x, [1, ...x.type.shape.slice(lead)]) };
  }
  // Broadcast over some of the axes that the rows span: expanded along them, which is small where this occurs.
  const fit = (x: Value): Value => gatherRows(broadcastTo(x, [...target, ...x.type.shape.slice(lead)]), rows);
  return { need: { box, rows: null }, fit };
}

/** The operation on whole inputs, unchanged. */
export function untouched(node: Node): SlicePlan {
  return {
    region: whole(at(node.outputs, 0).type.shape),
    needs: node.inputs.map((value) => whole(value.type.shape)),
    make: (inputs) => reapply(node, inputs),
  };
}
