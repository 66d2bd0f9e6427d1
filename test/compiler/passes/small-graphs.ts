// Graphs of a few operations on named inputs, and how a person reads what a pass left of them.
import { createGraph, input, topological, type Graph, type Input, type Value } from "../../../compiler/index.js";

/** Every input made in this file's tests. */
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

/** The graph that gives `value`. */
export function graphOf(value: Value, others: readonly Input[] = holes): Graph {
  return createGraph("graph", others, new Map([["y", value]]));
}

/** Operations with the shapes of their results, in order: what a person looks for in the textual IR. */
export function lines(graph: Graph): string[] {
  return topological(graph.outputs.values()).flatMap(({ op, outputs }) =>
    op === "input" || op === "constant" ? [] : [`${op} [${outputs[0]?.type.shape.join() ?? ""}]`],
  );
}
