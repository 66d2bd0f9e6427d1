// Where casts to and from bfloat16 are placed, in small graphs and in the step of a whole stage.
import { describe, expect, test } from "vitest";
import { buildStep, topological, type Value } from "../../../compiler/index.js";
import { gelu, layerNorm, linear, softmax } from "../../../compiler/ops/composite.js";
import { add, tanh } from "../../../compiler/ops/elementwise.js";
import { matmul } from "../../../compiler/ops/linear.js";
import { concat, reshape, slice, transpose } from "../../../compiler/ops/structure.js";
import { commonSubexpressions } from "../../../compiler/passes/common-subexpressions.js";
import { toBfloat16 } from "../../../compiler/passes/to-bfloat16.js";
import { inBfloat16 } from "../../support/bfloat16.js";
import { stageOf, specOf } from "../../support/specs.js";
import { graphOf, hole, lines } from "./small-graphs.js";

const x = hole("x", 2, 3);
const square = hole("square", 4, 4);
const tokens = hole("tokens", 2, 5, 8);
const weight = hole("weight", 8, 8);
const wide = hole("wide", 24, 8);
const bias = hole("bias", 8);

const casts = (value: Value): string[] => lines(commonSubexpressions(toBfloat16(graphOf(value))));

describe("bfloat16", () => {
  test.each<[string, Value, string[]]>([
    ["changes nothing without matmuls", softmax(add(x, x)), ["add [2,3]", "softmax [2,3]"]],
    [
      "is the type of matmul operands and results",
      matmul(square, square),
      ["cast [4,4]", "matmul [4,4]", "cast [4,4]"],
    ],
    [
      "is kept between matmuls through data movement",
      matmul(transpose(matmul(square, square), [1, 0]), square),
      ["cast [4,4]", "matmul [4,4]", "transpose [4,4]", "matmul [4,4]", "cast [4,4]"],
    ],
    [
      "ends before other arithmetic",
      linear(tanh(linear(tokens, weight, bias)), weight, bias),
      ["cast [2,5,8]", "cast [8,8]", "cast [8]", "linear [2,5,8]", "cast [2,5,8]", "tanh [2,5,8]", "cast [2,5,8]", "linear [2,5,8]", "cast [2,5,8]"], // prettier-ignore
    ],
    [
      "is kept through GELU, which rounds only its result",
      linear(gelu(linear(tokens, weight, bias)), weight, bias),
      ["cast [2,5,8]", "cast [8,8]", "cast [8]", "linear [2,5,8]", "gelu [2,5,8]", "linear [2,5,8]", "cast [2,5,8]"],
    ],
    [
      "casts a value read in two layouts once",
      concat([matmul(reshape(tokens, [10, 8]), weight), matmul(reshape(tokens, [10, 8]), weight, { transB: true })], 0),
      [
        "cast [2,5,8]",
        "reshape [10,8]",
        "cast [8,8]",
        "matmul [10,8]",
        "matmul [10,8]",
        "concat [20,8]",
        "cast [20,8]",
      ],
    ],
    [
      "casts an input as a whole instead of its slices",
      concat(
        [0, 8, 16].map((start) => matmul(weight, slice(wide, 0, start, start + 8))),
        0,
      ),
      ["cast [8,8]", "cast [24,8]", "slice [8,8]", "matmul [8,8]", "slice [8,8]", "matmul [8,8]", "slice [8,8]", "matmul [8,8]", "concat [24,8]", "cast [24,8]"], // prettier-ignore
    ],
    ["casts nothing for a matrix-vector product", matmul(weight, reshape(bias, [8, 1])), ["reshape [8,1]", "matmul [8,1]"]], // prettier-ignore
    [
      "leaves norms in float32",
      layerNorm(matmul(square, square), { weight: hole("gain", 4), bias: hole("shift", 4) }, 1e-6),
      ["cast [4,4]", "matmul [4,4]", "cast [4,4]", "layerNorm [4,4]"],
    ],
  ])("%s", (_, value, left) => {
    expect(casts(value)).toEqual(left);
  });
});

test("a step casts each parameter at most once and has float32 inputs and outputs", () => {
  const stage = stageOf(specOf("specs/parity.vlmo"), "pairs_stage");
  const graph = inBfloat16(buildStep(stage, { batch: 4, capacity: new Map() }).graph);
  const cast = topological(graph.outputs.values())
    .filter(({ op }) => op === "cast")
    .map(({ inputs: [value] }) => value);
  const parameters = graph.inputs.filter(({ role }) => role === "parameter").map(({ value }) => value);
  const often = parameters.filter((value) => cast.filter((other) => other === value).length > 1);
  expect(often).toEqual([]);
  expect(parameters.some((value) => cast.includes(value))).toBe(true);
  const ends = [...graph.inputs.map(({ value }) => value), ...graph.outputs.values()];
  expect(ends.filter(({ type }) => type.dtype === "bfloat16")).toEqual([]);
});

test("contrastive logits stay in float32", () => {
  const stage = stageOf(specOf("specs/parity.vlmo"), "pairs_stage");
  const step = inBfloat16(buildStep(stage, { batch: 4, capacity: new Map() }).graph);
  const scores = topological([...step.outputs].filter(([name]) => name.startsWith("loss.")).map(([, value]) => value))
    .filter(({ op, outputs: [value] }) => op === "matmul" && value?.type.shape.join() === "4,4")
    .map(({ outputs: [value] }) => value?.type.dtype);
  expect(scores.length).toBeGreaterThan(0);
  expect(scores.every((dtype) => dtype === "float32")).toBe(true);
});
