// Attention of few queries over many tokens without materialised keys and values. The top layer is read at one token
// only, so that its keys and values, computed for every token, serve one query per head. Matrix products associate:
// q·(W x)ᵀ is (q·W)·xᵀ and a·(x Wᵀ) is (a·x)·Wᵀ, so both weights can be applied to the one query instead of to all
// tokens. Runs before differentiation.
import { rewrite, useCounts, type Graph, type Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { softmax } from "../ops/composite.js";
import { add } from "../ops/elementwise.js";
import { matmul } from "../ops/linear.js";
import { at } from "../ops/op.js";
import { reshape, slice, transpose } from "../ops/structure.js";
import { match } from "./match.js";

/** Small products run below full speed: the FLOPs must shrink at least to this share. */
const worthwhile = 0.5;

/** Only where keys and values have no other reader: otherwise they would be computed anyway. */
export function singleQueryAttention(graph: Graph): Graph {
  const uses = useCounts(graph);
  return rewrite(graph, (node, inputs) => {
    const known = match(node, "attention");
    if (known === null) return null;
    const [q, k, v, bias] = inputs;
    if (q === undefined || k === undefined || v === undefined || bias === undefined) return null;
    if (!known.inputs.slice(1, 3).every((value) => isReadOnce(value, uses))) return null;
    const [keys, values] = [projection(k), projection(v)];
    if (keys === null || values === null || keys.x !== values.x || !saves(q, keys)) return null;
    // The log-sum-exp output is for the gradient, which does not exist yet.
    const mixed = reassociated({ q, keys, values, bias }, known.attributes.scale);
    return node.outputs.map(() => mixed);
  });
}

/** Attention heads [B, H, N, d] as a projection of tokens x [B, N, I]: weight [H·d, I], bias [H·d]. */
interface Projection {
  readonly x: Value;
  readonly weight: Value;
  readonly bias: Value;
}

/** Matches transpose(reshape(linear(x) or a slice of it)); null for anything else. */
function projection(heads: Value): Projection | null {
  const split = match(heads.node, "transpose");
  if (split?.attributes.permutation.join() !== "0,2,1,3") return null;
  const shaped = match(at(split.inputs, 0).node, "reshape");
  if (shaped === null) return null;
  const joined = at(shaped.inputs, 0);
  const [, length, count = 0, size = 0] = at(split.inputs, 0).type.shape;
  if (joined.type.shape.length !== 3 || joined.type.shape[1] !== length || joined.type.shape[2] !== count * size) {
    return null;
  }
  const cut = match(joined.node, "slice");
  if (cut !== null && cut.attributes.axis !== 2) return null;
  const linear = match((cut === null ? joined : at(cut.inputs, 0)).node, "linear");
  if (linear === null) return null;
  const [x, weight, bias] = [at(linear.inputs, 0), at(linear.inputs, 1), at(linear.inputs, 2)];
  if (cut === null) return { x, weight, bias };
  const { start, end } = cut.attributes;
  return { x, weight: slice(weight, 0, start, end), bias: slice(bias, 0, start, end) };
}

/** Whether this attention is the only reader; one projection may make keys and values together. */
function isReadOnce(heads: Value, uses: ReadonlyMap<Value, number>): boolean {
  for (let value = heads; ; value = at(value.node.inputs, 0)) {
    const { op } = value.node;
    const readers = op === "linear" ? 2 : 1;
    if ((uses.get(value) ?? 0) > readers) return false;
    if (op !== "transpose" && op !== "reshape" && op !== "slice") return true;
  }
}

/** Compares the FLOPs of both forms, per item of the batch. */
function saves(q: Value, { x, weight }: Projection): boolean {
  const [, , queries = 0] = q.type.shape;
  const [, tokens = 0, width = 0] = x.type.shape;
  const [, heads = 0, , size = 0] = q.type.shape;
  const before = tokens * sizeOf(weight.type.shape) + heads * queries * tokens * size;
  const after = heads * queries * width * (size + tokens);
  return after <= worthwhile * before;
}

interface Parts {
  readonly q: Value;
  readonly keys: Projection;
  readonly values: Projection;
  readonly bias: Value;
}

function reassociated({ q, keys, values, bias }: Parts, scale: number): Value {
  const [batch = 0, heads = 0, queries = 0, size = 0] = q.type.shape;
  const [, tokens = 0, width = 0] = keys.x.type.shape;
  // The attention heads become the batch axis of the products with the weights, one product for the queries of all heads.
  const byHead = (value: Value, last: number): Value =>
    reshape(transpose(value, [1, 0, 2, 3]), [heads, batch * queries, last]);
  const byItem = (value: Value, last: number): Value =>
    transpose(reshape(value, [heads, batch, queries, last]), [1, 0, 2, 3]);
  const perHead = (weight: Value): Value => reshape(weight, [heads, size, width]);
  // The keys' bias adds the same number to all scores of a query, which softmax cancels.
  const looked = byItem(matmul(byHead(q, size), perHead(keys.weight)), width);
  const scores = matmul(reshape(looked, [batch, heads * queries, width]), keys.x, { transB: true, alpha: scale });
  const weights = softmax(add(reshape(scores, [batch, heads, queries, tokens]), bias));
  const mixed = matmul(reshape(weights, [batch, heads * queries, tokens]), values.x);
  const own = matmul(byHead(reshape(mixed, [batch, heads, queries, width]), width), perHead(values.weight), {
    transB: true,
  });
  // The weights of a query sum to 1: the values' bias is added unchanged.
  return byItem(add(own, reshape(values.bias, [heads, 1, size])), size);
}
