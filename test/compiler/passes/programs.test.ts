// The passes on the programs of a real stage: the same values in float64, with fewer FLOPs.
import { describe, expect, test } from "vitest";
import { buildForward, buildGradient, buildStep, type Program, type StageSpec } from "../../../compiler/index.js";
import { graphFlops } from "../../../compiler/passes/graph-flops.js";
import { forwardPasses, programPasses, runPasses } from "../../../compiler/passes/index.js";
import { createReference } from "../../../runtime/engines/reference.js";
import { evaluate, expectClose } from "../../support/evaluate.js";
import { pairStage, tensorsFor, type StageOptions } from "./pair-stage.js";

const engine = createReference();
const all = new Set([...forwardPasses(new Set()), ...programPasses].map(({ name }) => name));
const sizes = { batch: 2, capacity: new Map([["mlm", 3]]) };
const small: StageOptions = { layers: 2, width: 8, batch: 2, vocabulary: 11, text: 5 };

const stages: readonly [string, StageOptions][] = [
  ["a fusion expert on the last layer", {}],
  ["a fusion expert on every layer", { fusionFrom: 1 }],
  ["no fusion expert, so that text and image are routed apart in every layer", { fusionFrom: 9 }],
  ["a single layer", { layers: 1, fusionFrom: 1 }],
  ["absolute positions and a separate decoder", { position: "absolute", decoder: "free" }],
  ["drop-path", { dropPath: 0.2 }],
  ["a contrast through the pair experts", { fused: true }],
];

describe("all passes together preserve the values", () => {
  test.each(stages)("of a step with %s", async (_, options) => {
    const stage = pairStage({ ...small, ...options });
    const [plain, passed] = [buildStep(stage, sizes, all), buildStep(stage, sizes)];
    expect(graphFlops(passed.graph)).toBeLessThan(graphFlops(plain.graph));
    await expectSame(plain, passed, stage);
  });

  test("of gradients", async () => {
    const stage = pairStage(small);
    await expectSame(buildGradient(stage, sizes, all), buildGradient(stage, sizes), stage);
  });

  test("of features and logits, if all are read", async () => {
    const stage = pairStage(small);
    const program = buildForward(stage, sizes);
    const again = { ...program, graph: runPasses(program.graph, forwardPasses(stage.trained)) };
    await expectSame(program, again, stage);
  });
});

/** The share of a step's matmul FLOPs that each pass saves, at the sizes of the benchmark. */
test("each pass saves its share of FLOPs", () => {
  const options = {
    layers: 6,
    fusionFrom: 5,
    width: 192,
    heads: 3,
    image: 112,
    text: 24,
    vocabulary: 30522,
    batch: 16,
  };
  const stage = pairStage(options);
  const cost = (...without: string[]): number => {
    const program = buildStep(stage, { batch: 16, capacity: new Map([["mlm", 57]]) }, new Set(without));
    return Math.round(graphFlops(program.graph) / 1e7) / 100;
  };
  const names = ["push-down-slices", "single-query-attention", "hoist-row-wise"];
  const costs = Object.fromEntries(names.map((name) => [name, cost(name)]));
  expect({ all: cost(), none: cost(...all), ...costs }).toEqual({
    all: 83.85,
    none: 102.3,
    "push-down-slices": 99.46,
    "single-query-attention": 85.89,
    "hoist-row-wise": 86.72,
  });
});

test("a parameter without effect on the outputs has a zero gradient", async () => {
  // Without a fusion expert, the last layer's image expert computes pair tokens that no head reads; only the image view
  // reads it. With the pair heads alone nothing does.
  const stage = pairStage({ ...small, fusionFrom: 9 });
  const mlm = stage.learn.filter(({ head }) => head.kind === "masked_tokens");
  const program = buildGradient({ ...stage, learn: mlm }, sizes);
  const results = await evaluate(engine, program.graph, tensorsFor(program, stage));
  const last = results.get("grad.layers.2.experts.vision.fc1.weight");
  expect(last?.data.every((value) => value === 0)).toBe(true);
  expect(results.get("grad.layers.1.experts.vision.fc1.weight")?.data.some((value) => value !== 0)).toBe(true);
});

async function expectSame(plain: Program, passed: Program, stage: StageSpec): Promise<void> {
  const tensors = tensorsFor(plain, stage);
  const wanted = await evaluate(engine, plain.graph, tensors);
  const got = await evaluate(engine, passed.graph, tensors);
  expect([...got.keys()]).toEqual([...wanted.keys()]);
  for (const [name, tensor] of wanted) expectClose(got.get(name), tensor, { absolute: 1e-13, relative: 1e-12 });
}
