// Composites: operations that targets often have natively, each with its expansion into primitives and, where
// differentiating the expansion would waste work, its own gradient.
import type { Value } from "../ir/graph.js";
import { sameShape, type TensorType } from "../ir/types.js";
import { add, div, equal, erf, exp, log, mean, mul, scale, sqrt, sub } from "./elementwise.js";
import { matmul, rows } from "./linear.js";
import { at, composite, one, type Cotangent } from "./op.js";
import { max } from "./reduction.js";
import { expectFactors, expectFloat, expectInteger, fail } from "./shapes.js";
import { cast, constant, fill, first, reshape, stopGradient, sum, unbroadcast, uniform } from "./structure.js";

const last = (x: Value): number => x.type.shape.length - 1;

function same(name: string): (types: readonly TensorType[]) => TensorType[] {
  return ([x]) => {
    if (x === undefined) fail(name, "wants an input");
    expectFloat(name, x);
    return [x];
  };
}

/** x · weightᵀ + bias: [..., in], [out, in], [out] → [..., out]. */
export const linearOp = composite<Record<string, never>>({
  name: "linear",
  summary: "x·Wᵀ + b over the last axis: x [.., I], weight [O, I], bias [O].",
  inputs: ["x", "weight", "bias"],
  infer: ([x, weight, bias]) => {
    if (x === undefined || weight === undefined || bias === undefined) fail("linear", "wants three inputs");
    expectFactors("linear", x, weight, bias);
    const [out, width] = weight.shape;
    if (
      x.shape.length < 2 ||
      weight.shape.length !== 2 ||
      out === undefined ||
      x.shape[x.shape.length - 1] !== width ||
      !sameShape(bias.shape, [out])
    ) {
      fail("linear", `x [${x.shape.join(",")}], weight [${weight.shape.join(",")}], bias [${bias.shape.join(",")}]`);
    }
    return [{ dtype: x.dtype, shape: [...x.shape.slice(0, -1), out] }];
  },
  // The sum is float32 in bfloat16 too.
  expand: (inputs) => {
    const product = matmul(at(inputs, 0), at(inputs, 1), { transB: true });
    return [cast(add(cast(product, "float32"), cast(at(inputs, 2), "float32")), product.type.dtype)];
  },
  // dx = g·W, dW = gᵀ·x and db = Σg over all rows
  gradient: (g, { inputs, wants }) => {
    const [x, weight] = [at(inputs, 0), at(inputs, 1)];
    const c = first(g);
    const dx: Cotangent = wants(0) ? matmul(c, weight) : "none";
    const dw: Cotangent = wants(1) ? matmul(rows(c), rows(x), { transA: true }) : "none";
    const db: Cotangent = wants(2) ? sum(rows(c), [0]) : "none";
    return [dx, dw, db];
  },
});

/** Over the last axis; expanded with the maximum subtracted, so that it does not overflow. */
export const softmaxOp = composite<Record<string, never>>({
  name: "softmax",
  summary: "exp(x) / Σ exp(x) along the last axis.",
  inputs: ["x"],
  infer: same("softmax"),
  expand: (inputs) => {
    const input = at(inputs, 0);
    const e = exp(sub(input, stopGradient(max(input, last(input), true))));
    return [div(e, sum(e, [last(e)], true))];
  },
  // dx = y ⊙ (g - Σ g⊙y)
  gradient: (g, { outputs }) => {
    const y = at(outputs, 0);
    return [mul(y, sub(first(g), sum(mul(first(g), y), [last(y)], true)))];
  },
});

/**
 * Over the last axis D, with scale and shift [D]. Mean and inverse standard deviation are outputs too: the gradient
 * reads them.
 */
