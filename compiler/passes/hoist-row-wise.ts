// Computes a row-wise operation once for rows that are equal. The first layer of every pass over a pair starts from the
// same text and image embeddings, concatenated and gathered differently: its norm and its projection to queries, keys
// and values are applied to the parts, before they are concatenated and gathered. Runs before differentiation.
import { rewrite, useCounts, type Graph, type Node, type Value } from "../ir/graph.js";
import { sizeOf } from "../ir/types.js";
import { gather } from "../ops/indexing.js";
import { at } from "../ops/op.js";
import { concat } from "../ops/structure.js";
import { commonSubexpressions } from "./common-subexpressions.js";
import { match } from "./match.js";
import { reapply } from "./push-down-slices/slice-plan.js";

/** Operations that act on each row of their first input independently, and are expensive enough to be worth moving. */
const rowwise: ReadonlySet<string> = new Set(["linear", "layerNorm"]);

/** Above this share of the rows the copies cost more than is saved. */
const worthwhile = 0.9;

/** Repeats until nothing moves: hoisting one operation may allow its reader to be hoisted too. */
export function hoistRowWise(graph: Graph): Graph {
  let current = graph;
  for (let next = hoisted(current); next !== null; next = hoisted(current)) current = commonSubexpressions(next);
  return current;
}

/** Moves every group of operations that gains from it above the concatenations and gathers that it reads; null if none does. */
function hoisted(graph: Graph): Graph | null {
  const chosen = new Set<Node>();
  for (const members of groups(graph).values()) {
    for (const { parts, read, nodes } of related(members)) {
      if (rowsOf(parts) > worthwhile * rowsOf(read)) continue;
      for (const node of nodes) if (rearrangement(at(node.inputs, 0)) !== null) chosen.add(node);
    }
  }
  if (chosen.size === 0) return null;
  return rewrite(graph, (node, inputs) => {
    if (!chosen.has(node)) return null;
    const [x, ...parameters] = inputs;
    if (x === undefined) throw new Error(`internal: ${node.op} without an input`);
    const moved = arranged(x, (part) => reapply(node, [part, ...parameters]));
    // The other outputs of a layer norm are for its gradient, which does not exist yet.
    return node.outputs.map(() => moved);
  });
}

/** Groups row-wise operations that apply the same operation with the same parameters. */
function groups(graph: Graph): Map<string, Node[]> {
  const uses = useCounts(graph);
  const ids = new Map<Value, number>();
  const idOf = (value: Value): number => {
    const id = ids.get(value) ?? ids.size;
    ids.set(value, id);
    return id;
  };
  const result = new Map<string, Node[]>();
  for (const value of uses.keys()) {
    const { node } = value;
    if (!rowwise.has(node.op) || value.index > 0 || node.outputs.slice(1).some((other) => uses.has(other))) continue;
    const key = `${node.op} ${JSON.stringify(node.attributes)} ${node.inputs.slice(1).map(idOf).join(" ")}`;
    result.set(key, [...(result.get(key) ?? []), node]);
  }
  return result;
}

/** Operations that read rows of the same values, directly or through one another. */
interface Related {
  readonly parts: ReadonlySet<Value>;
  readonly read: ReadonlySet<Value>;
  readonly nodes: readonly Node[];
}

/** Splits a group by the values that its members share: norms without scales are one group in all layers. */
function related(members: readonly Node[]): readonly Related[] {
  let found: readonly Related[] = [];
  for (const node of members) {
    const x = at(node.inputs, 0);
    const parts = partsOf(x);
    const near = found.filter((other) => parts.some((part) => other.parts.has(part)));
    const joined: Related = {
      parts: new Set([...parts, ...near.flatMap((other) => [...other.parts])]),
      read: new Set([x, ...near.flatMap((other) => [...other.read])]),
      nodes: [node, ...near.flatMap((other) => other.nodes)],
    };
    found = [...found.filter((other) => !near.includes(other)), joined];
  }
  return found;
}

/** `x` as a concatenation or gather of other values' rows; null if it is neither. */
interface Rearrangement {
  readonly parts: readonly Value[];
  readonly again: (parts: readonly Value[]) => Value;
}

function rearrangement(x: Value): Rearrangement | null {
  const join = match(x.node, "concat");
  if (join !== null && join.attributes.axis < x.type.shape.length - 1) {
    return { parts: join.inputs, again: (parts) => concat(parts, join.attributes.axis) };
  }
  const pick = match(x.node, "gather");
  if (pick === null) return null;
  const [table, ids] = [at(pick.inputs, 0), at(pick.inputs, 1)];
  const all = sizeOf(ids.type.shape) >= at(table.type.shape, 0);
  if (!all || table.type.shape.length < 2 || table.node.op === "input") return null;
  return { parts: [table], again: (parts) => gather(at(parts, 0), ids) };
}

function partsOf(x: Value): Value[] {
  return rearrangement(x)?.parts.flatMap(partsOf) ?? [x];
}

function arranged(x: Value, apply: (part: Value) => Value): Value {
  const known = rearrangement(x);
  return known === null ? apply(x) : known.again(known.parts.map((part) => arranged(part, apply)));
}

function rowsOf(values: Iterable<Value>): number {
  let rows = 0;
  for (const { type } of values) rows += sizeOf(type.shape.slice(0, -1));
  return rows;
}
