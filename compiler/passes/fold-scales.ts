// Folds per-feature scales and shifts into the weights of the adjacent projection: scale and shift of a layer norm
// before it (W·(x̂⊙g + c) = (W⊙g)·x̂ + W·c) and the layer scale after it ((W·x + b)⊙s = (W⊙s)·x + b⊙s). The forward
// pass saves a pass over the rows; in the backward pass the norm's output is x̂ itself, and the gradients of the
// scales, otherwise sums over all rows, are sums over the weight. Runs before differentiation, only where the weight is
// trained: its gradient is what the others are computed from.
import { rewrite, nodesOf, useCounts, type Graph, type Node, type Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { layerNorm, linear } from "../ops/composite.js";
import { add, mul } from "../ops/elementwise.js";
import { matmul } from "../ops/linear.js";
import { at } from "../ops/op.js";
import { fill, reshape } from "../ops/structure.js";
import { match } from "./match.js";

/** `trained`: parameters whose gradients are wanted. */
export function foldScales(graph: Graph, trained: ReadonlySet<string>): Graph {
  const sites = sitesOf(graph, trained);
  if (sites.normed.size + sites.scaled.size === 0) return graph;
  return rewrite(graph, (node, inputs) => {
    if (sites.normed.has(node)) return [ofStandardised(inputs)];
    if (sites.scaled.has(node)) return [withScale(inputs)];
    return null;
  });
}

interface Sites {
  /** Projections that read the output of a norm. */
  readonly normed: ReadonlySet<Node>;
  /** Products of a projection's output and a vector. */
  readonly scaled: ReadonlySet<Node>;
}

function sitesOf(graph: Graph, trained: ReadonlySet<string>): Sites {
  const uses = useCounts(graph);
  const names = new Map(graph.inputs.map(({ name, value }) => [value, name]));
  const order = nodesOf(graph);
  const projections = order.filter(({ op, inputs }) => {
    const name = op === "linear" ? names.get(at(inputs, 1)) : undefined;
    return name !== undefined && trained.has(name);
  });
  const [rows, readers] = [new Map<Value, number>(), new Map<Value, number>()];
  for (const { inputs } of projections) {
    const [x, weight] = [at(inputs, 0), at(inputs, 1)];
    rows.set(weight, (rows.get(weight) ?? 0) + sizeOf(x.type.shape.slice(0, -1)));
    readers.set(x, (readers.get(x) ?? 0) + 1);
  }
  // The weight is read four more times, the rows three (layer scale) to six times (norm) less.
  const pays = (weight: Value, axis: number): boolean => (rows.get(weight) ?? 0) >= at(weight.type.shape, axis);
  const normed = projections.filter(({ inputs }) => {
    const [x, weight] = [at(inputs, 0), at(inputs, 1)];
    return x.node.op === "layerNorm" && x.index === 0 && uses.get(x) === readers.get(x) && pays(weight, 0);
  });
  const known = new Set(projections);
  const scaled = order.filter(({ op, inputs }) => {
    const [x, scale] = inputs;
    if (op !== "mul" || x === undefined || scale === undefined || !known.has(x.node)) return false;
    return uses.get(x) === 1 && isVectorFor(x, scale) && pays(at(x.node.inputs, 1), 1);
  });
  return { normed: new Set(normed), scaled: new Set(scaled) };
}

function isVectorFor(rows: Value, vector: Value): boolean {
  return vector.type.shape.length === 1 && vector.type.shape[0] === rows.type.shape[rows.type.shape.length - 1];
}

function ofStandardised([x, weight, bias]: readonly Value[]): Value {
  const norm = x === undefined ? null : match(x.node, "layerNorm");
  if (norm === null || weight === undefined || bias === undefined) throw new Error("internal: no projection of a norm");
  const [from, gain, shift] = [at(norm.inputs, 0), at(norm.inputs, 1), at(norm.inputs, 2)];
  const plain = { weight: fill(1, gain.type.shape), bias: fill(0, shift.type.shape) };
  const moved = reshape(matmul(weight, reshape(shift, [...shift.type.shape, 1])), bias.type.shape);
  return linear(layerNorm(from, plain, norm.attributes.eps), mul(weight, gain), add(bias, moved));
}

function withScale([rows, scale]: readonly Value[]): Value {
  const projection = rows === undefined ? null : match(rows.node, "linear");
  if (projection === null || scale === undefined) throw new Error("internal: no projection to scale");
  const [x, weight, bias] = [at(projection.inputs, 0), at(projection.inputs, 1), at(projection.inputs, 2)];
  return linear(x, mul(weight, reshape(scale, [...scale.type.shape, 1])), mul(bias, scale));
}