export const layerNormOp = composite<{ eps: number }>({
  name: "layerNorm",
  summary:
    "(x - mean) / √(variance + eps) · weight + bias along the last axis; also gives mean and 1/√(variance + eps).",
  inputs: ["x", "weight", "bias"],
  infer: ([x, weight, bias]) => {
    if (x === undefined || weight === undefined || bias === undefined) fail("layerNorm", "wants three inputs");
    const width = x.shape[x.shape.length - 1];
    if (width === undefined || !sameShape(weight.shape, [width]) || !sameShape(bias.shape, [width])) {
      fail("layerNorm", `x [${x.shape.join(",")}], weight [${weight.shape.join(",")}], bias [${bias.shape.join(",")}]`);
    }
    const statistic: TensorType = { dtype: x.dtype, shape: [...x.shape.slice(0, -1), 1] };
    return [x, statistic, statistic];
  },
  expand: (inputs, { eps }) => {
    const input = at(inputs, 0);
    const average = mean(input, [last(input)], true);
    const centred = sub(input, average);
    const inverse = div(fill(1), sqrt(add(mean(mul(centred, centred), [last(input)], true), fill(eps))));
    return [add(mul(mul(centred, inverse), at(inputs, 1)), at(inputs, 2)), average, inverse];
  },
  gradient: ([g, gMean, gInverse], { inputs, outputs, wants }) => {
    if (g === undefined || g === null || gMean !== null || gInverse !== null) {
      throw new Error("internal: the statistics of layerNorm are for its gradient only");
    }
    const affine = wants(1) || wants(2);
    const [dx, dw, db] = layerNormGradientOp([...inputs, ...outputs, g], { affine });
    return [dx ?? "none", dw ?? "none", db ?? "none"];
  },
});

/** A composite of its own, so that targets may fuse it. `affine`: weight and bias have cotangents too. */
export const layerNormGradientOp = composite<{ affine: boolean }>({
  name: "layerNormGradient",
  summary:
    "The cotangents of layerNorm's inputs, from its inputs, its outputs and the cotangent of the first of those.",
  inputs: ["x", "weight", "bias", "y", "mean", "inverse", "g"],
  infer: ([x, weight, bias, y, average, inverse, g], { affine }) => {
    if (x === undefined || weight === undefined || bias === undefined) fail("layerNormGradient", "wants seven inputs");
    const statistic = [...x.shape.slice(0, -1), 1];
    const wanted = [x.shape, statistic, statistic, x.shape];
    if ([y, average, inverse, g].some((type, i) => !sameShape(type?.shape ?? [], at(wanted, i))))
      fail("layerNormGradient", `outputs and cotangent that are not those of a norm of [${x.shape.join(",")}]`);
    return affine ? [x, weight, bias] : [x];
  },
  // With x̂ = (x - mean)·inv and t = g ⊙ weight: dx = inv·(t - mean(t) - x̂·mean(t⊙x̂)), dw = Σ g⊙x̂, db = Σ g
  expand: (inputs, { affine }) => {
    const [x, weight, bias, g] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 6)];
    const [average, inverse] = [at(inputs, 4), at(inputs, 5)];
    const axis = last(x);
    const plain = uniform(weight) === 1 && uniform(bias) === 0;
    const standardised = plain ? at(inputs, 3) : mul(sub(x, average), inverse);
    const t = mul(g, weight);
    const spread = mul(standardised, mean(mul(t, standardised), [axis], true));
    const dx = mul(inverse, sub(sub(t, mean(t, [axis], true)), spread));
    if (!affine) return [dx];
    return [dx, unbroadcast(mul(g, standardised), weight.type.shape), unbroadcast(g, weight.type.shape)];
  },
  gradient: "expand",
});

/** The exact GELU, by erf, as in the original; not the tanh approximation. */
// With u = x/√2 and c = 1 + erf(u), which the gradient shares: y = x·Φ(x) = u·c/√2. Written with the constant factors
// at both ends, where they fold into the neighbouring products. In bfloat16 only the result is rounded.
export const geluOp = composite<Record<string, never>>({
  name: "gelu",
  summary: "x · Φ(x) with the exact normal distribution function (erf).",
  inputs: ["x"],
  infer: ([x]) => {
    if (x === undefined) fail("gelu", "wants an input");
    expectFactors("gelu", x);
    return [x];
  },
  expand: (inputs) => {
    const { u, c } = halves(at(inputs, 0));
    return [cast(scale(mul(u, c), Math.SQRT1_2), at(inputs, 0).type.dtype)];
  },
  gradient: (g, { inputs }) => [one(geluGradientOp([at(inputs, 0), first(g)], {}))],
});

/** A composite of its own, so that targets may fuse it. */
export const geluGradientOp = composite<Record<string, never>>({
  name: "geluGradient",
  summary: "(Φ(x) + x·φ(x)) · g: the cotangent of gelu's input.",
  inputs: ["x", "g"],
  infer: ([x, g]) => {
    if (x === undefined || g === undefined || !sameShape(x.shape, g.shape))
      fail("geluGradient", `g [${g?.shape.join(",")}] for x [${x?.shape.join(",")}]`);
    expectFactors("geluGradient", x, g);
    return [x];
  },
  // d = Φ(x) + x·φ(x) = (c + 2/√π · u·exp(-u²)) / 2. For large |x| exp(u²) overflows to infinity, and the quotient is 0
  // as it should be.
  expand: (inputs) => {
    const { u, c } = halves(at(inputs, 0));
    const density = scale(div(u, exp(mul(u, u))), 2 / Math.sqrt(Math.PI));
    const g = cast(at(inputs, 1), "float32");
    return [cast(mul(scale(g, 0.5), add(c, density)), at(inputs, 0).type.dtype)];
  },
  gradient: "expand",
});

