// Elementwise primitives. Binary ones broadcast trailing axes.
import type { Value } from "../ir/graph.js";
import type { TensorType } from "../ir/types.js";
import { at, one, primitive, type Cotangent, type PrimitiveOp } from "./op.js";
import { expectFloat, fail, sameTypes } from "./shapes.js";
import { broadcastType, fill, first, sum, unbroadcast } from "./structure.js";

type None = Record<string, never>;
type UnaryGradient = (g: Value, x: Value, y: Value) => Value;

function unary(name: string, summary: string, gradient: UnaryGradient | "none"): PrimitiveOp<None> {
  return primitive<None>({
    name,
    summary,
    inputs: ["x"],
    infer: ([x]) => {
      if (x === undefined) fail(name, "wants an input");
      expectFloat(name, x);
      return [x];
    },
    gradient:
      gradient === "none" ? "none" : (g, { inputs, outputs }) => [gradient(first(g), at(inputs, 0), at(outputs, 0))],
  });
}

/** The cotangents before they are summed back over broadcast axes. */
type BinaryGradient = { readonly [side in "a" | "b"]: (g: Value, a: Value, b: Value) => Value };

function binary(
  name: string,
  summary: string,
  gradient: BinaryGradient | "none",
  infer?: (a: TensorType, b: TensorType) => TensorType,
): PrimitiveOp<None> {
  return primitive<None>({
    name,
    summary,
    inputs: ["a", "b"],
    infer: ([a, b]) => {
      if (a === undefined || b === undefined) fail(name, "wants two inputs");
      sameTypes(name, a, b);
      if (infer === undefined) expectFloat(name, a);
      return [(infer ?? ((x, y) => broadcastType(name, x, y)))(a, b)];
    },
    gradient:
      gradient === "none"
        ? "none"
        : (g, { inputs, wants }) => {
            const [a, b] = [at(inputs, 0), at(inputs, 1)];
            const side = (i: 0 | 1, rule: BinaryGradient["a"], to: Value): Cotangent =>
              wants(i) ? unbroadcast(rule(first(g), a, b), to.type.shape) : "none";
            return [side(0, gradient.a, a), side(1, gradient.b, b)];
          },
  });
}

// d(-x) = -g
export const negOp = unary("neg", "-x", (g) => neg(g));
// d exp(x) = g · exp(x)
export const expOp = unary("exp", "eˣ", (g, _, y) => mul(g, y));
// d log(x) = g / x
export const logOp = unary("log", "Natural logarithm.", (g, x) => div(g, x));
// d √x = g / (2√x)
export const sqrtOp = unary("sqrt", "Square root.", (g, _, y) => div(mul(g, fill(0.5)), y));
// d tanh(x) = g · (1 - tanh²x)
export const tanhOp = unary("tanh", "Hyperbolic tangent.", (g, _, y) => mul(g, sub(fill(1), mul(y, y))));
// d erf(x) = g · 2/√π · exp(-x²)
export const erfOp = unary("erf", "Gauss error function.", (g, x) =>
  mul(g, mul(fill(2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))))),
);
// d σ(x) = g · σ(x)(1 - σ(x))
export const sigmoidOp = unary("sigmoid", "1 / (1 + e⁻ˣ)", (g, _, y) => mul(g, mul(y, sub(fill(1), y))));
// d max(x, 0) = g where x > 0; 0 at 0
export const reluOp = unary("relu", "max(x, 0)", (g, x) => mul(g, greater(x, fill(0))));
// d |x| = g · sign(x); 0 at 0
export const absOp = unary("abs", "|x|", (g, x) => mul(g, sub(greater(x, fill(0)), greater(fill(0), x))));

export const addOp = binary("add", "a + b", { a: (g) => g, b: (g) => g });
export const subOp = binary("sub", "a - b", { a: (g) => g, b: (g) => neg(g) });
// d(ab) = g·b, g·a
export const mulOp = binary("mul", "a · b", { a: (g, _, b) => mul(g, b), b: (g, a) => mul(g, a) });
// d(a/b) = g/b, -g·a/b²
export const divOp = binary("div", "a / b", {
  a: (g, _, b) => div(g, b),
  b: (g, a, b) => neg(div(mul(g, a), mul(b, b))),
});
// Where a = b the whole cotangent goes to a.
export const maximumOp = binary("maximum", "The larger of a and b.", {
  a: (g, a, b) => mul(g, sub(fill(1), greater(b, a))),
  b: (g, a, b) => mul(g, greater(b, a)),
});
export const equalOp = binary("equal", "1 where a = b, else 0 (float32, for both element types).", "none", (a, b) => ({
  ...broadcastType("equal", a, b),
  dtype: "float32",
}));
export const greaterOp = binary(
  "greater",
  "1 where a > b, else 0 (float32, for both element types).",
  "none",
  (a, b) => ({
    ...broadcastType("greater", a, b),
    dtype: "float32",
  }),
);

export const selectOp = primitive<None>({
  name: "select",
  summary: "a where the condition is 1, b where it is 0; a, b and the condition have one shape.",
  inputs: ["condition", "a", "b"],
  infer: ([condition, a, b]) => {
    if (condition === undefined || a === undefined || b === undefined) fail("select", "wants three inputs");
    expectFloat("select", condition);
    sameTypes("select", a, b);
    const shapes = new Set([condition, a, b].map(({ shape }) => shape.join(",")));
    if (shapes.size > 1) fail("select", `shapes differ: ${[...shapes].map((s) => `[${s}]`).join(" ")}`);
    return [a];
  },
  // The branch not taken gets 0, not 0·g: an infinite g would make NaN of it.
  gradient: (g, { inputs }) => {
    const condition = at(inputs, 0);
    const none = fill(0, condition.type.shape);
    return ["none", select(condition, first(g), none), select(condition, none, first(g))];
  },
});

export const neg = (x: Value): Value => one(negOp([x], {}));
export const exp = (x: Value): Value => one(expOp([x], {}));
export const log = (x: Value): Value => one(logOp([x], {}));
export const sqrt = (x: Value): Value => one(sqrtOp([x], {}));
export const tanh = (x: Value): Value => one(tanhOp([x], {}));
export const erf = (x: Value): Value => one(erfOp([x], {}));
export const sigmoid = (x: Value): Value => one(sigmoidOp([x], {}));
export const relu = (x: Value): Value => one(reluOp([x], {}));
export const abs = (x: Value): Value => one(absOp([x], {}));
export const add = (a: Value, b: Value): Value => one(addOp([a, b], {}));
export const sub = (a: Value, b: Value): Value => one(subOp([a, b], {}));
export const mul = (a: Value, b: Value): Value => one(mulOp([a, b], {}));
export const div = (a: Value, b: Value): Value => one(divOp([a, b], {}));
export const maximum = (a: Value, b: Value): Value => one(maximumOp([a, b], {}));
export const equal = (a: Value, b: Value): Value => one(equalOp([a, b], {}));
export const greater = (a: Value, b: Value): Value => one(greaterOp([a, b], {}));
export const select = (condition: Value, a: Value, b: Value): Value => one(selectOp([condition, a, b], {}));

/** x · c for a number known now. */
export function scale(x: Value, factor: number): Value {
  return factor === 1 ? x : mul(x, fill(factor));
}

/** Mean over axes. */
export function mean(x: Value, axes: readonly number[], keep = false): Value {
  const count = axes.reduce((product, axis) => product * at(x.type.shape, axis), 1);
  return scale(sum(x, axes, keep), 1 / count);
}
