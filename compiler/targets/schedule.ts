// The order in which a target that runs node by node computes a graph, and when each value dies. It decides nothing
// about memory itself: who runs it frees what the schedule says is dead.
import { nodesOf, type Graph, type Node, type Value } from "../ir/graph.js";

/** One node to compute, and the values that nothing reads after it. */
export interface Step {
  readonly node: Node;
  readonly dead: readonly Value[];
}

/**
 * Nodes in order without the graph's inputs. Inputs and outputs of the graph are never among the dead: the first
 * belong to the caller, the others are handed to it.
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
