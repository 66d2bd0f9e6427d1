// Simplifications of sums and products: neutral elements are removed, signs and factors move to where they cost nothing.
import type { Value } from "../../ir/graph.js";
import { sameShape, sizeOf } from "../../ir/types.js";
import type { OpName } from "../../ops/index.js";
import { at } from "../../ops/op.js";
import { applyOp } from "../../ops/apply.js";
import { linear } from "../../ops/composite.js";
import { add, mul, neg, scale, sub } from "../../ops/elementwise.js";
import { scatterAdd } from "../../ops/indexing.js";
import { matmul } from "../../ops/linear.js";
import { broadcastTo, concat, fill, reshape, uniform } from "../../ops/structure.js";
import { match } from "../match.js";
import type { Simplification, RuleTable, Site } from "./rule.js";

const left = ({ node }: Site): Value => at(node.inputs, 0);
const right = ({ node }: Site): Value => at(node.inputs, 1);

/** `x` in the shape of the result, which broadcasting may have made larger. */
const stretched = (x: Value, { output }: Site): Value => broadcastTo(x, output.type.shape);

/** Constant folding of two numbers, only where the result is exact in float32: no constant is rounded again. */
function folded(f: (a: number, b: number) => number): Simplification {
  return (site) => {
    const [a, b] = [uniform(left(site)), uniform(right(site))];
    if (a === null || b === null) return null;
    const result = f(a, b);
    return Math.fround(result) === result ? fill(result, site.output.type.shape) : null;
  };
}

/** Elementwise operations broadcast by themselves: an explicit broadcast of an operand is dropped. */
function unstretched(op: OpName): Simplification {
  return ({ node, output }) => {
    const inputs = node.inputs.map((x) => (x.node.op === "broadcastTo" ? at(x.node.inputs, 0) : x));
    if (inputs.every((x, i) => x === node.inputs[i])) return null;
    for (const candidate of [inputs, [inputs[0], node.inputs[1]], [node.inputs[0], inputs[1]]]) {
      const operands = candidate.filter((x) => x !== undefined);
      const changed = operands.some((x, i) => x !== node.inputs[i]);
      if (changed && sameShape(joint(operands), output.type.shape)) return at(applyOp(op, operands, {}), 0);
    }
    return null;
  };
}

/** An operation with a constant is applied to a smaller operand before that is broadcast. */
function shortened(op: OpName): Simplification {
  return (site) => {
    const [a, b] = [left(site), right(site)];
    const numbers = [uniform(a), uniform(b)] as const;
    const other = numbers[0] === null ? a : b;
    const number = numbers[0] ?? numbers[1];
    if (number === null || (numbers[0] !== null && numbers[1] !== null)) return null;
    if (sizeOf(other.type.shape) === sizeOf(site.output.type.shape)) return null;
    const operands = other === a ? [a, fill(number)] : [fill(number), b];
    return stretched(at(applyOp(op, operands, {}), 0), site);
  };
}

function joint(values: readonly Value[]): readonly number[] {
  const rank = Math.max(...values.map((x) => x.type.shape.length));
  return Array.from({ length: rank }, (_, i) =>
    values.reduce((size, { type: { shape } }) => Math.max(size, shape[i - rank + shape.length] ?? 1), 1),
  );
}

const plusZero: Simplification = (site) => {
  if (uniform(right(site)) === 0) return stretched(left(site), site);
  return uniform(left(site)) === 0 ? stretched(right(site), site) : null;
};

const plusNegative: Simplification = (site) => {
  const [a, b] = [left(site), right(site)];
  if (b.node.op === "neg") return sub(a, at(b.node.inputs, 0));
  return a.node.op === "neg" ? sub(b, at(a.node.inputs, 0)) : null;
};

/** Merges two scatter-adds: the second would be a full-size tensor of mostly zeros. */
const plusScattered: Simplification = (site) => {
  const [a, b] = [match(left(site).node, "scatterAdd"), match(right(site).node, "scatterAdd")];
  if (a === null || b === null || a.attributes.rows !== b.attributes.rows || !site.alone(0) || !site.alone(1))
    return null;
  if (!sameShape(left(site).type.shape, right(site).type.shape)) return null;
  const both = (i: number): Value => concat([at(a.inputs, i), at(b.inputs, i)], 0);
  return scatterAdd(both(0), both(1), a.attributes.rows);
};

/** (x + scatter) + scatter as x + (scatter + scatter). */
const gatherScattered: Simplification = (site) => {
  const [sum, last] = [left(site), right(site)];
  if (sum.node.op !== "add" || last.node.op !== "scatterAdd" || !site.alone(0)) return null;
  const [x, y] = [at(sum.node.inputs, 0), at(sum.node.inputs, 1)];
  if (!sameShape(x.type.shape, y.type.shape)) return null;
  if (y.node.op === "scatterAdd" && x.node.op !== "scatterAdd") return add(x, add(y, last));
  return x.node.op === "scatterAdd" && y.node.op !== "scatterAdd" ? add(y, add(x, last)) : null;
};

const minusZero: Simplification = (site) => {
  if (uniform(right(site)) === 0) return stretched(left(site), site);
  if (uniform(left(site)) === 0) return neg(stretched(right(site), site));
  const b = right(site);
  return b.node.op === "neg" ? add(left(site), at(b.node.inputs, 0)) : null;
};

