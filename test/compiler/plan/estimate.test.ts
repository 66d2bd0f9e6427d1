// Estimated rates and days against published ones.
import { expect, test } from "vitest";
import { estimateOf, trainingFlops } from "../../../compiler/plan/estimate.js";
import { inSteps } from "../../../compiler/spec/durations.js";
import type { StageSpec } from "../../../compiler/index.js";
import { shippedStage } from "../check/shipped.js";

/** A stage without micro-batches, as published FLOP counts assume. */
const undivided = (file: string, name: string): StageSpec => {
  const stage = shippedStage(file, name);
  return { ...stage, micro: stage.batch };
};

const base = undivided("vlmo-base.vlmo", "fusion");
const stages = { Base: base, Large: undivided("vlmo-large.vlmo", "fusion_large") };

test.each([
  ["Base", 0.2, 298, 7.9],
  ["Base", 0.4, 596, 4.0],
  ["Base", 0.5, 746, 3.2],
  ["Large", 0.2, 86, 27.5],
  ["Large", 0.4, 173, 13.7],
] as const)("%s on one H100 at a utilisation of %d: %i pairs per second, %d days", (size, share, rate, days) => {
  const estimate = estimateOf(stages[size], { device: "h100", count: 1, share }, "bfloat16");
  expect(estimate.bound).toBe("products");
  expect(Math.abs(estimate.rate / rate - 1)).toBeLessThan(0.01);
  expect(Math.abs((estimate.days ?? 0) / days - 1)).toBeLessThan(0.02);
});

test.each([
  ["Base", 64, 2, 0.1],
  ["Large", 128, 3, 0.11],
] as const)("the paper's %s on %i V100 in %i days is a utilisation of about %d", (size, count, days, share) => {
  // The paper used float16 on tensor cores, a precision that vlmo does not offer.
  const [peak, { batch }] = [125e12, stages[size]];
  const steps = inSteps(stages[size].duration, stages[size]) ?? 0;
  const said = (steps * batch * trainingFlops(stages[size])) / (count * share * peak) / 86_400;
  expect(Math.abs(said / days - 1)).toBeLessThan(0.1);
});

test("a batch of one is bound by the memory traffic of its update, a large one by matmuls", () => {
  const one: StageSpec = { ...base, batch: 1, micro: 1 };
  const asked = { device: "h100", count: 1, share: 0.5 } as const;
  expect(estimateOf(one, asked, "bfloat16").bound).toBe("memory");
  expect(estimateOf(base, asked, "bfloat16").bound).toBe("products");
});

test("`cached: true` costs one more forward pass of the two towers", () => {
  const pieces = shippedStage("vlmo-base.vlmo", "fusion");
  expect((trainingFlops(pieces) - trainingFlops(base)) / 1e9).toBeCloseTo(48.9, 0);
});

test("days follow from epochs if the number of items is known", () => {
  const vision = shippedStage("vlmo-base.vlmo", "vision");
  const { rate, days, unit } = estimateOf(vision, { device: "a100", count: 8 }, "bfloat16");
  const steps = Math.floor(14_197_122 / 2048) * 150;
  expect(unit).toBe("images");
  expect(days).toBeCloseTo((steps * 2048) / rate / 86_400, 6);
});

test("days are unknown without the number of items", () => {
  const stage: StageSpec = { ...base, duration: { unit: "epochs", value: 1 } };
  expect(estimateOf(stage, { device: "h100", count: 1 }, "bfloat16").days).toBeNull();
});
