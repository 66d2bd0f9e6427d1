// The memory formula against the programs themselves, and micro-batches that fit.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { activationsOf } from "../../../compiler/plan/activations.js";
import { activationBytes, fitOf, memoryOf } from "../../../compiler/plan/memory.js";
import { shippedStage } from "../check/shipped.js";
import { gradientGraph, keptBytes, keptElements, peakElements } from "./kept.js";

describe.each([
  ["vlmo-base.vlmo", "language", 16],
  ["bench-pair.vlmo", "pair", 16],
  ["parity.vlmo", "pairs_plus", 16],
  ["parity.vlmo", "vqa_stage", 16],
  ["parity.vlmo", "nlvr2_stage", 16],
  ["finetune/ade20k.vlmo", "ade20k_base", 2],
  ["quickstart.vlmo", "vision", 64],
  ["quickstart.vlmo", "language", 64],
  ["quickstart.vlmo", "pairs", 64],
] as const)("%s: %s", (file, name, batch) => {
  const stage = shippedStage(file, name);
  const graph = gradientGraph(stage, batch);
  const { kept, working, fixed } = activationsOf(stage);

  test("saves as many activations for the backward pass as the formula estimates, within 6%", () => {
    const ratio = (batch * kept) / keptElements(graph);
    expect(ratio).toBeGreaterThan(0.94);
    expect(ratio).toBeLessThan(1.06);
  });

  test("has the peak memory that the formula estimates, from 3% less to 20% more", () => {
    const ratio = (batch * (kept + working) + fixed) / peakElements(graph);
    expect(ratio).toBeGreaterThan(0.97);
    expect(ratio).toBeLessThan(1.2);
  });
});

test("batches too small to fold gains save more activations, by at most the size of the folded weights", () => {
  const stage = shippedStage("vlmo-base.vlmo", "language");
  const { kept, working, fixed } = activationsOf(stage);
  const peak = peakElements(gradientGraph(stage, 1));
  expect(peak).toBeGreaterThan(kept + working);
  expect(peak).toBeLessThan(kept + working + fixed);
});

const fusion = shippedStage("vlmo-base.vlmo", "fusion");
const gib = 2 ** 30;

test("a stage's memory is the sum of its parts and grows linearly with the samples", () => {
  const [small, large] = [memoryOf(fusion, "float32", 32), memoryOf(fusion, "float32", 64)];
  expect(small.total).toBe(small.parameters + small.gradients + small.optimizer + small.activations);
  expect(large.total - small.total).toBeCloseTo(32 * small.sample, 0);
});

test("parameters, gradients and moments count as float32 at any precision", () => {
  const trained = 4 * 202_414_750;
  expect(memoryOf(fusion).gradients).toBe(2 * trained);
  expect(memoryOf(fusion, "float32", 1024).gradients).toBe(trained);
  expect(memoryOf(fusion, "bfloat16").optimizer).toBe(2 * trained);
  const momentum = {
    ...fusion,
    optimizer: { ...fusion.optimizer, kind: "sgd", momentum: 0.9, nesterov: false },
  } as const;
  expect(memoryOf(momentum).optimizer).toBe(trained);
  expect(memoryOf(fusion).parameters).toBe(4 * (202_445_470 + 6_300_416) + trained);
});

test.each([
  ["bench-pair.vlmo", "pair", 16],
  ["quickstart.vlmo", "language", 64],
  ["quickstart.vlmo", "pairs", 64],
] as const)("bfloat16 reduces activations per sample by the planned factor, within 6%: %s %s", (file, name, batch) => {
  const stage = shippedStage(file, name);
  const left = keptBytes(gradientGraph(stage, batch, "bfloat16")) / keptBytes(gradientGraph(stage, batch));
  const said = activationBytes.bfloat16 / activationBytes.float32;
  expect(Math.abs(said / left - 1)).toBeLessThan(0.06);
});

test("TensorFloat-32 needs the memory of float32", () => {
  expect({ ...memoryOf(fusion, "tf32"), precision: "float32" }).toEqual(memoryOf(fusion));
});

test("the micro-batch proposed is the largest divisor of the batch that fits", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 300 }), (size) => {
      const { micro, total } = fitOf(fusion, "float32", size * gib);
      if (micro === 0) expect(memoryOf(fusion, "float32", 1).total).toBeGreaterThan(size * gib);
      else expect(total).toBeLessThanOrEqual(size * gib);
      if (micro > 0 && micro < 1024) expect(memoryOf(fusion, "float32", 2 * micro).total).toBeGreaterThan(size * gib);
    }),
    { seed: 1, numRuns: 50 },
  );
});

test("a global pool in micro-batches needs `cached: true`", () => {
  expect(fitOf({ ...fusion, cached: false }, "float32", 24 * gib).needsCached).toBe(true);
  expect(fitOf(fusion, "float32", 24 * gib).needsCached).toBe(false);
  expect(fitOf(shippedStage("finetune/vqa.vlmo", "vqa_base"), "float32", 24 * gib).needsCached).toBe(false);
});

test("frozen parameters cost no gradients, no moments and fewer activations", () => {
  const language = shippedStage("vlmo-base.vlmo", "language");
  const all = { ...language, trained: new Set([...language.trained, ...language.frozen]), frozen: new Set<string>() };
  expect(memoryOf(language).optimizer).toBeLessThan(memoryOf(all).optimizer);
  expect(memoryOf(language).sample).toBeLessThan(memoryOf(all).sample);
});

test("the activations of a visual tokenizer are those of its program at the peak, within 10%", () => {
  const stage = shippedStage("examples/visual-tokens.vlmo", "tokenizer");
  const batch = 4;
  const peak = peakElements(gradientGraph(stage, batch)) / batch;
  expect(Math.abs(activationsOf(stage).kept / peak - 1)).toBeLessThan(0.1);
});
