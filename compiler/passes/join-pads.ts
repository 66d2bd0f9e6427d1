// Turns sums of zero-padded neighbours into one concatenation. The gradient of splitting a tensor into slices is such a
// sum: one full-size padded tensor per slice, added up by full-size additions.
import { createNode, rewrite, type Graph, type Value } from "../ir/graph.js";
import { sameShape } from "../ir/types.js";
import { concat, pad } from "../ops/structure.js";

/** Joins neighbours along one axis: pad(x) + pad(y) → pad(concat(x, y)). */
export function joinPads(graph: Graph): Graph {
  return rewrite(graph, (node, [a, b]) => {
    if (node.op !== "add" || a === undefined || b === undefined || !sameShape(a.type.shape, b.type.shape)) return null;
    const joined = join(a, b);
    return joined === null ? null : [joined];
  });
}

/** a + b with a pad of one joined to a pad of the other, or null if no two of them are neighbours. */
function join(a: Value, b: Value): Value | null {
  const merged = mergePads(a, b) ?? mergePads(b, a);
  if (merged !== null) return merged;
  return intoSum(a, b) ?? intoSum(b, a);
}

/** (t + u) + x as t + (u joined with x). */
function intoSum(sum: Value, x: Value): Value | null {
  if (sum.node.op !== "add") return null;
  const [t, u] = sum.node.inputs;
  if (t === undefined || u === undefined || !sameShape(t.type.shape, u.type.shape)) return null;
  const [first, second] = [mergePads(u, x) ?? mergePads(x, u), mergePads(t, x) ?? mergePads(x, t)];
  const [rest, joined] = first === null ? [u, second] : [t, first];
  if (joined === null) return null;
  return join(rest, joined) ?? createNode("add", [rest, joined], {}, [sum.type]).outputs[0] ?? null;
}

function mergePads(left: Value, right: Value): Value | null {
  const [a, b] = [padding(left), padding(right)];
  if (a === null || b === null || a.axis !== b.axis || a.before + a.size !== b.before) return null;
  return pad(concat([...pieces(a.x, a.axis), ...pieces(b.x, b.axis)], a.axis), a.axis, a.before, b.after);
}

interface Padding {
  readonly x: Value;
  readonly axis: number;
  readonly before: number;
  readonly size: number;
  readonly after: number;
}

function padding({ node }: Value): Padding | null {
  const [x] = node.inputs;
  const { axis, before, after } = node.attributes;
  if (node.op !== "pad" || x === undefined) return null;
  if (typeof axis !== "number" || typeof before !== "number" || typeof after !== "number") return null;
  return { x, axis, before, after, size: x.type.shape[axis] ?? 0 };
}

/** The parts of a concatenation along the axis, so that repeated joins result in a single concatenation. */
function pieces(x: Value, axis: number): readonly Value[] {
  return x.node.op === "concat" && x.node.attributes["axis"] === axis ? x.node.inputs : [x];
}
