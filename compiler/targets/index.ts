// The targets, and lowering from a differentiated graph to what a target runs.
import type { Graph, Node } from "../ir/graph.js";
import type { Precision } from "../ir/precision.js";
import { loweringPasses, precisionPasses, runPasses } from "../passes/index.js";
import { onnx } from "./onnx/index.js";
import { reference } from "./reference.js";
import type { Target } from "./target.js";
import { tfjs } from "./tfjs.js";
import { torch } from "./torch/index.js";

/** Targets by name. */
export const targets = {
  reference,
  tfjs,
  onnx,
  torch,
} satisfies Readonly<Record<string, Target>>;

/** The graph in a target's terms: composites it does not take are expanded, equal computations are one; with the casts of a precision. */
export function lower(graph: Graph, target: Target, precision: Precision = "float32"): Graph {
  return runPasses(graph, [...loweringPasses(keptBy(target)), ...precisionPasses(precision)]);
}

function keptBy({ native, takes = () => () => true }: Target): (graph: Graph) => (node: Node) => boolean {
  return (graph) => {
    const isTaken = takes(graph);
    // A graph's nodes carry the names of their operations as text.
    const names: ReadonlySet<string> = native;
    return (node) => names.has(node.op) && isTaken(node);
  };
}
