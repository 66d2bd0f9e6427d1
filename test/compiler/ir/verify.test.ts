// Each rule of the verifier, violated once.
import { expect, test } from "vitest";
import { createGraph, input, type Graph, type Value } from "../../../compiler/index.js";
import { createNode } from "../../../compiler/ir/graph.js";
import { verify, type Stage } from "../../../compiler/ir/verify.js";
import { gelu } from "../../../compiler/ops/composite.js";
import { add, exp } from "../../../compiler/ops/elementwise.js";

const f32 = (...shape: number[]): Value["type"] => ({ dtype: "float32", shape });
const x = input("x", "batch", f32(2, 3));
const state = input("state", "state", f32(2));

function node(op: string, inputs: readonly Value[], attributes: object, type: Value["type"]): Value {
  const [value] = createNode(op, inputs, { ...attributes }, [type]).outputs;
  if (value === undefined) throw new Error("a node has a value");
  return value;
}

const graphOf = (value: Value, more: Partial<Graph> = {}): Graph => ({
  name: "g",
  inputs: [x],
  outputs: new Map([["y", value]]),
  ...more,
});

const broken: readonly [string, Graph, Stage, string][] = [
  ["a type that differs from the shape rule's", graphOf(node("exp", [x.value], {}, f32(3))), "built", "exp gives f32[2,3], not f32[3]"],
  ["inputs that the shape rule refuses", graphOf(node("add", [x.value, state.value], {}, f32(2)), { inputs: [x, state] }), "built", "add: [2,3] and [2] do not broadcast"],
  ["an unknown op", graphOf(node("cosh", [x.value], {}, f32(2, 3))), "built", "there is no operation cosh"],
  ["a missing attribute", graphOf(node("argmax", [x.value], {}, f32(2))), "built", "argmax wants the attribute axis"],
  ["an attribute of another op", graphOf(node("exp", [x.value], { base: 2 }, f32(2, 3))), "built", "exp has no attribute base"],
  ["an undeclared input", graphOf(exp(x.value), { inputs: [] }), "built", "input x is not declared"],
  ["one input declared twice", graphOf(exp(x.value), { inputs: [x, x] }), "built", "two inputs are named x"],
  ["an input under another name", graphOf(exp(x.value), { inputs: [{ ...x, name: "z" }] }), "built", "input z is the value of something else"],
  ["a graph without outputs", graphOf(x.value, { outputs: new Map() }), "built", "there are no outputs"],
  ["an unnamed output", graphOf(x.value, { outputs: new Map([["", x.value]]) }), "built", "an output has no name"],
  ["a value that its node does not have", graphOf(exp({ ...x.value })), "built", "exp reads a value that input does not have"],
  ["a composite after expansion", graphOf(gelu(x.value)), "expanded", "gelu should have been expanded"],
  ["a composite after lowering", graphOf(gelu(x.value)), "lowered", "gelu should have been expanded"],
]; // prettier-ignore

test.each(broken)("the verifier finds %s", (_, graph, stage, message) => {
  expect(() => verify(graph, stage)).toThrow(message);
});

test("a valid graph passes every stage, with the composites its target supports", () => {
  const graph = createGraph("g", [x], new Map([["y", add(gelu(x.value), x.value)]]));
  verify(graph, "built");
  verify(graph, "expanded", new Set(["gelu"]));
  verify(graph, "lowered", new Set(["gelu"]));
});
