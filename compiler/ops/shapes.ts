// Shape rules that several operations share.
import { sameShape, sizeOf, typeText, type Shape, type TensorType } from "../ir/types.js";
import { at, ShapeError } from "./op.js";

/** Throws a ShapeError that begins with the op's name. */
export function fail(op: string, message: string): never {
  throw new ShapeError(`${op}: ${message}`);
}

/** The common shape of two operands under trailing-axis broadcasting. */
export function broadcastShapes(op: string, a: Shape, b: Shape): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  return Array.from({ length: rank }, (_, i) => {
    const x = a[i - rank + a.length] ?? 1;
    const y = b[i - rank + b.length] ?? 1;
    if (x !== y && x !== 1 && y !== 1) fail(op, `[${a.join(",")}] and [${b.join(",")}] do not broadcast`);
    return x === 1 ? y : x;
  });
}

/** Throws ShapeError if element types differ. */
export function sameTypes(op: string, a: TensorType, b: TensorType): void {
  if (a.dtype !== b.dtype) fail(op, `operands differ in type: ${typeText(a)} and ${typeText(b)}`);
}

/** Throws ShapeError for anything but float32. */
export function expectFloat(op: string, type: TensorType): void {
  if (type.dtype !== "float32") fail(op, `wants float32, got ${typeText(type)}`);
}

/** Throws ShapeError if operands of a product are not floats, or not all of one type. */
export function expectFactors(op: string, ...types: readonly TensorType[]): void {
  const [head = fail(op, "wants operands"), ...others] = types;
  if (head.dtype === "int32" || head.dtype === "uint8") fail(op, `wants floats, got ${typeText(head)}`);
  others.forEach((type) => sameTypes(op, head, type));
}

/** Throws ShapeError for anything but int32. */
export function expectInteger(op: string, type: TensorType): void {
  if (type.dtype !== "int32") fail(op, `wants int32, got ${typeText(type)}`);
}

/** Throws ShapeError for an axis out of range; negative axes are not allowed. */
export function checkAxis(op: string, shape: Shape, axis: number): void {
  if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length)
    fail(op, `axis ${axis} is not one of [${shape.join(",")}]`);
}

/** The shape after reducing `axes` (ascending), which are kept with length 1 if `keep`. */
export function reducedShape(op: string, shape: Shape, axes: readonly number[], keep: boolean): Shape {
  axes.forEach((axis, i) => {
    checkAxis(op, shape, axis);
    if (i > 0 && axis <= at(axes, i - 1)) fail(op, `axes [${axes.join(",")}] must ascend`);
  });
  return keep ? shape.map((size, i) => (axes.includes(i) ? 1 : size)) : shape.filter((_, i) => !axes.includes(i));
}

/** Throws ShapeError if the number of elements would change. */
export function checkReshape(op: string, from: Shape, to: Shape): void {
  if (sizeOf(from) !== sizeOf(to))
    fail(op, `[${from.join(",")}] has ${sizeOf(from)} elements, [${to.join(",")}] ${sizeOf(to)}`);
}

/** Throws ShapeError if `from` cannot be broadcast to `to`. */
export function checkBroadcastTo(op: string, from: Shape, to: Shape): void {
  if (from.length > to.length || !sameShape(broadcastShapes(op, from, to), to)) {
    fail(op, `[${from.join(",")}] does not stretch to [${to.join(",")}]`);
  }
}
