// The graph IR: immutable nodes that refer to their inputs, so that dead nodes do not exist. Operations are defined in
// `ops/`; this file knows only how they are connected.
import type { Span } from "../../grammar/index.js";
import type { TensorType } from "./types.js";

/** Attribute values an operation may have; everything prints in the textual IR. */
export type Attribute = number | string | boolean | readonly number[] | Float32Array | Int32Array;
/** The attributes of an operation, by name. */
export type Attributes = Readonly<Record<string, Attribute>>;

/** One result of a node. Identity is the object: two values are the same only if they are `===`. */
export interface Value {
  readonly type: TensorType;
  readonly node: Node;
  /** Which of the node's outputs this is. */
  readonly index: number;
}

/** Where a node comes from. */
export interface Origin {
  /** The line of the spec that caused it; null if none did. */
  readonly span: Span | null;
  /** The part of the model or program that it belongs to, as a path, `gradient/pair/layer 11/fusion`; empty for none. */
  readonly part: string;
}

/** One application of an operation. Nodes are compared by identity; common subexpression elimination merges equal ones. */
export interface Node {
  /** Name in the op table, or `input`. */
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  readonly origin: Origin;
  /** Whether the verifier has accepted it: a pass keeps most nodes, which need not be verified again after it. */
  verified: boolean;
}

/**
 * Who supplies an input: the checkpoint, the data, the seeded noise, the optimizer's state, or the loop (learning rate,
 * denominators).
 */
export type InputRole = "parameter" | "batch" | "noise" | "state" | "scalar";

/** A value that the caller of a program supplies. */
export interface Input {
  readonly name: string;
  readonly role: InputRole;
  readonly value: Value;
  /** Value of every element if the caller supplies none; null if the caller must. */
  readonly fallback: number | null;
}

/** A pure function of named tensors. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly outputs: ReadonlyMap<string, Value>;
}

let origin: Origin = { span: null, part: "" };

/**
 * Runs `build` with an origin for every node made inside; an origin field that is left out, or a null span, stays as it
 * was.
 */
export function withOrigin<T>({ span, part }: Partial<Origin>, build: () => T): T {
  return comingFrom({ span: span ?? origin.span, part: part ?? origin.part }, build);
}

function comingFrom<T>(place: Origin, build: () => T): T {
  const outer = origin;
  origin = place;
  try {
    return build();
  } finally {
    origin = outer;
  }
}

/** The same for a part of the part that is being built. */
export function withinPart<T>(name: string, span: Span | null, build: () => T): T {
  return withOrigin({ span, part: partOf(origin.part, name) }, build);
}

/** The path of a part within a part; either may be empty. */
export function partOf(whole: string, part: string): string {
  return [whole, part].filter((name) => name !== "").join("/");
}

/** Makes a node. Only the op table calls this, after checking the inputs and inferring the types. */
export function createNode(
  op: string,
  inputs: readonly Value[],
  attributes: Attributes,
  types: readonly TensorType[],
): Node {
  const outputs: Value[] = [];
  const node: Node = { op, inputs, attributes, outputs, origin, verified: false };
  types.forEach((type, index) => outputs.push({ type, node, index }));
  return node;
}

/** A named input of a graph. */
export function input(name: string, role: InputRole, type: TensorType, fallback: number | null = null): Input {
  const [value] = createNode("input", [], { name }, [type]).outputs;
  if (value === undefined) throw new Error("internal: an input has one value");
  return { name, role, value, fallback };
}

/** Nodes that `values` depend on, in topological order. Iterative: graphs are deeper than the call stack. */
export function topological(values: Iterable<Value>): Node[] {
  const order: Node[] = [];
  const done = new Set<Node>();
  const open = [...values].reverse().map((value) => ({ node: value.node, next: 0 }));
  while (open.length > 0) {
    const frame = open[open.length - 1];
    if (frame === undefined) break;
    const child = done.has(frame.node) ? undefined : frame.node.inputs[frame.next++];
    if (child !== undefined) {
      if (!done.has(child.node)) open.push({ node: child.node, next: 0 });
      continue;
    }
    open.pop();
    if (done.has(frame.node)) continue;
    done.add(frame.node);
    order.push(frame.node);
  }
  return order;
}

/** Memoized orders of `nodesOf`: every pass needs one, and the verifier after it. */
const orders = new WeakMap<Graph["outputs"], readonly Node[]>();

/** The nodes of a graph in topological order. */
export function nodesOf({ outputs }: Pick<Graph, "outputs">): readonly Node[] {
  const known = orders.get(outputs);
  if (known !== undefined) return known;
  const order = topological(outputs.values());
  orders.set(outputs, order);
  return order;
}

/** Makes a graph of `outputs`; unused inputs are left out. */
export function createGraph(name: string, inputs: readonly Input[], outputs: ReadonlyMap<string, Value>): Graph {
  const reached = new Set(nodesOf({ outputs }).filter(({ op }) => op === "input"));
  const read = inputs.filter((entry) => reached.has(entry.value.node));
  const known = new Set(read.map((entry) => entry.value.node));
  for (const node of reached) {
    if (!known.has(node))
      throw new Error(`internal: ${name} reads undeclared input ${String(node.attributes["name"])}`);
  }
  return { name, inputs: read, outputs };
}

/** How often each value is read, graph outputs included. */
export function useCounts(graph: Graph): Map<Value, number> {
  const counts = new Map<Value, number>();
  const count = (value: Value): void => void counts.set(value, (counts.get(value) ?? 0) + 1);
  for (const node of nodesOf(graph)) node.inputs.forEach(count);
  for (const value of graph.outputs.values()) count(value);
  return counts;
}

/**
 * Rebuilds a graph in topological order. `replace` gets a node with its rebuilt inputs and returns new outputs, or null
 * to keep the operation. Graph inputs keep their identity, and so does the whole graph if nothing is replaced.
 */
export function rewrite(
  graph: Graph,
  replace: (node: Node, inputs: readonly Value[]) => readonly Value[] | null,
): Graph {
  const rebuilt = new Map<Value, Value>();
  const now = (value: Value): Value => rebuilt.get(value) ?? value;
  for (const node of nodesOf(graph)) {
    if (node.op === "input") continue;
    const inputs = node.inputs.some((value) => rebuilt.has(value)) ? node.inputs.map(now) : node.inputs;
    const outputs = comingFrom(node.origin, () => replace(node, inputs)) ?? rejoin(node, inputs);
    node.outputs.forEach((value, i) => {
      const output = outputs[i];
      if (output === undefined) throw new Error(`internal: rewriting ${node.op} lost output ${i}`);
      if (output !== value) rebuilt.set(value, output);
    });
  }
  if (rebuilt.size === 0) return graph;
  const outputs = new Map([...graph.outputs].map(([name, value]) => [name, now(value)]));
  return createGraph(graph.name, graph.inputs, outputs);
}

/** The same operation applied to other inputs of the same types. */
export function rejoin(node: Node, inputs: readonly Value[]): readonly Value[] {
  if (inputs.every((value, i) => value === node.inputs[i])) return node.outputs;
  const types = node.outputs.map((value) => value.type);
  return comingFrom(node.origin, () => createNode(node.op, inputs, node.attributes, types)).outputs;
}
