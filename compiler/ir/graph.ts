// The graph IR: immutable nodes that refer to their inputs, so that whatever no output reaches is not there.
// Operations are defined in `ops/`; this file knows only how they are joined.
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

/** Where an operation comes from. */
export interface Origin {
  /** The line of the spec that caused it; null where none did. */
  readonly span: Span | null;
  /** What it is a part of, as a path, `gradient/pair/layer 11/fusion`; empty where it is of nothing. */
  readonly part: string;
}

/**
 * One application of an operation. Two nodes are equal only by identity; `common-subexpressions` joins what is alike.
 */
export interface Node {
  /** Name in the op table, or `input`. */
  readonly op: string;
  readonly inputs: readonly Value[];
  readonly attributes: Attributes;
  readonly outputs: readonly Value[];
  readonly origin: Origin;
  /** Whether the verifier has found it right, which it stays: a pass keeps most nodes, and many passes follow each other. */
  verified: boolean;
}

/** Who supplies an input: the checkpoint, the data, the seeded noise, the optimizer's state, or the loop (learning rate, counts). */
export type InputRole = "parameter" | "batch" | "noise" | "state" | "scalar";

/** A value that the caller of a program gives. */
export interface Input {
  readonly name: string;
  readonly role: InputRole;
  readonly value: Value;
  /** Value of every element where the caller gives none; null where the caller must give it. */
  readonly fallback: number | null;
}

/** A pure function of named tensors. */
export interface Graph {
  readonly name: string;
  readonly inputs: readonly Input[];
  readonly outputs: ReadonlyMap<string, Value>;
}

let origin: Origin = { span: null, part: "" };

/** Runs `build` so that every node made inside comes from there; what is left out, or a span that is null, stays what it is. */
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

/** The same for what is a part of the part that is being built. */
export function withinPart<T>(name: string, span: Span | null, build: () => T): T {
  return withOrigin({ span, part: partOf(origin.part, name) }, build);
}

/** The path of a part of a part; either may be empty. */
export function partOf(whole: string, part: string): string {
  return [whole, part].filter((name) => name !== "").join("/");
}

/** Joins inputs to a new node. Only the op table calls this: it has checked the inputs and inferred the types. */
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

/** Nodes that `values` need, every node after those it reads. Iterative: graphs are deeper than the call stack. */
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

/** What `nodesOf` found: every pass asks, and the verifier after it. */
const orders = new WeakMap<Graph["outputs"], readonly Node[]>();

/** The nodes of a graph, every node after those it reads. */
export function nodesOf({ outputs }: Pick<Graph, "outputs">): readonly Node[] {
  const known = orders.get(outputs);
  if (known !== undefined) return known;
  const order = topological(outputs.values());
  orders.set(outputs, order);
  return order;
}

/** Makes a graph of what `outputs` need; inputs that nothing reads are left out. */
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
 * Rebuilds a graph bottom-up. `replace` sees a node with its inputs already rebuilt and returns the new outputs,
 * or null to keep the operation as it is. Inputs of the graph stay the same objects, and so does the graph where nothing is replaced.
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

/** The same operation on other inputs of the same types. */
export function rejoin(node: Node, inputs: readonly Value[]): readonly Value[] {
  if (inputs.every((value, i) => value === node.inputs[i])) return node.outputs;
  const types = node.outputs.map((value) => value.type);
  return comingFrom(node.origin, () => createNode(node.op, inputs, node.attributes, types)).outputs;
}
