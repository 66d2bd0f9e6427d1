// The targets, and lowering from a differentiated graph to the graph that a target runs.
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

/**
 * Lowers a graph to a target: expands the composites that the target does not implement, eliminates common
 * subexpressions, inserts the casts of a precision.
 */
export function lower(graph: Graph, target: Target, precision: Precision = "float32"): Graph {
  return runPasses(graph, [...loweringPasses(keptBy(target)), ...precisionPasses(precision)]);
}

function keptBy({ native, takes = () => () => true }: Target): (graph: Graph) => (node: Node) => boolean {
  return (graph) => {
    const isTaken = takes(graph);
    // The nodes of a graph hold op names as plain strings.
    const names: ReadonlySet<string> = native;
    return (node) => names.has(node.op) && isTaken(node);
  };
}
