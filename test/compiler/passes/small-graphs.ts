// Graphs of a few operations on named inputs, and a readable form of the result of a pass.
import {
  createGraph,
  gradientsOf,
  input,
  topological,
  type Graph,
  type Input,
  type Value,
} from "../../../compiler/index.js";
import { mul } from "../../../compiler/ops/elementwise.js";
import { fill, total } from "../../../compiler/ops/structure.js";

/** All inputs made by the tests of a file. */
export const holes: Input[] = [];

/** A float32 input. */
export const hole = (name: string, ...shape: number[]): Value =>
  made(input(name, "batch", { dtype: "float32", shape }));

/** An int32 input of row numbers. */
export const ids = (name: string, count: number): Value =>
  made(input(name, "batch", { dtype: "int32", shape: [count] }));

function made(entry: Input): Value {
  holes.push(entry);
  return entry.value;
}

/** The graph with the output `value`. */
export function graphOf(value: Value, others: readonly Input[] = holes): Graph {
  return createGraph("graph", others, new Map([["y", value]]));
}

/** Operations with the shapes of their results, in order. */
export function lines(graph: Graph): string[] {
  return topological(graph.outputs.values()).flatMap(({ op, outputs }) =>
    op === "input" || op === "constant" ? [] : [`${op} [${outputs[0]?.type.shape.join() ?? ""}]`],
  );
}

/** The graph's output with the gradient of its sum of squares for every float input. */
export function withGradients(graph: Graph, inputs: readonly Input[]): Graph {
  const [y] = graph.outputs.values();
  if (y === undefined) throw new Error("no output");
  const floats = inputs.filter(({ value }) => value.type.dtype === "float32");
  const gradients = gradientsOf(
    total(mul(y, y)),
    floats.map(({ value }) => value),
  );
  const named = floats.map(({ name, value }) => {
    // If only padding is read, a pass may find that the output depends on no input.
    return [`d ${name}`, gradients.get(value) ?? fill(0, value.type.shape)] as const;
  });
  return createGraph("gradients", inputs, new Map([["y", y], ...named]));
}
