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

/** The op of `neg`. */
// d(-x) = -g
export const negOp = unary("neg", "-x", (g) => neg(g));
/** The op of `exp`; its gradient reuses the result. */
// d exp(x) = g · exp(x)
export const expOp = unary("exp", "eˣ", (g, _, y) => mul(g, y));
/** The op of `log`; no guard against 0, callers clamp. */
// d log(x) = g / x
export const logOp = unary("log", "Natural logarithm.", (g, x) => div(g, x));
/** The op of `sqrt`; its gradient is infinite at 0. */
// d √x = g / (2√x)
export const sqrtOp = unary("sqrt", "Square root.", (g, _, y) => div(mul(g, fill(0.5)), y));
/** The op of `tanh`; its gradient reuses the result. */
// d tanh(x) = g · (1 - tanh²x)
export const tanhOp = unary("tanh", "Hyperbolic tangent.", (g, _, y) => mul(g, sub(fill(1), mul(y, y))));
/** The op of `erf`, which GELU is built on. */
// d erf(x) = g · 2/√π · exp(-x²)
export const erfOp = unary("erf", "Gauss error function.", (g, x) =>
  mul(g, mul(fill(2 / Math.sqrt(Math.PI)), exp(neg(mul(x, x))))),
);
/** The op of `sigmoid`; its gradient reuses the result. */
// d σ(x) = g · σ(x)(1 - σ(x))
export const sigmoidOp = unary("sigmoid", "1 / (1 + e⁻ˣ)", (g, _, y) => mul(g, mul(y, sub(fill(1), y))));
/** The op of `relu`; its gradient at 0 is 0, as PyTorch's. */
// d max(x, 0) = g where x > 0; 0 at 0
export const reluOp = unary("relu", "max(x, 0)", (g, x) => mul(g, greater(x, fill(0))));
/** The op of `abs`; its gradient at 0 is 0. */
// d |x| = g · sign(x); 0 at 0
export const absOp = unary("abs", "|x|", (g, x) => mul(g, sub(greater(x, fill(0)), greater(fill(0), x))));

/** The op of `add`. */
export const addOp = binary("add", "a + b", { a: (g) => g, b: (g) => g });
/** The op of `sub`. */
export const subOp = binary("sub", "a - b", { a: (g) => g, b: (g) => neg(g) });
/** The op of `mul`. */
// d(ab) = g·b, g·a
export const mulOp = binary("mul", "a · b", { a: (g, _, b) => mul(g, b), b: (g, a) => mul(g, a) });
/** The op of `div`. */
// d(a/b) = g/b, -g·a/b²
export const divOp = binary("div", "a / b", {
  a: (g, _, b) => div(g, b),
  b: (g, a, b) => neg(div(mul(g, a), mul(b, b))),
});
/** The op of `maximum`; where both are equal the first gets the gradient. */
export const maximumOp = binary("maximum", "The larger of a and b.", {
  a: (g, a, b) => mul(g, sub(fill(1), greater(b, a))),
  b: (g, a, b) => mul(g, greater(b, a)),
});
/** The op of `equal`; no gradient. */
export const equalOp = binary("equal", "1 where a = b, else 0 (float32, for both element types).", "none", (a, b) => ({
  ...broadcastType("equal", a, b),
  dtype: "float32",
}));
/** The op of `greater`; no gradient. */
export const greaterOp = binary(
  "greater",
  "1 where a > b, else 0 (float32, for both element types).",
  "none",
  (a, b) => ({
    ...broadcastType("greater", a, b),
    dtype: "float32",
  }),
);

/** The op of `select`; the condition gets no gradient. */
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
  // The branch not taken gets 0, not 0·g, which would be NaN for an infinite g.
  gradient: (g, { inputs }) => {
    const condition = at(inputs, 0);
    const none = fill(0, condition.type.shape);
    return ["none", select(condition, first(g), none), select(condition, none, first(g))];
  },
});

/** −x, float32. */
export const neg = (x: Value): Value => one(negOp([x], {}));
/** eˣ, float32. */
export const exp = (x: Value): Value => one(expOp([x], {}));
/** Natural logarithm, float32. */
export const log = (x: Value): Value => one(logOp([x], {}));
/** Square root, float32. */
export const sqrt = (x: Value): Value => one(sqrtOp([x], {}));
/** Hyperbolic tangent, float32. */
export const tanh = (x: Value): Value => one(tanhOp([x], {}));
/** Gauss error function, float32. */
export const erf = (x: Value): Value => one(erfOp([x], {}));
/** 1 / (1 + e⁻ˣ), float32. */
export const sigmoid = (x: Value): Value => one(sigmoidOp([x], {}));
/** max(x, 0), float32. */
export const relu = (x: Value): Value => one(reluOp([x], {}));
/** |x|, float32. */
export const abs = (x: Value): Value => one(absOp([x], {}));
/** a + b; shapes broadcast by trailing axes. */
export const add = (a: Value, b: Value): Value => one(addOp([a, b], {}));
/** a − b; shapes broadcast by trailing axes. */
export const sub = (a: Value, b: Value): Value => one(subOp([a, b], {}));
/** a · b elementwise; shapes broadcast by trailing axes. */
export const mul = (a: Value, b: Value): Value => one(mulOp([a, b], {}));
/** a / b; shapes broadcast by trailing axes. */
export const div = (a: Value, b: Value): Value => one(divOp([a, b], {}));
/** The larger of a and b, elementwise; shapes broadcast by trailing axes. */
export const maximum = (a: Value, b: Value): Value => one(maximumOp([a, b], {}));
/** 1 where a = b, else 0; float32, so that it can be used as a factor. */
export const equal = (a: Value, b: Value): Value => one(equalOp([a, b], {}));
/** 1 where a > b, else 0; float32, so that it can be used as a factor. */
export const greater = (a: Value, b: Value): Value => one(greaterOp([a, b], {}));
/**
 * a where the condition is 1, b where it is 0; all of one shape. Unlike a product it does not pass on a NaN of the
 * other side.
 */
export const select = (condition: Value, a: Value, b: Value): Value => one(selectOp([condition, a, b], {}));

/** x · c for a compile-time constant c. */
export function scale(x: Value, factor: number): Value {
  return factor === 1 ? x : mul(x, fill(factor));
}

/** Mean over axes. */
export function mean(x: Value, axes: readonly number[], keep = false): Value {
  const count = axes.reduce((product, axis) => product * at(x.type.shape, axis), 1);
  return scale(sum(x, axes, keep), 1 / count);
}
