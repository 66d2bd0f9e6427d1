// Simplifications of operations that move, repeat or slice elements without changing them.
import type { Value } from "../../ir/graph.js";
import { sameShape, sizeOf } from "../../ir/types.js";
import { at } from "../../ops/op.js";
import { mul } from "../../ops/elementwise.js";
import {
  broadcastTo,
  concat,
  constant,
  fill,
  pad,
  reshape,
  slice,
  sum,
  transpose,
  uniform,
} from "../../ops/structure.js";
import { match } from "../match.js";
import type { Simplification, RuleTable } from "./rule.js";

const input = (value: Value, i = 0): Value => at(value.node.inputs, i);

/** A constant in another shape with the same elements in the same order; null if `x` is not constant. */
function reshapedConstant(x: Value, shape: readonly number[]): Value | null {
  const known = match(x.node, "constant");
  return known === null ? null : constant(shape, known.attributes.data);
}

const reshapeAgain: Simplification = ({ output }) => {
  const x = input(output);
  const { shape } = output.type;
  if (sameShape(x.type.shape, shape)) return x;
  if (x.node.op === "reshape") return reshape(input(x), shape);
  return reshapedConstant(x, shape);
};

/** A constant of one element stays one element when broadcast. */
const broadcastOfConstant: Simplification = ({ output }) => {
  const x = input(output);
  if (sameShape(x.type.shape, output.type.shape)) return x;
  if (x.node.op === "broadcastTo") return broadcastTo(input(x), output.type.shape);
  const known = match(x.node, "constant");
  return known?.attributes.data.length === 1 ? constant(output.type.shape, known.attributes.data) : null;
};

const transposeAgain: Simplification = ({ node, output }) => {
  const move = match(node, "transpose");
  if (move === null) return null;
  const { permutation } = move.attributes;
  const x = at(move.inputs, 0);
  const inner = match(x.node, "transpose");
  if (inner !== null) {
    return transpose(
      at(inner.inputs, 0),
      permutation.map((axis) => at(inner.attributes.permutation, axis)),
    );
  }
  const long = permutation.filter((axis) => x.type.shape[axis] !== 1);
  // Only axes of length 1 move.
  return long.every((axis, i) => i === 0 || axis > at(long, i - 1)) ? reshape(x, output.type.shape) : null;
};

const sumAgain: Simplification = ({ node, output }) => {
  const reduction = match(node, "sum");
  if (reduction === null) return null;
  const { axes, keep } = reduction.attributes;
  const x = at(reduction.inputs, 0);
  if (axes.every((axis) => x.type.shape[axis] === 1)) return reshape(x, output.type.shape);
  const stretched = match(x.node, "broadcastTo");
  if (stretched !== null) return sumOfBroadcast(at(stretched.inputs, 0), x, axes, output);
  const inner = match(x.node, "sum");
  if (inner === null || inner.attributes.keep !== keep) return null;
  const from = at(inner.inputs, 0).type.shape;
  const left = from.map((_, i) => i).filter((i) => keep || !inner.attributes.axes.includes(i));
  const both = [...inner.attributes.axes, ...axes.map((axis) => at(left, axis))];
  return sum(
    at(inner.inputs, 0),
    [...new Set(both)].sort((a, b) => a - b),
    keep,
  );
};

/** A sum over nothing but repeated elements is a product with their number. */
function sumOfBroadcast(from: Value, x: Value, axes: readonly number[], output: Value): Value | null {
  const lead = x.type.shape.length - from.type.shape.length;
  const own = from.type.shape.map((size, i) => (axes.includes(i + lead) ? 1 : size));
  if (!sameShape(own, from.type.shape)) return null;
  const repeats = sizeOf(axes.map((axis) => at(x.type.shape, axis)));
  const once = sizeOf(output.type.shape) === sizeOf(from.type.shape);
  return once ? reshape(mul(from, fill(repeats)), output.type.shape) : null;
}

const sliceOf: Simplification = ({ node, output }) => {
  const cut = match(node, "slice");
  if (cut === null) return null;
  const { axis, start, end } = cut.attributes;
  const x = at(cut.inputs, 0);
  if (start === 0 && end === x.type.shape[axis]) return x;
  const inner = match(x.node, "slice");
  if (inner?.attributes.axis === axis) {
    const offset = inner.attributes.start;
    return slice(at(inner.inputs, 0), axis, offset + start, offset + end);
  }
  const known = match(x.node, "constant");
  if (known?.attributes.data.length === 1) return constant(output.type.shape, known.attributes.data);
  return sliceOfConcat(x, axis, start, end) ?? sliceOfPad(x, axis, start, end);
};

function sliceOfConcat(x: Value, axis: number, start: number, end: number): Value | null {
  const join = match(x.node, "concat");
  if (join?.attributes.axis !== axis) return null;
  let offset = 0;
  const pieces = join.inputs.flatMap((part) => {
    const size = at(part.type.shape, axis);
    const [from, to] = [Math.max(start - offset, 0), Math.min(end - offset, size)];
    offset += size;
    return from < to ? [slice(part, axis, from, to)] : [];
  });
  // If all of the parts remain, slicing them separately would only make another concatenation.
  return pieces.length === 1 || pieces.length < join.inputs.length ? concat(pieces, axis) : null;
}

