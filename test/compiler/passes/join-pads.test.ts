// Sums of padded slices become concatenations with the same values.
import { describe, expect, test } from "vitest";
import { createGraph, input, topological, type Graph, type Value } from "../../../compiler/index.js";
import { add } from "../../../compiler/ops/elementwise.js";
import { pad } from "../../../compiler/ops/structure.js";
import { joinPads } from "../../../compiler/passes/join-pads.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { drawFrom } from "../../support/draw.js";
import { evaluate, expectClose } from "../../support/evaluate.js";

type Pieces = readonly [Value, Value, Value, Value];

const holes = ["a", "b", "c", "whole"].map((name) =>
  input(name, "batch", { dtype: "float32", shape: name === "whole" ? [2, 6] : [2, 2] }),
);
const [a, b, c, whole] = holes.map((hole) => hole.value) as unknown as Pieces;
const [first, second, third] = [pad(a, 1, 0, 4), pad(b, 1, 2, 2), pad(c, 1, 4, 0)];

function graphOf(sum: Value): Graph {
  return createGraph("sum", holes, new Map([["y", sum]]));
}

function ops(graph: Graph): string[] {
  return topological(graph.outputs.values()).flatMap(({ op }) => (op === "input" ? [] : [op]));
}

describe("adjacent padded slices are joined", () => {
  test.each([
    { title: "in order", sum: add(add(first, second), third), left: ["concat"] },
    { title: "in the order of reverse differentiation", sum: add(add(third, second), first), left: ["concat"] },
    { title: "with the middle one last", sum: add(add(third, first), second), left: ["concat"] },
    { title: "across a tree", sum: add(add(first, whole), add(third, second)), left: ["concat", "add"] },
    { title: "next to another summand", sum: add(add(whole, second), first), left: ["concat", "pad", "add"] },
    { title: "but not across a gap", sum: add(first, third), left: ["pad", "pad", "add"] },
    { title: "but not if they overlap", sum: add(first, pad(b, 1, 1, 3)), left: ["pad", "pad", "add"] },
  ])("$title", async ({ sum, left }) => {
    const before = graphOf(sum);
    const after = joinPads(before);
    expect(ops(after)).toEqual(left);
    const draw = drawFrom("join-pads");
    const tensors = new Map(before.inputs.map(({ name, value }) => [name, draw.floats(value.type.shape)]));
    const engine = createReference();
    const [wanted, actual] = [await evaluate(engine, before, tensors), await evaluate(engine, after, tensors)];
    expectClose(actual.get("y"), wanted.get("y"), { absolute: 0, relative: 0 });
  });
});
