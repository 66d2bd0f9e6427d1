import { existsSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { learningRate, stepsOf } from "../../../runtime/train/schedule.js";

const linear = { kind: "linear", end: 0 } as const;

it.each([
  ["warms up from 0", linear, 0, 0],
  ["warms up linearly", linear, 2, 0.5],
  ["peaks after the warm-up", linear, 4, 1],
  ["decays linearly", linear, 9, 0.5],
  ["stays at the end", linear, 20, 0],
  ["ends at the given value", { ...linear, end: 0.1 }, 14, 0.1],
  ["decays polynomially", { ...linear, kind: "polynomial", power: 2 }, 9, 0.25],
  ["decays by a cosine", { ...linear, kind: "cosine" }, 9, 0.5],
  ["stays constant", { ...linear, kind: "constant" }, 12, 1],
] as const)("%s", (_, schedule, step, expected) => {
  expect(learningRate(schedule, { lr: 1, total: 14, warmup: 4 }, step)).toBeCloseTo(expected, 12);
});

it("accepts durations in steps, epochs and shares of the stage", () => {
  expect(stepsOf({ unit: "steps", value: 7 }, 100, 10)).toBe(7);
  expect(stepsOf({ unit: "epochs", value: 2 }, 100, 10)).toBe(20);
  expect(stepsOf({ unit: "stage", value: 0.1 }, 105, 10)).toBe(10);
});

const meta = "../shared/fixtures/dev/meta.json";

interface Table {
  readonly config: {
    readonly warmup_steps: number;
    readonly max_steps: number;
    readonly decay_power?: number | "cosine";
    readonly end_lr?: number;
  };
  readonly lr: readonly (readonly number[])[];
}

it.skipIf(!existsSync(meta))("equals the original's tables", () => {
  const tables: Record<string, Table> = JSON.parse(readFileSync(meta, "utf8")).lr_schedules;
  expect(Object.keys(tables).length).toBeGreaterThan(3);
  for (const [name, { config, lr }] of Object.entries(tables)) {
    const { warmup_steps, max_steps: total, decay_power = 1, end_lr: end = 0 } = config;
    const warmup = warmup_steps < 1 ? stepsOf({ unit: "stage", value: warmup_steps }, total, 1) : warmup_steps;
    const shape =
      decay_power === "cosine" ? { kind: decay_power } : ({ kind: "polynomial", power: decay_power } as const);
    // The original's cosine rises again past the last step, which no run reaches.
    const schedule = { ...shape, end };
    lr.slice(0, total + 1).forEach(([expected = Number.NaN], step) => {
      const rate = learningRate(schedule, { lr: 1e-3, total, warmup }, step);
      expect(rate, `${name} ${step}`).toBeCloseTo(expected, 12);
    });
  }
});
