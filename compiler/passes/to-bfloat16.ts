// Mixed precision as casts in the graph: matrix products read and write bfloat16, everything else stays float32.
// Parameters are float32 inputs and outputs; a parameter is cast once for all of its readers.
import { rewrite, nodesOf, type Graph, type Node, type Value } from "../ir/graph.js";
import { applyOp } from "../ops/apply.js";
import { isOpName, type OpName } from "../ops/index.js";
import { at } from "../ops/op.js";
import { cast } from "../ops/structure.js";
import { prefixes, scoresOutput } from "../spec/inputs.js";

/**
 * The precision that an operation computes in. `given`: it only moves elements, so that the results of products stay in
 * bfloat16. Sums, norms, exponentials, losses and updates lose too much with 8 significant bits, and take little time.
 */
const policy = {
  matmul: "bfloat16",
  linear: "bfloat16",
  conv2d: "bfloat16",
  attention: "bfloat16",
  attentionGradient: "bfloat16",

  reshape: "given",
  transpose: "given",
  broadcastTo: "given",
  concat: "given",
  slice: "given",
  pad: "given",
  stopGradient: "given",
  gather: "given",

  gelu: "given",
  geluGradient: "given",

  constant: "float32",
  cast: "float32",
  sum: "float32",
  neg: "float32",
  exp: "float32",
  log: "float32",
  sqrt: "float32",
  tanh: "float32",
  erf: "float32",
  sigmoid: "float32",
  relu: "float32",
  abs: "float32",
  add: "float32",
  sub: "float32",
  mul: "float32",
  div: "float32",
  maximum: "float32",
  equal: "float32",
  greater: "float32",
  select: "float32",
  max: "float32",
  argmax: "float32",
  scatterAdd: "float32",
  softmax: "float32",
  layerNorm: "float32",
  layerNormGradient: "float32",
  crossEntropy: "float32",
  crossEntropyGradient: "float32",
  adamw: "float32",

  allGather: "float32",
  reduceScatter: "float32",
  allReduce: "float32",
} as const satisfies Readonly<Record<OpName, "bfloat16" | "float32" | "given">>;

/** The log-sum-exp of attention is float32 in every precision. */
const exactInputs: Readonly<Record<string, number>> = { attentionGradient: 5 } satisfies {
  readonly [Name in OpName]?: number;
};

/** For a lowered graph: a composite that is expanded later would be cast as a whole. */
export function toBfloat16(graph: Graph): Graph {
  const exact = comparisons(graph);
  return rewrite(graph, (node, inputs) => {
    switch (exact.has(node) ? "float32" : computesIn(node)) {
      case "bfloat16":
        return widened(
          node,
          inputs.map((value, i) => (i === exactInputs[node.op] ? value : narrow(value))),
        );
      case "given":
        return inputs.some(isWidened) && inputs.every((value) => isWidened(value) || value.type.dtype === "int32")
          ? widened(node, inputs.map(narrow))
          : null;
      case "float32":
        return null;
    }
  });
}

/**
 * Products of features with features that losses or retrieval scores are computed from: the temperature makes them so
 * large that bfloat16 resolves only sixteenths.
 */
function comparisons(graph: Graph): ReadonlySet<Node> {
  const ofBatch = dependents(graph);
  const found = new Set<Node>();
  const isCompared = (name: string): boolean => name === scoresOutput || name.startsWith(prefixes.loss);
  const open = [...graph.outputs].filter(([name]) => isCompared(name)).map(([, value]) => value.node);
  const seen = new Set<Node>(open);
  for (let node = open.pop(); node !== undefined; node = open.pop()) {
    if (node.op === "input") continue;
    if (isOpName(node.op) && policy[node.op] === "bfloat16") {
      if (node.inputs.every((value) => ofBatch.has(value.node))) found.add(node);
      continue;
    }
    for (const { node: before } of node.inputs) {
      if (seen.has(before)) continue;
      seen.add(before);
      open.push(before);
    }
  }
  return found;
}

/** Nodes that depend on the batch. */
function dependents(graph: Graph): ReadonlySet<Node> {
  const found = new Set(graph.inputs.filter(({ role }) => role === "batch").map(({ value }) => value.node));
  for (const node of nodesOf(graph)) if (node.inputs.some((value) => found.has(value.node))) found.add(node);
  return found;
}

/** A product with a vector reads each element once: casting it first would take as long. */
function computesIn({ op, inputs, outputs }: Node): (typeof policy)[OpName] {
  if (!isOpName(op)) return "float32";
  const sides = [...inputs, ...outputs].map(({ type }) => type.shape.slice(-2));
  return op === "matmul" && sides.some((side) => side.includes(1)) ? "given" : policy[op];
}

/** The operation in bfloat16, with its results cast back to float32. */
function widened({ op, attributes }: Node, inputs: readonly Value[]): Value[] {
  if (!isOpName(op)) throw new Error(`internal: no op ${op}`);
  return applyOp(op, inputs, attributes).map((value) => cast(value, "float32"));
}

function isMove({ op }: Node): boolean {
  return op === "reshape" || op === "transpose" || op === "broadcastTo";
}

function isWidened({ node, type }: Value): boolean {
  return node.op === "cast" && type.dtype === "float32" && at(node.inputs, 0).type.dtype === "bfloat16";
}

/**
 * The value in bfloat16, without a cast if it was bfloat16 before. Casts move above operations that only move elements
 * and drop none, so that all readers share one; and above slices of an input, which is cast as a whole.
 */
function narrow(value: Value): Value {
  if (value.type.dtype !== "float32") return value;
  const { op, inputs, attributes } = value.node;
  if (isWidened(value)) return at(inputs, 0);
  const isPart = op === "slice" && at(inputs, 0).node.op === "input";
  if (!isOpName(op) || !(isPart || isMove(value.node))) return cast(value, "bfloat16");
  return at(applyOp(op, [narrow(at(inputs, 0))], attributes), 0);
}
