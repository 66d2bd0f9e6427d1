// The textual IR: its form, and that it parses back.
import { expect, test } from "vitest";
import { createSource } from "../../../grammar/index.js";
import { createGraph, input, withOrigin, type Graph } from "../../../compiler/index.js";
import { parse } from "../../../compiler/ir/parse.js";
import { print } from "../../../compiler/ir/print.js";
import { verify } from "../../../compiler/ir/verify.js";
import { layerNormOp } from "../../../compiler/ops/composite.js";
import { add, mul } from "../../../compiler/ops/elementwise.js";
import { matmul } from "../../../compiler/ops/linear.js";
import { constant, fill, sum } from "../../../compiler/ops/structure.js";
import { forwardGraph, gradientGraph } from "../../conformance/case.js";
import { cases } from "../../conformance/cases.js";
import { randomGraph } from "../../support/random-graph.js";

function example(): Graph {
  const source = createSource("specs/small.vlmo", "model {\n  width 2\n}\n");
  const x = input("batch.image", "batch", { dtype: "float32", shape: [3, 2] });
  const m = input('state "m"', "state", { dtype: "float32", shape: [3, 2] }, 0);
  const y = withOrigin({ span: { file: source, start: 10, end: 15 } }, () =>
    mul(matmul(x.value, fill(0.1, [2, 2])), fill(-0)),
  );
  const [z, average] = layerNormOp([add(y, m.value), fill(1, [2]), fill(Infinity, [2])], { eps: 1e-12 });
  if (z === undefined || average === undefined) throw new Error("layerNorm has results");
  const long = constant(
    [9],
    Int32Array.from({ length: 9 }, (_, i) => i - 4),
  );
  const outputs = new Map(Object.entries({ z, mean: sum(average, [0, 1]), long }));
  return createGraph("pretrain/step", [x, m], outputs);
}

const TEXT = `graph "pretrain/step"

input %0: f32[3,2] batch "batch.image"
input %1: f32[3,2] state "state \\"m\\"" = 0

%2: f32[2,2] = constant [0.1] @ specs/small.vlmo:2:3
%3: f32[3,2] = matmul(%0, %2) {transA=false, transB=false, alpha=1} @ specs/small.vlmo:2:3
%4: f32[] = constant [-0] @ specs/small.vlmo:2:3
%5: f32[3,2] = mul(%3, %4) @ specs/small.vlmo:2:3
%6: f32[3,2] = add(%5, %1)
%7: f32[2] = constant [1]
%8: f32[2] = constant [inf]
%9: f32[3,2], %10: f32[3,1], %11: f32[3,1] = layerNorm(%6, %7, %8) {eps=1e-12}
%12: f32[] = sum(%10) {axes=[0,1], keep=false}
%13: i32[9] = constant #0

output "z" = %9
output "mean" = %12
output "long" = %13

data #0 = "/P////3////+/////////wAAAAABAAAAAgAAAAMAAAAEAAAA"
`;

test("a graph prints one line per input, node and output", () => expect(print(example())).toBe(TEXT));

test("printed text parses back to the same graph, without origins", () => {
  const parsed = parse(print(example()));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(print(parsed.graph)).toBe(print(example(), { origins: false }));
  expect(parsed.graph.inputs.map(({ name, role, fallback }) => [name, role, fallback])).toEqual([
    ["batch.image", "batch", null],
    ['state "m"', "state", 0],
  ]);
  expect(parsed.graph.outputs.get("long")?.node.attributes["data"]).toEqual(
    Int32Array.of(-4, -3, -2, -1, 0, 1, 2, 3, 4),
  );
});

const graphs: readonly [string, Graph][] = [
  ...cases.map((row): [string, Graph] => [row.title, forwardGraph(row)]),
  ...cases
    .filter((row) => row.op === "attention" || row.op === "layerNorm")
    .map((row): [string, Graph] => [`gradient of ${row.title}`, gradientGraph(row)]),
  ...Array.from({ length: 40 }, (_, seed): [string, Graph] => [`random ${seed}`, randomGraph(seed).graph]),
];

test.each(graphs)("print ∘ parse is the identity: %s", (_, graph) => {
  verify(graph, "built");
  const text = print(graph);
  const parsed = parse(text);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  verify(parsed.graph, "built");
  expect(print(parsed.graph)).toBe(text);
});

test.each([0.1, -0, 1 / 3, 1e-45, 3.4028234663852886e38, 16777217, NaN, -Infinity, 0.30000001192092896])(
  "%d as a float32 constant parses back exactly",
  (value) => {
    const graph = createGraph("c", [], new Map([["y", fill(value)]]));
    const parsed = parse(print(graph));
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    expect(parsed.graph.outputs.get("y")?.node.attributes["data"]).toEqual(Float32Array.of(value));
  },
);
