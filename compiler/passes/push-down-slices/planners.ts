// Operations that can compute a region of their result, and the inputs that this takes. All others are computed whole.
import type { Node, Value } from "../../ir/graph.js";
import { sizeOf, type Shape } from "../../ir/types.js";
import type { OpName } from "../../ops/index.js";
import { gather } from "../../ops/indexing.js";
import { at } from "../../ops/op.js";
import { broadcastTo, concat, reshape, sum, transpose } from "../../ops/structure.js";
import { match } from "../match.js";
import { operand, reapply, shapeAt, widened, withAxis, type SlicePlan, type Planner } from "./slice-plan.js";
import { all, boxShape, isWhole, lengthOf, regionShape, whole, type Range, type Region } from "./region.js";
import { boxThroughReshape } from "./reshapes.js";

/** Element i of the result depends on elements i of the operands. */
const elementwise: Planner = (node, region) => {
  const shape = outputShape(node);
  const operands = node.inputs.map((value) => operand(region, value.type.shape, shape));
  return {
    region,
    needs: operands.map(({ need }) => need),
    make: (inputs) =>
      reapply(
        node,
        inputs.map((value, i) => at(operands, i).fit(value)),
      ),
  };
};

/** Rows are independent; the last axis is mixed. The other inputs run along the last axis. */
const rowwise: Planner = (node, asked) => {
  const shape = outputShape(node);
  const region = widened(asked, shape.length - 1, at(shape, shape.length - 1));
  if (region === null) return null;
  const [x, ...rest] = node.inputs;
  if (x === undefined) return null;
  return {
    region,
    needs: [region, ...rest.map((value) => whole(value.type.shape))],
    make: (inputs) => reapply(node, inputs),
  };
};

const linear: Planner = (node, region) => {
  const axis = region.box.length - 1;
  if (region.rows !== null && region.rows.lead > axis) return null;
  const columns = at(region.box, axis);
  const [x, weight] = [shapeAt(node, 0), shapeAt(node, 1)];
  return {
    region,
    needs: [
      { box: withAxis(region.box, axis, all(at(x, axis))), rows: region.rows },
      { box: [columns, all(at(weight, 1))], rows: null },
      { box: [columns], rows: null },
    ],
    make: (inputs) => reapply(node, inputs),
  };
};

const matmul: Planner = (node, region) => {
  const product = match(node, "matmul");
  const { box, rows } = region;
  if (product === null) return null;
  const { transA, transB } = product.attributes;
  const [a, b] = [shapeAt(node, 0), shapeAt(node, 1)];
  const rank = box.length;
  const [left, right] = [at(box, rank - 2), at(box, rank - 1)];
  const side = (shape: Shape, own: Range, last: boolean): Region => {
    const inner = all(at(shape, shape.length - (last ? 2 : 1)));
    const lead = shape.slice(0, -2).map((size, i) => (size === 1 ? all(1) : at(box, i + rank - shape.length)));
    return { box: [...lead, ...(last ? [inner, own] : [own, inner])], rows: null };
  };
  const needs = [side(a, left, transA), side(b, right, !transB)];
  if (rows === null) return { region, needs, make: (inputs) => reapply(node, inputs) };
  // Rows of a product with one matrix depend on rows of its left factor.
  if (transA || b.length !== 2 || rows.lead !== rank - 1 || a.length !== rank) return null;
  return {
    region,
    needs: [{ box: withAxis(box, rank - 1, all(at(a, rank - 1))), rows }, at(needs, 1)],
    make: (inputs) => reapply(node, inputs),
  };
};

const reshaped: Planner = (node, region) => {
  const [from, to] = [shapeAt(node, 0), outputShape(node)];
  if (region.rows !== null) return reshapedRows(from, to, region);
  const boxes = boxThroughReshape(from, to, region.box);
  return {
    region: { box: boxes.output, rows: null },
    needs: [{ box: boxes.input, rows: null }],
    make: ([x]) => reshape(one(x), boxShape(boxes.output)),
  };
};

/** Rows remain rows if the folded axes hold the same elements before and after the reshape. */
function reshapedRows(from: Shape, to: Shape, region: Region): SlicePlan | null {
  if (region.rows === null || !isWhole({ box: region.box, rows: null }, to)) return null;
  const count = sizeOf(to.slice(0, region.rows.lead));
  const lead = from.findIndex((_, i) => sizeOf(from.slice(0, i + 1)) === count) + 1;
  if (lead === 0) return null;
  return {
    region,
    needs: [{ box: from.map(all), rows: { ids: region.rows.ids, lead } }],
    make: ([x]) => reshape(one(x), regionShape(region)),
  };
}

const transposed: Planner = (node, region) => {
  const move = match(node, "transpose");
  if (move === null || region.rows !== null) return null;
  const { permutation } = move.attributes;
  const box = permutation.map((_, axis) => at(region.box, permutation.indexOf(axis)));
  return { region, needs: [{ box, rows: null }], make: ([x]) => transpose(one(x), permutation) };
};

const stretched: Planner = (node, region) => {
  if (region.rows !== null) return null;
  const { need } = operand(region, shapeAt(node, 0), outputShape(node));
  return { region, needs: [need], make: ([x]) => broadcastTo(one(x), boxShape(region.box)) };
};