function halves(x: Value): { u: Value; c: Value } {
  const u = scale(cast(x, "float32"), Math.SQRT1_2);
  return { u, c: add(erf(u), fill(1)) };
}

/** Per row: logits [N, C], labels int32 [N] → losses [N]. */
export const crossEntropyOp = composite<Record<string, never>>({
  name: "crossEntropy",
  summary: "-log softmax(logits)[label] per row: logits [N, C], labels int32 [N] in 0…C-1 → [N].",
  inputs: ["logits", "labels"],
  infer: ([logits, labels]) => {
    checkLogits("crossEntropy", logits, labels);
    return [{ dtype: "float32", shape: [at(logits?.shape ?? [], 0)] }];
  },
  expand: (inputs) => {
    const [logits, labels] = [at(inputs, 0), at(inputs, 1)];
    const shifted = sub(logits, stopGradient(max(logits, 1, true)));
    const normaliser = log(sum(exp(shifted), [1]));
    return [sub(normaliser, sum(mul(shifted, oneHot(labels, at(logits.type.shape, 1))), [1]))];
  },
  gradient: (g, { inputs }) => [one(crossEntropyGradientOp([at(inputs, 0), at(inputs, 1), first(g)], {})), "none"],
});

/** (softmax − one-hot) · g: a composite of its own, so that targets may fuse it. */
export const crossEntropyGradientOp = composite<Record<string, never>>({
  name: "crossEntropyGradient",
  summary: "(softmax(logits) - onehot(labels)) · g per row: the cotangent of cross-entropy's logits.",
  inputs: ["logits", "labels", "g"],
  infer: ([logits, labels, g]) => {
    checkLogits("crossEntropyGradient", logits, labels);
    if (g === undefined || labels === undefined || !sameShape(g.shape, labels.shape))
      fail("crossEntropyGradient", `g [${g?.shape.join(",")}] for labels [${labels?.shape.join(",")}]`);
    return [logits ?? fail("crossEntropyGradient", "wants logits")];
  },
  expand: (inputs) => {
    const [logits, labels, g] = [at(inputs, 0), at(inputs, 1), at(inputs, 2)];
    const difference = sub(softmax(logits), oneHot(labels, at(logits.type.shape, 1)));
    return [mul(difference, reshape(g, [at(logits.type.shape, 0), 1]))];
  },
  gradient: "expand",
});

function checkLogits(name: string, logits: TensorType | undefined, labels: TensorType | undefined): void {
  if (logits === undefined || labels === undefined) fail(name, "wants logits and labels");
  expectFloat(name, logits);
  expectInteger(name, labels);
  if (logits.shape.length !== 2 || labels.shape.length !== 1 || labels.shape[0] !== logits.shape[0]) {
    fail(name, `logits [${logits.shape.join(",")}], labels [${labels.shape.join(",")}]`);
  }
}

/** 1 at the label, 0 elsewhere: ids int32 [N] → [N, classes]. */
export function oneHot(ids: Value, classes: number): Value {
  return equal(
    reshape(ids, [...ids.type.shape, 1]),
    constant(
      [classes],
      Int32Array.from({ length: classes }, (_, i) => i),
    ),
  );
}

/** x · weightᵀ + bias over the last axis: [..., in] → [..., out]; `weight` is [out, in] as in PyTorch. */
export const linear = (x: Value, weight: Value, bias: Value): Value => one(linearOp([x, weight, bias], {}));
/** Softmax over the last axis. */
export const softmax = (x: Value): Value => one(softmaxOp([x], {}));
/** Normalises the last axis; `eps` is added to the variance. The first output only. */
export const layerNorm = (x: Value, affine: { weight: Value; bias: Value }, eps: number): Value =>
  at(layerNormOp([x, affine.weight, affine.bias], { eps }), 0);
/** x · Φ(x), elementwise. */
export const gelu = (x: Value): Value => one(geluOp([x], {}));
/** Loss of each row: logits [N, C], labels int32 [N] → [N]. */
export const crossEntropy = (logits: Value, labels: Value): Value => one(crossEntropyOp([logits, labels], {}));
