// Common subexpression elimination: nodes with the same operation, inputs and attributes become one.
import { rejoin, rewrite, type Attribute, type Attributes, type Graph, type Node, type Value } from "../ir/graph.js";

/**
 * Constants are compared by their data, with 0 and -0 distinct. Types need no comparison: they follow from op, inputs
 * and attributes.
 */
export function commonSubexpressions(graph: Graph): Graph {
  const ages = new Map<Value, number>();
  const readers = new Map<Value, Node[]>();
  const sources = new Map<string, Node>();
  return rewrite(graph, (node, inputs) => {
    const outputs = rejoin(node, inputs);
    const made = outputs[0]?.node ?? node;
    const known = inputs.length === 0 ? sameSource(sources, made) : sameReader(readers, youngest(inputs, ages), made);
    if (known !== undefined) return known.outputs;
    outputs.forEach((value) => ages.set(value, ages.size));
    return outputs;
  });
}

/** Looks up a node without inputs by its attributes. */
function sameSource(sources: Map<string, Node>, node: Node): Node | undefined {
  const key = `${node.op} ${attributesKey(node.attributes)}`;
  const known = sources.get(key);
  if (known === undefined) sources.set(key, node);
  return known;
}

/** Looks up a node among the readers of `value`. */
function sameReader(readers: Map<Value, Node[]>, value: Value, node: Node): Node | undefined {
  const others = readers.get(value);
  if (others === undefined) readers.set(value, [node]);
  else {
    const known = others.find((other) => alike(other, node));
    if (known !== undefined) return known;
    others.push(node);
  }
  return undefined;
}

/** The input that was computed last, which has few readers so far: constants and masks have thousands. */
function youngest(inputs: readonly Value[], ages: ReadonlyMap<Value, number>): Value {
  return inputs.reduce((a, b) => ((ages.get(b) ?? -1) > (ages.get(a) ?? -1) ? b : a));
}

function alike(a: Node, b: Node): boolean {
  if (a.op !== b.op || a.inputs.length !== b.inputs.length) return false;
  return a.inputs.every((value, i) => value === b.inputs[i]) && sameAttributes(a.attributes, b.attributes);
}

function sameAttributes(a: Attributes, b: Attributes): boolean {
  return a === b || attributesKey(a) === attributesKey(b);
}

function attributesKey(attributes: Attributes): string {
  let key = "";
  for (const name in attributes) key += `${name}=${attributeKey(attributes[name])};`;
  return key;
}

/** Memoized keys of arrays: position tables have many thousand elements, and every program compares them several times. */
const keys = new WeakMap<object, string>();

/** Distinguishes -0 from 0: dividing by them gives different infinities. */
function attributeKey(value: Attribute | undefined): string {
  if (typeof value !== "object") return Object.is(value, -0) ? "-0" : String(value);
  const key = keys.get(value) ?? `[${Array.from(value, attributeKey).join(",")}]`;
  keys.set(value, key);
  return key;
}