/** Only the parts that intersect the box are read. */
const joined: Planner = (node, region) => {
  const join = match(node, "concat");
  if (join === null) return null;
  const { axis } = join.attributes;
  const { start, end } = at(region.box, axis);
  let offset = 0;
  const ranges = join.inputs.map((part) => {
    const size = at(part.type.shape, axis);
    const range = { start: Math.max(start - offset, 0), end: Math.min(end - offset, size) };
    offset += size;
    return lengthOf(range) > 0 ? range : null;
  });
  const lead = region.rows?.lead ?? 0;
  const alone = ranges.filter((range) => range !== null).length === 1;
  if (axis < lead && !alone) return null;
  return {
    region,
    needs: ranges.map((range) =>
      range === null ? null : { box: withAxis(region.box, axis, range), rows: region.rows },
    ),
    make: (parts) => (alone ? one(parts[0]) : concat(parts, lead === 0 ? axis : axis - lead + 1)),
  };
};

const sliced: Planner = (node, region) => {
  const cut = match(node, "slice");
  if (cut === null) return null;
  const { axis, start } = cut.attributes;
  const own = at(region.box, axis);
  const range = { start: own.start + start, end: own.end + start };
  return { region, needs: [{ box: withAxis(region.box, axis, range), rows: region.rows }], make: ([x]) => one(x) };
};

const summed: Planner = (node, region) => {
  const reduction = match(node, "sum");
  if (reduction === null) return null;
  const { axes, keep } = reduction.attributes;
  const { rows } = region;
  const from = shapeAt(node, 0);
  if (rows !== null && axes.some((axis) => axis < rows.lead)) return null;
  let next = 0;
  const box = from.map((size, i) => {
    const range = axes.includes(i) && !keep ? null : at(region.box, next++);
    return axes.includes(i) || range === null ? all(size) : range;
  });
  const shift = rows === null ? 0 : rows.lead - 1;
  return {
    region: keep ? { box: region.box.map((range, i) => (axes.includes(i) ? all(1) : range)), rows } : region,
    needs: [{ box, rows }],
    make: ([x]) =>
      sum(
        one(x),
        axes.map((axis) => axis - shift),
        keep,
      ),
  };
};

/** Queries are independent; keys and values are read whole. */
const attention: Planner = (node, asked) => {
  if (asked.rows !== null) return null;
  const [q, k, , bias] = node.inputs;
  if (q === undefined || k === undefined || bias === undefined) return null;
  const box = withAxis(asked.box, 3, all(at(q.type.shape, 3)));
  const keys = withAxis(box, 2, all(at(k.type.shape, 2)));
  const scores = withAxis(box, 3, all(at(k.type.shape, 2)));
  const { need } = operand({ box: scores, rows: null }, bias.type.shape, [
    ...q.type.shape.slice(0, 3),
    at(k.type.shape, 2),
  ]);
  return {
    region: { box, rows: null },
    needs: [{ box, rows: null }, { box: keys, rows: null }, { box: keys, rows: null }, need],
    make: (inputs) => reapply(node, inputs),
  };
};

/**
 * Gathering rows of a computed value computes only those rows, if they are fewer than all and their indices are inputs
 * (indices that depend on the value would have to be known before it).
 */
const gathered: Planner = (node, region) => {
  const [table, ids] = node.inputs;
  if (table === undefined || ids === undefined || region.rows !== null) return null;
  const rank = ids.type.shape.length;
  const columns = region.box.slice(rank);
  const idsBox = region.box.slice(0, rank);
  const box = [all(at(table.type.shape, 0)), ...columns];
  const few = rank === 1 && at(ids.type.shape, 0) < at(table.type.shape, 0);
  const outside = ids.node.op === "input" || ids.node.op === "constant";
  if (few && outside && isWhole({ box: idsBox, rows: null }, ids.type.shape)) {
    return { region, needs: [{ box, rows: { ids, lead: 1 } }, null], make: ([rows]) => one(rows) };
  }
  return {
    region,
    needs: [
      { box, rows: null },
      { box: idsBox, rows: null },
    ],
    make: ([rows, index]) => gather(one(rows), one(index)),
  };
};

function one(x: Value | undefined): Value {
  if (x === undefined) throw new Error("internal: an operation misses an input");
  return x;
}

function outputShape(node: Node): Shape {
  return at(node.outputs, 0).type.shape;
}

/** By op. */
export const planners: { readonly [Name in OpName]?: Planner } = {
  add: elementwise,
  sub: elementwise,
  mul: elementwise,
  div: elementwise,
  maximum: elementwise,
  equal: elementwise,
  greater: elementwise,
  select: elementwise,
  neg: elementwise,
  exp: elementwise,
  log: elementwise,
  sqrt: elementwise,
  tanh: elementwise,
  erf: elementwise,
  sigmoid: elementwise,
  relu: elementwise,
  abs: elementwise,
  gelu: elementwise,
  cast: elementwise,
  stopGradient: elementwise,
  softmax: rowwise,
  layerNorm: rowwise,
  linear,
  matmul,
  reshape: reshaped,
  transpose: transposed,
  broadcastTo: stretched,
  concat: joined,
  slice: sliced,
  sum: summed,
  attention,
  gather: gathered,
};
