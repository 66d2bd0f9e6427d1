// Attention and its gradient, which targets may fuse: the attention weights then need not be stored.
import type { Value } from "../ir/graph.js";
import { sameShape, type TensorType } from "../ir/types.js";
import { softmax } from "./composite.js";
import { add, exp, log, mul, sub } from "./elementwise.js";
import { matmul } from "./linear.js";
import { at, composite } from "./op.js";
import { max } from "./reduction.js";
import { checkBroadcastTo, expectFactors, fail } from "./shapes.js";
import { cast, sum, unbroadcast } from "./structure.js";

/** `scale` multiplies q · kᵀ before the bias is added. */
export type AttentionAttributes = { scale: number };

/**
 * q [B, H, N, d], k and v [B, H, M, d], bias broadcast to [B, H, N, M] → [B, H, N, d]. The second output is the
 * log-sum-exp of each query, [B, H, N], which the gradients of fused kernels read.
 */
export const attentionOp = composite<AttentionAttributes>({
  name: "attention",
  summary:
    "softmax(scale·q·kᵀ + bias)·v: q [B,H,N,d], k and v [B,H,M,d], bias broadcastable to [B,H,N,M]; also gives log Σ exp per query.",
  inputs: ["q", "k", "v", "bias"],
  infer: (types) => {
    const { q, sums } = checked("attention", types);
    return [q, sums];
  },
  expand: (inputs, attributes) => {
    const [scores, v] = [scoresOf(inputs, attributes), at(inputs, 2)];
    const sums = add(log(sum(exp(sub(scores, max(scores, 3, true))), [3])), max(scores, 3));
    return [cast(matmul(rounded(softmax(scores), v), wide(v)), v.type.dtype), sums];
  },
  gradient: ([g, gSums], { inputs, outputs, attributes, wants }) => {
    if (g === undefined || g === null || gSums !== null)
      throw new Error("internal: the sums of attention are for its gradient only");
    const [dq, dk, dv, dBias] = attentionGradientOp([...inputs, ...outputs, g], { ...attributes, bias: wants(3) });
    return [dq ?? "none", dk ?? "none", dv ?? "none", dBias ?? "none"];
  },
});

/** A composite of its own, so that targets may fuse it. `bias`: the bias has a cotangent too. */
export const attentionGradientOp = composite<AttentionAttributes & { bias: boolean }>({
  name: "attentionGradient",
  summary:
    "The cotangents of attention's inputs, from its inputs, its outputs and the cotangent of the first of those.",
  inputs: ["q", "k", "v", "bias", "y", "sums", "g"],
  infer: ([q, k, v, bias, y, sums, g], attributes) => {
    const own = checked("attentionGradient", [q, k, v, bias]);
    if (!sameShape(y?.shape ?? [], own.q.shape) || !sameShape(g?.shape ?? [], own.q.shape))
      fail("attentionGradient", `outputs and cotangent that are not those of [${own.q.shape.join(",")}]`);
    if (!sameShape(sums?.shape ?? [], own.sums.shape))
      fail("attentionGradient", `sums [${sums?.shape.join(",")}] of [${own.q.shape.join(",")}]`);
    const factors = [own.q, own.k, own.k];
    return attributes.bias ? [...factors, { ...own.bias, dtype: "float32" }] : factors;
  },
  // With a the weights: dv = aᵀg; ds = a ⊙ (g·vᵀ - Σ g⊙y); dq = scale·ds·k; dk = scale·dsᵀ·q. The weights are
  // recomputed here; common subexpression elimination merges them with those of the forward pass.
  expand: (inputs, { scale, bias: ofBias }) => {
    const [q, k, v, bias] = [at(inputs, 0), at(inputs, 1), at(inputs, 2), at(inputs, 3)];
    const [y, g] = [wide(at(inputs, 4)), wide(at(inputs, 6))];
    const a = softmax(scoresOf(inputs, { scale }));
    const ds = mul(a, sub(matmul(g, wide(v), { transB: true }), sum(mul(g, y), [3], true)));
    const factor = rounded(ds, q);
    const dq = matmul(factor, wide(k), { alpha: scale });
    const dk = matmul(factor, wide(q), { transA: true, alpha: scale });
    const dv = matmul(rounded(a, v), g, { transA: true });
    const factors = [dq, dk, dv].map((x) => cast(x, q.type.dtype));
    return ofBias ? [...factors, unbroadcast(ds, bias.type.shape)] : factors;
  },
  gradient: "expand",
});

interface Checked {
  readonly q: TensorType;
  readonly k: TensorType;
  readonly bias: TensorType;
  readonly sums: TensorType;
}

function checked(op: string, [q, k, v, bias]: readonly (TensorType | undefined)[]): Checked {
  if (q === undefined || k === undefined || v === undefined || bias === undefined) fail(op, "wants q, k, v and bias");
  expectFactors(op, q, k, v, bias);
  if (q.shape.length !== 4 || k.shape.length !== 4 || !sameShape(k.shape, v.shape))
    fail(op, `q [${q.shape.join(",")}], k [${k.shape.join(",")}], v [${v.shape.join(",")}]`);
  if ([0, 1, 3].some((axis) => q.shape[axis] !== k.shape[axis]))
    fail(op, `q [${q.shape.join(",")}] does not fit k [${k.shape.join(",")}]`);
  const queries = q.shape.slice(0, 3);
  checkBroadcastTo(op, bias.shape, [...queries, at(k.shape, 2)]);
  return { q, k, bias, sums: { dtype: "float32", shape: queries } };
}

// In bfloat16 kernels round the factors of products, and no intermediate results.
const wide = (x: Value): Value => cast(x, "float32");
const rounded = (x: Value, like: Value): Value => wide(cast(x, like.type.dtype));

function scoresOf(inputs: readonly Value[], { scale }: AttentionAttributes): Value {
  const products = matmul(wide(at(inputs, 0)), wide(at(inputs, 1)), { transB: true, alpha: scale });
  return add(products, wide(at(inputs, 3)));
}

/** softmax(scale · q · kᵀ + bias) · v. Padding is masked by the bias. */
export const attention = (x: { q: Value; k: Value; v: Value; bias: Value }, attributes: AttentionAttributes): Value =>
  at(attentionOp([x.q, x.k, x.v, x.bias], attributes), 0);