const timesOne: Simplification = (site) => {
  for (const [x, factor] of [
    [left(site), uniform(right(site))],
    [right(site), uniform(left(site))],
  ] as const) {
    if (factor === 1) return stretched(x, site);
    if (factor === -1) return neg(stretched(x, site));
  }
  return null;
};

const overOne: Simplification = (site) => (uniform(right(site)) === 1 ? stretched(left(site), site) : null);

/** A constant factor of a matrix product becomes its `alpha`. */
const timesProduct: Simplification = (site) => {
  for (const [i, x, factor] of [
    [0, left(site), uniform(right(site))],
    [1, right(site), uniform(left(site))],
  ] as const) {
    if (factor === null || !site.alone(i)) continue;
    const scaled = scaledProduct(x, factor);
    if (scaled !== null && sameShape(scaled.type.shape, site.output.type.shape)) return scaled;
  }
  return null;
};

function scaledProduct(x: Value, factor: number): Value | null {
  const product = match(x.node, "matmul");
  if (product !== null) {
    const { alpha, ...sides } = product.attributes;
    return matmul(at(product.inputs, 0), at(product.inputs, 1), { ...sides, alpha: alpha * factor });
  }
  const projection = match(x.node, "linear");
  if (projection === null) return null;
  const [from, weight, bias] = [at(projection.inputs, 0), at(projection.inputs, 1), at(projection.inputs, 2)];
  return linear(from, scale(weight, factor), scale(bias, factor));
}

/** A constant factor on the input of a projection moves to its weight. */
const projectionOfScaled: Simplification = ({ node }) => {
  const projection = match(node, "linear");
  const scaled = projection === null ? null : unscaled(at(projection.inputs, 0));
  if (projection === null || scaled === null) return null;
  return linear(scaled.x, scale(at(projection.inputs, 1), scaled.factor), at(projection.inputs, 2));
};

const negative: Simplification = (site) => {
  const x = left(site);
  if (x.node.op === "neg") return at(x.node.inputs, 0);
  if (x.node.op === "sub" && site.alone(0)) return sub(at(x.node.inputs, 1), at(x.node.inputs, 0));
  const known = uniform(x);
  if (known !== null) return fill(-known, x.type.shape);
  if (!site.alone(0)) return null;
  return scaledProduct(x, -1) ?? negatedFactor(x);
};

function negatedFactor(x: Value): Value | null {
  const product = match(x.node, "mul");
  if (product === null) return null;
  const [a, b] = [at(product.inputs, 0), at(product.inputs, 1)];
  const factor = uniform(b);
  return factor === null ? null : mul(a, fill(-factor, b.type.shape));
}

/** α·(a·c)·b = (α·c)·a·b for a constant c. If a·c has other readers, this costs nothing. */
const productOfScaled: Simplification = ({ node }) => {
  const product = match(node, "matmul");
  if (product === null) return null;
  for (const i of [0, 1]) {
    const scaled = unscaled(at(product.inputs, i));
    if (scaled === null) continue;
    const operands = product.inputs.map((value, k) => (k === i ? scaled.x : value));
    const { alpha, ...sides } = product.attributes;
    return matmul(at(operands, 0), at(operands, 1), { ...sides, alpha: alpha * scaled.factor });
  }
  return null;
};

/** `value` as a constant multiple of another, looking through reshapes; null if it is none. */
function unscaled(value: Value): { readonly x: Value; readonly factor: number } | null {
  const shaped = match(value.node, "reshape");
  const product = match((shaped === null ? value : at(shaped.inputs, 0)).node, "mul");
  if (product === null) return null;
  for (const j of [0, 1]) {
    const [x, factor] = [at(product.inputs, j), uniform(at(product.inputs, 1 - j))];
    if (factor === null || sizeOf(x.type.shape) !== sizeOf(value.type.shape)) continue;
    return { x: reshape(x, value.type.shape), factor };
  }
  return null;
}

/** A batched product with a batch axis of 1 does not need that axis. */
const productOfOne: Simplification = ({ node, output }) => {
  const product = match(node, "matmul");
  if (product === null || output.type.shape.length <= 2 || sizeOf(output.type.shape.slice(0, -2)) !== 1) return null;
  const flat = product.inputs.map((x) => reshape(x, x.type.shape.slice(-2)));
  return reshape(matmul(at(flat, 0), at(flat, 1), product.attributes), output.type.shape);
};

/** By op, in the order in which they are tried. */
export const arithmeticRules = {
  add: [
    folded((a, b) => a + b),
    plusZero,
    plusNegative,
    plusScattered,
    gatherScattered,
    unstretched("add"),
    shortened("add"),
  ],
  sub: [folded((a, b) => a - b), minusZero, unstretched("sub"), shortened("sub")],
  mul: [folded((a, b) => a * b), timesOne, timesProduct, unstretched("mul"), shortened("mul")],
  div: [overOne, unstretched("div"), shortened("div")],
  neg: [negative],
  matmul: [productOfScaled, productOfOne],
  linear: [projectionOfScaled],
} satisfies RuleTable;
