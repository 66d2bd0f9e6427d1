// The memory plan: which outputs may be written into the memory of which inputs. Optimizer state then needs one buffer
// where it would need two.
//
// The rule. Output o, computed by node O, may overwrite input i of the same type if every node that reads i, or reads
// i under another name (through operations that an engine may run without copying), is O itself or an ancestor of O,
// and those that are O read and write element by element. Whatever order an engine takes, ancestors of O are done when
// O starts, and O reads each element before it writes it; so nobody can see the new numbers in place of the old. An
// input that is itself an output may not be overwritten.
import { topological, type Graph, type Node, type Value } from "../ir/graph.js";
import { sameShape } from "../ir/types.js";

/**
 * Element k of every result depends on element k of inputs of the same shape, and is written after it was read. For a
 * composite this must hold of its expansion too, whose nodes run in any order (a test expands it).
 */
const elementwise: ReadonlySet<string> = new Set([
  "neg",
  "exp",
  "log",
  "sqrt",
  "tanh",
  "erf",
  "sigmoid",
  "relu",
  "abs",
  "add",
  "sub",
  "mul",
  "div",
  "maximum",
  "adamw",
]);

/** Results that may be the input's own memory. */
const views: ReadonlySet<string> = new Set(["reshape", "transpose", "slice", "broadcastTo", "stopGradient", "cast"]);

/** Output → input, by the naming of programs: `next.X` or `X` over state `X` (parameters are read to the end). */
export function withDonations(graph: Graph): Graph {
  const readers = readersOf(graph);
  const donations = new Map<string, string>();
  for (const { name, role } of graph.inputs) {
    if (role !== "state") continue;
    const output = [`next.${name}`, name].find((candidate) => graph.outputs.has(candidate));
    if (output === undefined) continue;
    if (mayOverwrite(graph, readers, { output, input: name })) donations.set(output, name);
  }
  return { ...graph, donations };
}

/** Whether the rule above allows it. */
function mayOverwrite(graph: Graph, readers: Readers, { output, input }: { output: string; input: string }): boolean {
  const result = graph.outputs.get(output);
  const source = graph.inputs.find((entry) => entry.name === input)?.value;
  if (result === undefined || source === undefined) return false;
  if (result.type.dtype !== source.type.dtype || !sameShape(result.type.shape, source.type.shape)) return false;
  const names = namesOf(source, readers);
  if ([...graph.outputs.values()].some((value) => names.has(value))) return false;
  return [...names].every((name) =>
    (readers.get(name) ?? []).every((node) => {
      if (node === result.node) return name === source && elementwise.has(node.op);
      return isBefore(node, result.node, readers);
    }),
  );
}

type Readers = ReadonlyMap<Value, readonly Node[]>;

function readersOf(graph: Graph): Readers {
  const readers = new Map<Value, Node[]>();
  for (const node of topological(graph.outputs.values())) {
    for (const value of new Set(node.inputs)) {
      const known = readers.get(value);
      if (known === undefined) readers.set(value, [node]);
      else known.push(node);
    }
  }
  return readers;
}

/** Values that may be the memory of `source`, itself among them. */
function namesOf(source: Value, readers: Readers): Set<Value> {
  const names = new Set([source]);
  for (const name of names) {
    for (const node of readers.get(name) ?? [])
      if (views.has(node.op)) node.outputs.forEach((value) => names.add(value));
  }
  return names;
}

/** Whether `node` is an ancestor of `end`. Searched forwards: little follows what reads optimizer state. */
function isBefore(node: Node, end: Node, readers: Readers): boolean {
  const seen = new Set<Node>([node]);
  for (const current of seen) {
    if (current !== node && current === end) return true;
    for (const value of current.outputs) (readers.get(value) ?? []).forEach((next) => seen.add(next));
  }
  return false;
}