function sliceOfPad(x: Value, axis: number, start: number, end: number): Value | null {
  const padded = match(x.node, "pad");
  if (padded?.attributes.axis !== axis) return null;
  const inside = at(padded.inputs, 0);
  const { before } = padded.attributes;
  const size = at(inside.type.shape, axis);
  if (start >= before && end <= before + size) return slice(inside, axis, start - before, end - before);
  const outside = end <= before || start >= before + size;
  return outside
    ? fill(
        0,
        x.type.shape.map((length, i) => (i === axis ? end - start : length)),
      )
    : null;
}

const padOf: Simplification = ({ node, output }) => {
  const outer = match(node, "pad");
  if (outer === null) return null;
  const { axis, before, after } = outer.attributes;
  const x = at(outer.inputs, 0);
  if (before === 0 && after === 0) return x;
  if (uniform(x) === 0) return fill(0, output.type.shape);
  const inner = match(x.node, "pad");
  if (inner?.attributes.axis !== axis) return null;
  return pad(at(inner.inputs, 0), axis, before + inner.attributes.before, after + inner.attributes.after);
};

const concatOf: Simplification = ({ node, output }) => {
  const join = match(node, "concat");
  if (join === null) return null;
  const { axis } = join.attributes;
  if (join.inputs.length === 1) return at(join.inputs, 0);
  if (join.inputs.every((part) => uniform(part) === 0)) return fill(0, output.type.shape);
  const parts = join.inputs.flatMap((part) => {
    const inner = match(part.node, "concat");
    return inner?.attributes.axis === axis ? inner.inputs : [part];
  });
  const merged = parts.reduce<Value[]>((done, part) => {
    const neighbour = done[done.length - 1];
    const both = neighbour === undefined ? null : neighbours(neighbour, part, axis);
    return both === null ? [...done, part] : [...done.slice(0, -1), both];
  }, []);
  return merged.length < join.inputs.length || parts.length > join.inputs.length ? concat(merged, axis) : null;
};

/** Two adjacent slices of one value as one slice. */
function neighbours(a: Value, b: Value, axis: number): Value | null {
  const [left, right] = [match(a.node, "slice"), match(b.node, "slice")];
  if (left?.attributes.axis !== axis || right?.attributes.axis !== axis) return null;
  if (left.inputs[0] !== right.inputs[0] || left.attributes.end !== right.attributes.start) return null;
  return slice(at(left.inputs, 0), axis, left.attributes.start, right.attributes.end);
}

/** A part of a concatenation along a merged axis: what was transposed, how, and between which shapes. */
interface TransposedPart {
  readonly from: Value;
  readonly permutation: readonly number[];
  readonly turned: readonly number[];
}

/** Transposes whose last axes are merged and concatenated, as one transpose of the concatenation: fewer and longer copies. */
const concatOfTransposes: Simplification = ({ node, output }) => {
  const join = match(node, "concat");
  if (join === null || join.attributes.axis !== output.type.shape.length - 1) return null;
  const { axis } = join.attributes;
  const parts = join.inputs.flatMap((part) => mergedTranspose(part, axis) ?? []);
  const [first] = parts;
  if (first === undefined || parts.length < 2 || parts.length < join.inputs.length) return null;
  if (!parts.every((part) => sameTurn(first, part, axis))) return null;
  const joined = concat(
    parts.map(({ from }) => from),
    at(first.permutation, axis),
  );
  return reshape(transpose(joined, first.permutation), output.type.shape);
};

/** Matches `reshape(transpose(x))` that merges all axes from `axis` on, `axis` being the last of the result. */
function mergedTranspose(value: Value, axis: number): TransposedPart | null {
  const merged = match(value.node, "reshape");
  const turn = merged === null ? null : match(at(merged.inputs, 0).node, "transpose");
  if (merged === null || turn === null) return null;
  const turned = at(merged.inputs, 0).type.shape;
  const keeps = turned.length > axis + 1 && sameShape(turned.slice(0, axis), value.type.shape.slice(0, axis));
  return keeps ? { from: at(turn.inputs, 0), permutation: turn.attributes.permutation, turned } : null;
}

/** Whether two parts are transposed alike: the concatenation runs along the outermost merged axis, the others must agree. */
function sameTurn(a: TransposedPart, b: TransposedPart, axis: number): boolean {
  return a.permutation.join() === b.permutation.join() && sameShape(a.turned.slice(axis + 1), b.turned.slice(axis + 1));
}

/** By op, in the order in which they are tried. */
export const layoutRules = {
  reshape: [reshapeAgain],
  broadcastTo: [broadcastOfConstant],
  transpose: [transposeAgain],
  sum: [sumAgain],
  slice: [sliceOf],
  pad: [padOf],
  concat: [concatOf, concatOfTransposes],
} satisfies RuleTable;
