// A sequence of operations split into functions that can be compiled separately: repeated sequences, such as layers
// forward and backward, become one function that is called several times.
import { nodesOf, type Graph, type Node, type Value } from "../../ir/graph.js";
import { typeText } from "../../ir/types.js";
import { at } from "../../ops/op.js";
import { isCollective } from "./collectives.js";
import { repeatsIn } from "./repeats.js";
import { createNames, operation, type Statement } from "./statements.js";

/** Functions as lines of Python, and the statements that call them. */
export interface Parts {
  readonly functions: readonly string[];
  readonly statements: readonly Statement[];
}

/** Shorter repeats are not worth a call; the layers of a model are within these bounds. */
const bounds = { least: 12, most: 400, saves: 40 };
/** Compile time more than doubles for twice as many operations. */
const longest = 250;

/**
 * Operations of a graph as calls of functions. Short sequences stay inline, and so do collectives, which are started in
 * one place and waited for in another. Collectives do not split repeated sequences, but start after the function whose
 * results they send.
 */
export function inParts(graph: Graph, nodes: readonly Node[]): Parts {
  const stretches = begunEarly(cut(waitedLate(nodes)));
  const isApart = (stretch: readonly Node[]): boolean => stretch.length < bounds.least;
  const isRead = readFromBeyond(graph, nodes);
  const kinds = new Map<string, (readonly Node[])[]>();
  for (const stretch of stretches.filter((each) => !isApart(each))) {
    const kind = kindOf(stretch);
    kinds.set(kind, [...(kinds.get(kind) ?? []), stretch]);
  }
  const functions: string[] = [];
  const calls = new Map<readonly Node[], Statement>();
  [...kinds.values()].forEach((alike, i) => {
    // All calls return whatever any of them needs.
    const asked = alike.map((stretch) => outputsOf(stretch).map((value) => isRead(value, stretch)));
    const given = (stretch: readonly Node[]): Value[] =>
      outputsOf(stretch).filter((_, place) => asked.some((flags) => flags[place]));
    functions.push("", ...definition(`part${i}`, at(alike, 0), given(at(alike, 0)), alike.length));
    for (const stretch of alike) calls.set(stretch, call(`part${i}`, inputsOf(stretch), given(stretch)));
  });
  return { functions, statements: stretches.flatMap((stretch) => calls.get(stretch) ?? stretch.map(operation)) };
}

/** The same nodes, with each collective moved directly before the first node that reads its result, or to the end. */
function waitedLate(nodes: readonly Node[]): readonly Node[] {
  const left = new Set(nodes.filter(isCollective));
  const computed = nodes.flatMap((node) => {
    if (isCollective(node)) return [];
    return [...due(node, left), node];
  });
  return [...computed, ...left];
}

/** Removes from `left` and returns the collectives that a node waits for, each after those that it depends on itself. */
function due(node: Node, left: Set<Node>): Node[] {
  return node.inputs.flatMap(({ node: from }) => (left.delete(from) ? [...due(from, left), from] : []));
}

/** Moves each collective directly after the last sequence that computes its inputs. */
function begunEarly(stretches: readonly (readonly Node[])[]): (readonly Node[])[] {
  const placeOf = new Map(stretches.flatMap((stretch, place) => stretch.map((node) => [node, place] as const)));
  const begun = new Map<number, (readonly Node[])[]>();
  const computed = stretches.map((stretch) => {
    const exchange = stretch.find(isCollective);
    if (exchange === undefined) return [stretch];
    const place = Math.max(-1, ...exchange.inputs.map(({ node }) => placeOf.get(node) ?? -1));
    placeOf.set(exchange, place);
    begun.set(place, [...(begun.get(place) ?? []), stretch]);
    return [];
  });
  return [...(begun.get(-1) ?? []), ...computed.flatMap((each, place) => [...each, ...(begun.get(place) ?? [])])];
}

/** Splits into repeated sequences and those between them; each collective is alone. */
function cut(nodes: readonly Node[]): (readonly Node[])[] {
  const starts = new Map<number, number>();
  const texts = nodes.map((node, i) => (isCollective(node) ? `collective ${i}` : textOf(node)));
  for (const { length, starts: all } of repeatsIn(texts, bounds)) for (const start of all) starts.set(start, length);
  nodes.forEach((node, i) => void (isCollective(node) && starts.set(i, 1)));
  const stretches: (readonly Node[])[] = [];
  for (let start = 0; start < nodes.length;) {
    const next = [...starts.keys()].reduce(
      (least, other) => (other > start ? Math.min(least, other) : least),
      nodes.length,
    );
    const length = starts.get(start) ?? Math.min(longest, next - start);
    stretches.push(nodes.slice(start, start + length));
    start += length;
  }
  return stretches;
}

function call(name: string, reads: readonly Value[], makes: readonly Value[]): Statement {
  return {
    reads,
    makes,
    // The function returns a tuple even for one result.
    lines: ({ of, bind }) => {
      const given = reads.map(of).join(", ");
      return [`${makes.map(bind).join(", ")}, = ${name}(${given})`];
    },
  };
}

function definition(name: string, nodes: readonly Node[], outputs: readonly Value[], calls: number): string[] {
  const names = createNames();
  const parameters = inputsOf(nodes).map((value) => names.bindAs("x", value));
  return [
    "@compile",
    `def ${name}(${parameters.join(", ")}):  # called ${calls === 1 ? "once" : `${calls} times`}`,
    ...nodes.flatMap((node) => operation(node).lines(names)).map((line) => `    ${line}`),
    `    return (${outputs.map(names.of).join(", ")},)`,
  ];
}

function outputsOf(nodes: readonly Node[]): Value[] {
  return nodes.flatMap(({ outputs }) => outputs);
}

/** Values that a sequence reads from outside, in the order in which it first reads them. */
function inputsOf(nodes: readonly Node[]): Value[] {
  const inside = new Set(nodes);
  return [...new Set(nodes.flatMap(({ inputs }) => inputs).filter(({ node }) => !inside.has(node)))];
}

/** Whether a value is read outside of a sequence: by other operations, or by anything after all of them. */
function readFromBeyond(graph: Graph, nodes: readonly Node[]): (value: Value, stretch: readonly Node[]) => boolean {
  const readers = new Map<Value, Node[]>();
  for (const node of nodes) for (const value of node.inputs) readers.set(value, [...(readers.get(value) ?? []), node]);
  const known = new Set(nodes);
  const later = nodesOf(graph).filter((node) => !known.has(node));
  const kept = new Set([...graph.outputs.values(), ...later.flatMap(({ inputs }) => inputs)]);
  return (value, stretch) => kept.has(value) || (readers.get(value) ?? []).some((reader) => !stretch.includes(reader));
}

/** A key for what a sequence computes, independent of its inputs: its operations, and which values each of them reads. */
function kindOf(nodes: readonly Node[]): string {
  const places = new Map<Value, number>();
  for (const value of [...inputsOf(nodes), ...outputsOf(nodes)]) places.set(value, places.size);
  return nodes.map((node) => `${textOf(node)} ${node.inputs.map((value) => places.get(value)).join()}`).join(";");
}

function textOf({ op, inputs, attributes, outputs }: Node): string {
  const types = [...inputs, ...outputs].map(({ type }) => typeText(type));
  return `${op} ${JSON.stringify(attributes)} ${types.join()}`;
}
