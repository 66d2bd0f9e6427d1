// Gains of norms and layer scales, folded into adjacent weights.
import { describe, expect, test } from "vitest";
import type { Value } from "../../../compiler/index.js";
import { layerNorm, linear } from "../../../compiler/ops/composite.js";
import { add, mul } from "../../../compiler/ops/elementwise.js";
import { foldScales } from "../../../compiler/passes/fold-scales.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { drawFrom } from "../../support/draw.js";
import { evaluate, expectClose } from "../../support/evaluate.js";
import { graphOf, hole, lines, withGradients } from "./small-graphs.js";

const [weight, bias] = [hole("weight", 8, 8), hole("bias", 8)];

describe("fold-scales", () => {
  const long = hole("long rows", 2, 8, 8);
  const gain = hole("gain", 8);
  const norm = (value: Value): Value => layerNorm(value, { weight: gain, bias: gain }, 1e-6);
  const [normed, projected] = [norm(long), linear(long, weight, bias)];
  const after = (value: Value, ...trained: string[]): string[] => lines(foldScales(graphOf(value), new Set(trained)));
  test.each<[string, Value, string[]]>([
    [
      "folds a norm's gain into the weight that reads it, and its shift into the bias",
      linear(norm(long), weight, bias),
      ["layerNorm [2,8,8]", "mul [8,8]", "reshape [8,1]", "matmul [8,1]", "reshape [8]", "add [8]", "linear [2,8,8]"],
    ],
    [
      "folds a scale of all rows into the preceding weight and bias",
      mul(linear(long, weight, bias), gain),
      ["reshape [8,1]", "mul [8,8]", "mul [8]", "linear [2,8,8]"],
    ],
    [
      "keeps a scale that differs by row",
      mul(linear(long, weight, bias), hole("by row", 8, 8)),
      ["linear [2,8,8]", "mul [2,8,8]"],
    ],
    [
      "does not scale a projection with other readers",
      add(projected, mul(projected, gain)),
      ["linear [2,8,8]", "mul [2,8,8]", "add [2,8,8]"],
    ],
    [
      "keeps the gain of a norm with other readers",
      add(normed, linear(normed, weight, bias)),
      ["layerNorm [2,8,8]", "linear [2,8,8]", "add [2,8,8]"],
    ],
    [
      "does not fold where the rows are fewer than the weight's",
      mul(linear(norm(hole("short", 1, 7, 8)), weight, bias), gain),
      ["layerNorm [1,7,8]", "linear [1,7,8]", "mul [1,7,8]"],
    ],
  ])("%s", (_, value, left) => {
    expect(after(value, "weight")).toEqual(left);
  });

  test("does not fold into a frozen weight, which would need a gradient only for that", () => {
    const value = mul(linear(norm(long), weight, bias), gain);
    expect(after(value, "gain", "bias")).toEqual(["layerNorm [2,8,8]", "linear [2,8,8]", "mul [2,8,8]"]);
  });

  test("preserves losses and the gradients that are read", async () => {
    const before = graphOf(mul(linear(normed, weight, bias), gain));
    const after = foldScales(before, new Set(["weight"]));
    expect(after).not.toBe(before);
    const draw = drawFrom("fold-scales");
    const tensors = new Map(before.inputs.map(({ name, value }) => [name, draw.floats(value.type.shape, -1, 1)]));
    const engine = createReference();
    const [wanted, got] = [await evaluate(engine, withGradients(before, before.inputs), tensors), await evaluate(engine, withGradients(after, before.inputs), tensors)]; // prettier-ignore
    expect([...got.keys()]).toEqual([...wanted.keys()]);
    for (const [name, tensor] of wanted) expectClose(got.get(name), tensor, { absolute: 1e-12, relative: 1e-11 });
  });
});
