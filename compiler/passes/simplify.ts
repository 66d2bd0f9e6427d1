// Algebraic simplification and constant folding: each rule looks at one operation and its inputs. Rules are grouped in
// `simplify/`. None of them rounds a number: in float64 results agree to the last digits.
import { rejoin, rewrite, useCounts, type Graph, type Node, type Value } from "../ir/graph.js";
import { arithmeticRules } from "./simplify/arithmetic.js";
import { layoutRules } from "./simplify/layout.js";
import type { Simplification } from "./simplify/rule.js";

const rules: ReadonlyMap<string, readonly Simplification[]> = new Map(
  Object.entries({ ...layoutRules, ...arithmeticRules }),
);

/** Most sweeps: rules enable each other, but if a graph still changes after this many, two rules undo each other. */
const enough = 100;

/** Sweeps until no rule applies. */
export function simplify(graph: Graph): Graph {
  let current = graph;
  for (let i = 0; i < enough; i++) {
    const next = sweep(current);
    if (next === current) return current;
    current = next;
  }
  throw new Error(`internal: simplifying ${graph.name} does not end`);
}

/** Removes `stopGradient`, which has no meaning once a graph is differentiated. */
export function dropStopGradients(graph: Graph): Graph {
  return rewrite(graph, (node, inputs) => (node.op === "stopGradient" ? inputs : null));
}

function sweep(graph: Graph): Graph {
  const uses = useCounts(graph);
  return rewrite(graph, (old, inputs) => {
    const [output] = rejoin(old, inputs);
    if (output === undefined || old.outputs.length !== 1) return null;
    return [simplified(old, output, uses) ?? output];
  });
}

function simplified(old: Node, output: Value, uses: ReadonlyMap<Value, number>): Value | null {
  const { node } = output;
  const own = rules.get(node.op);
  if (own === undefined) return null;
  const alone = (i: number): boolean => {
    const [before, now] = [old.inputs[i], node.inputs[i]];
    // An input that was rewritten in this sweep may have readers that were not counted.
    return before !== undefined && before.node.op === now?.node.op && uses.get(before) === 1;
  };
  for (const rule of own) {
    const better = rule({ node, output, alone });
    if (better !== null && better !== output) return better;
  }
  return null;
}
