// Reductions other than `sum` (which is in `structure.ts`, since the gradients of other ops need it).
import type { Value } from "../ir/graph.js";
import { div, equal, mul } from "./elementwise.js";
import { at, one, primitive } from "./op.js";
import { checkAxis, expectFloat, fail, reducedShape } from "./shapes.js";
import { first, reshape, sum } from "./structure.js";

/** The op of `max`; elements that tie share the gradient equally. */
export const maxOp = primitive<{ axis: number; keep: boolean }>({
  name: "max",
  summary: "Largest element along an axis.",
  inputs: ["x"],
  infer: ([x], { axis, keep }) => {
    if (x === undefined) fail("max", "wants an input");
    expectFloat("max", x);
    return [{ dtype: x.dtype, shape: reducedShape("max", x.shape, [axis], keep) }];
  },
  gradient: (g, { inputs, outputs, attributes: { axis } }) => {
    const x = at(inputs, 0);
    const kept = reducedShape("max", x.type.shape, [axis], true);
    const attained = equal(x, reshape(at(outputs, 0), kept));
    return [mul(attained, div(reshape(first(g), kept), sum(attained, [axis], true)))];
  },
});

/** The op of `argmax`; no gradient. */
export const argmaxOp = primitive<{ axis: number }>({
  name: "argmax",
  summary: "Index (int32) of the largest element along an axis; the first of equals.",
  inputs: ["x"],
  infer: ([x], { axis }) => {
    if (x === undefined) fail("argmax", "wants an input");
    expectFloat("argmax", x);
    checkAxis("argmax", x.shape, axis);
    return [{ dtype: "int32", shape: reducedShape("argmax", x.shape, [axis], false) }];
  },
  gradient: "none",
});

/** Maximum along an axis, which is kept with length 1 if `keep`. */
export const max = (x: Value, axis: number, keep = false): Value => one(maxOp([x], { axis, keep }));
/** Index of the maximum along an axis, int32; the first among equals. */
export const argmax = (x: Value, axis: number): Value => one(argmaxOp([x], { axis }));
