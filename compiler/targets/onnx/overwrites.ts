// Which outputs of a model may be written into the memory of an input: the optimizer's moments take half the memory if
// they may. Proved on the ONNX graph, after every rewriting of ours; what is not proved is not done.
import type { OnnxGraph, OnnxNode } from "./proto.js";

/**
 * Operations that read element i of their inputs only to compute element i of their output. ONNX Runtime may pass a
 * tensor on under another name without copying (Reshape), or move a Transpose past its readers; these it leaves alone.
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

/** Answers for one graph, each question once. */
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
 * Every reader must be done when the output is written: an ancestor of its producer, or the producer itself. Near ones are
 * looked at first: those of an optimizer's state are its producer's parents, and beyond them is the whole gradient.
 */
function isSafe(producers: ReadonlyMap<string, OnnxNode>, output: string, readers: readonly OnnxNode[]): boolean {
  const producer = producers.get(output);
  if (producer === undefined || ![producer, ...readers].every((node) => pointwise.has(node.op))) return false;
  const left = new Set(readers);
  const seen = new Set([producer]);
  // What is added on the way is visited too, in the order in which it was added.
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
