// What repeats is found, and a program in parts computes every operation where it did before.
import { describe, expect, test } from "vitest";
import {
  buildStep,
  createGraph,
  lower,
  targets,
  topological,
  writeTorchParts,
  type Value,
} from "../../../../compiler/index.js";
import { gelu, linear } from "../../../../compiler/ops/composite.js";
import { add } from "../../../../compiler/ops/elementwise.js";
import { callsOf } from "../../../../compiler/targets/torch/parts.js";
import { repeatsIn } from "../../../../compiler/targets/torch/repeats.js";
import { specOf, stageOf } from "../../../support/specs.js";
import { hole, holes } from "../../passes/small-graphs.js";

describe("repeats", () => {
  test.each([
    ["abcxabcyabc", [{ length: 3, starts: [0, 4, 8] }]],
    ["a layer is one, not two together", "abcdabcdabcdabcd", [{ length: 4, starts: [0, 4, 8, 12] }]],
    ["nothing", "abcdefgh", []],
    ["what overlaps counts once", "aaaaaaa", [{ length: 3, starts: [0, 3] }]],
    [
      "two kinds",
      "abcdabcdxyzwxyzw",
      [
        { length: 4, starts: [0, 4] },
        { length: 4, starts: [8, 12] },
      ],
    ],
  ] as const)("%s", (...row) => {
    const [text, found] = row.length === 3 ? [row[1], row[2]] : [row[0], row[1]];
    expect(repeatsIn([...text], { least: 3, most: 8, saves: 3, keyOf: () => "" })).toEqual(found);
  });

  test("only where they are wired alike", () => {
    const keyOf = (start: number): string => (start === 4 ? "other" : "");
    expect(repeatsIn([..."abcxabcyabc"], { least: 3, most: 8, saves: 3, keyOf })).toEqual([
      { length: 3, starts: [0, 8] },
    ]);
  });
});

const weight = hole("weight", 8, 8);
const bias = hole("bias", 8);

/** As many operations as make a part of it. */
function layer(x: Value): Value {
  return add(
    x,
    [1, 2, 3, 4, 5, 6].reduce((y) => gelu(linear(y, weight, bias)), x),
  );
}

test("layers are one function, called for each", () => {
  const tokens = hole("tokens", 2, 5, 8);
  const graph = createGraph("layers", holes, new Map([["y", [1, 2, 3, 4, 5].reduce(layer, tokens)]]));
  const text = writeTorchParts(lower(graph, targets.torch));
  expect(text).toMatch(/^ {4}def part0\(x0, x1, x2\): {2}# called 5 times$/m);
  expect(text.match(/= part\d+\(/g)).toHaveLength(5);
});

test("every operation of a step is in one call", () => {
  const stage = stageOf(specOf("specs/parity.vlmo"), "pairs_stage");
  const graph = lower(buildStep(stage, { batch: 4, capacity: new Map() }).graph, targets.torch, "bfloat16");
  const calls = callsOf(graph);
  const computed = calls.reduce((sum, { part }) => sum + part.nodes.length, 0);
  const given = (op: string): boolean => op === "input" || op === "constant";
  expect(computed).toBe(topological(graph.outputs.values()).filter(({ op }) => !given(op)).length);
  expect(new Set(calls.map(({ part }) => part)).size).toBeLessThan(calls.length);
});
