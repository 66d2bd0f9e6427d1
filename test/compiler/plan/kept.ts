// The actual memory of a stage's gradient program, measured on its graph: the activations saved for the backward pass, and
// the peak of live tensors if nodes run in order.
import { buildGradient } from "../../../compiler/build/build.js";
import { topological, type Graph, type Node, type Value } from "../../../compiler/ir/graph.js";
import { sizeOf } from "../../../compiler/ir/types.js";
import { tokensRead } from "../../../compiler/plan/forward-passes.js";
import type { StageSpec } from "../../../compiler/spec/spec.js";
import { lower, targets } from "../../../compiler/targets/index.js";

/** The program for ONNX Runtime, or for PyTorch in bfloat16, with the average number of masked positions. */
export function gradientGraph(stage: StageSpec, batch: number, precision: "float32" | "bfloat16" = "float32"): Graph {
  const capacity = new Map(
    stage.learn.flatMap(({ head }) => {
      const [feature] = head.features;
      if (feature === undefined || (head.kind !== "masked_tokens" && head.kind !== "masked_patches")) return [];
      return [[head.name, batch * tokensRead(stage.model, head, feature)] as const];
    }),
  );
  const target = { float32: targets.onnx, bfloat16: targets.torch }[precision];
  return lower(buildGradient(stage, { batch, capacity }).graph, target, precision);
}

const views: ReadonlySet<string> = new Set(["reshape", "slice", "broadcastTo", "stopGradient"]);
const givenOps: ReadonlySet<string> = new Set(["input", "constant", "fill"]);

/** The value whose memory a view shares. */
function owner(value: Value): Value {
  const [first] = value.node.inputs;
  return views.has(value.node.op) && first !== undefined ? owner(first) : value;
}

/** Elements of forward values that the backward pass reads, without those that depend on parameters only. */
export function keptElements(graph: Graph): number {
  return keptValues(graph).reduce((sum, { type }) => sum + sizeOf(type.shape), 0);
}

/** `keptElements` in bytes. */
export function keptBytes(graph: Graph): number {
  return keptValues(graph).reduce((sum, { type }) => sum + (type.dtype === "bfloat16" ? 2 : 4) * sizeOf(type.shape), 0);
}

function keptValues(graph: Graph): Value[] {
  const losses = [...graph.outputs].filter(([name]) => name.startsWith("loss.")).map(([, value]) => value);
  const forward = new Set(topological(losses));
  const backward = topological(graph.outputs.values()).filter((node) => !forward.has(node));
  const read = backward.flatMap(({ inputs }) => inputs.map(owner));
  const ofBatch = dependents(graph);
  return [...new Set(read.filter(({ node }) => forward.has(node) && ofBatch.has(node) && !givenOps.has(node.op)))];
}

/** Nodes that depend on the batch or its noise. */
function dependents(graph: Graph): Set<Node> {
  const given = new Set(graph.inputs.filter(({ role }) => role !== "parameter").map(({ value }) => value.node));
  const found = new Set<Node>();
  for (const node of topological(graph.outputs.values())) {
    if (given.has(node) || node.inputs.some((value) => found.has(value.node))) found.add(node);
  }
  return found;
}

/** Peak number of live elements, without inputs and finished gradients. */
export function peakElements(graph: Graph): number {
  const order = topological(graph.outputs.values());
  const ends = new Set([...graph.outputs.values()].map(owner));
  const last = new Map<Value, number>();
  order.forEach((node, i) => [...node.inputs, ...node.outputs].forEach((value) => last.set(owner(value), i)));
  const dying = new Map<number, Value[]>();
  for (const [value, i] of last) dying.set(i, [...(dying.get(i) ?? []), value]);
  let [alive, peak] = [0, 0];
  const counts = (value: Value): boolean => !givenOps.has(value.node.op) && !ends.has(value);
  const size = (values: readonly Value[]): number =>
    values.filter(counts).reduce((sum, { type }) => sum + sizeOf(type.shape), 0);
  order.forEach((node, i) => {
    if (!views.has(node.op)) alive += size(node.outputs);
    peak = Math.max(peak, alive);
    alive -= size(dying.get(i) ?? []);
  });
  return peak;
}
