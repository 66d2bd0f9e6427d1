// The order in which a target that runs node by node computes a graph, and when each value is dead. It manages no
// memory itself: the engine frees what the schedule marks as dead.
import { nodesOf, type Graph, type Node, type Value } from "../ir/graph.js";

/** One node to compute, and the values that are dead after it. */
export interface Step {
  readonly node: Node;
  readonly dead: readonly Value[];
}

/**
 * Nodes in topological order, without the graph's inputs. Inputs and outputs of the graph are never among the dead:
 * both belong to the caller.
 */
export function schedule(graph: Graph): readonly Step[] {
  const kept = new Set<Value>([...graph.inputs.map((entry) => entry.value), ...graph.outputs.values()]);
  const seen = new Set<Value>();
  const steps: Step[] = [];
  for (const node of nodesOf(graph).toReversed()) {
    if (node.op === "input") continue;
    const dead = [...new Set([...node.outputs, ...node.inputs])].filter(
      (value) => !seen.has(value) && !kept.has(value),
    );
    dead.forEach((value) => seen.add(value));
    steps.push({ node, dead });
  }
  return steps.reverse();
}
