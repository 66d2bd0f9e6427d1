// Which outputs of a model may be written in place of an input: it halves the memory of the optimizer's moments. Proved
// on the ONNX graph, after all our rewriting; where there is no proof, nothing is overwritten.
import type { OnnxGraph, OnnxNode } from "./proto.js";

/**
 * Operations that read element i of their inputs only to compute element i of their output. Others are excluded: ONNX
 * Runtime may alias a tensor without copying (Reshape), or move a Transpose past its readers.
 */
const pointwise: ReadonlySet<string> = new Set([
  "Add",
  "Sub",
  "Mul",
  "Div",
  "Max",
  "Neg",
  "Exp",
  "Log",
  "Sqrt",
  "Tanh",
  "Erf",
  "Sigmoid",
  "Relu",
  "Abs",
]);

/** Whether a model's output may share the memory of one of its inputs; both are names in the model, of one type. */
export type MayOverwrite = (output: string, input: string) => boolean;

/** Memoized answers for one graph. */
export function overwrites(graph: OnnxGraph): MayOverwrite {
  const producers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  const readers = new Map<string, OnnxNode[]>();
  for (const node of graph.nodes) {
    for (const name of new Set(node.inputs)) {
      const known = readers.get(name);
      if (known === undefined) readers.set(name, [node]);
      else known.push(node);
    }
  }
  const answers = new Map<string, Map<string, boolean>>();
  return (output, input) => {
    const known = answers.get(output) ?? new Map<string, boolean>();
    answers.set(output, known);
    const answer = known.get(input) ?? isSafe(producers, output, readers.get(input) ?? []);
    known.set(input, answer);
    return answer;
  };
}

/**
 * Every reader of the input must have run when the output is written: it must be an ancestor of the output's producer,
 * or the producer itself. Breadth-first: the readers of an optimizer's state are parents of its producer, and beyond
 * them is the whole backward pass.
 */
function isSafe(producers: ReadonlyMap<string, OnnxNode>, output: string, readers: readonly OnnxNode[]): boolean {
  const producer = producers.get(output);
  if (producer === undefined || ![producer, ...readers].every((node) => pointwise.has(node.op))) return false;
  const left = new Set(readers);
  const seen = new Set([producer]);
  // Iterating a set visits elements that are added on the way, in the order in which they were added.
  for (const node of seen) {
    left.delete(node);
    if (left.size === 0) return true;
    for (const name of node.inputs) {
      const parent = producers.get(name);
      if (parent !== undefined) seen.add(parent);
    }
  }
  return false;
}
