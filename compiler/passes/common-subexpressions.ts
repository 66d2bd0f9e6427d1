// Makes equal computations one: same operation, same inputs, same attributes.
import { rejoin, rewrite, type Attribute, type Graph, type Node, type Value } from "../ir/graph.js";

/** Attributes count too: constants are equal where their numbers are, 0 and -0 not. Types follow from all of these. */
export function commonSubexpressions(graph: Graph): Graph {
  const ids = new Map<Node, number>();
  const seen = new Map<string, readonly Value[]>();
  const idOf = (node: Node): number => {
    const id = ids.get(node) ?? ids.size;
    ids.set(node, id);
    return id;
  };
  return rewrite(graph, (node, inputs) => {
    const key = keyOf(node, inputs, idOf);
    const known = seen.get(key);
    if (known !== undefined) return known;
    const outputs = rejoin(node, inputs);
    seen.set(key, outputs);
    return outputs;
  });
}

function keyOf(node: Node, inputs: readonly Value[], idOf: (node: Node) => number): string {
  const operands = inputs.map((value) => `${idOf(value.node)}.${value.index}`).join(",");
  const attributes = Object.entries(node.attributes).map(([name, value]) => `${name}=${attributeKey(value)}`);
  return `${node.op}(${operands}){${attributes.join(";")}}`;
}

/** Of lists: tables of positions have many thousand elements, and every program asks for theirs several times. */
const keys = new WeakMap<object, string>();

/** Distinguishes -0 from 0, which divide to other infinities. */
function attributeKey(value: Attribute): string {
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : String(value);
  const key = keys.get(value) ?? `[${Array.from(value, attributeKey).join(",")}]`;
  keys.set(value, key);
  return key;
}
