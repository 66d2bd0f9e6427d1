// `vlmo plan`: memory, micro-batches that fit, and time on a device.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { inProcess } from "./in-process.js";

const plan = (...options: string[]) => inProcess(["plan", "specs/vlmo-base.vlmo", "--stage", "fusion", ...options]);

test.each([
  { options: [], says: [/ {2}memory [\d.]+ GiB \(float32; micro-batch 64, /], not: [/ {2}in /, / {2}on /] },
  {
    options: ["--memory", "24GiB"],
    says: [/ {2}in 24\.0 GiB: the largest micro-batch that fits is \d+ \(\d+ per step\), [\d.]+ GiB\n/],
    not: [],
  },
  { options: ["--memory", "1GiB"], says: [/ {2}in 1\.00 GiB: not even one sample fits, which takes /], not: [] },
  { options: ["--memory", "9000 GiB"], says: [/ {2}in 9000 GiB: the whole batch fits, /], not: [] },
  {
    options: ["--device", "h100"],
    says: [/\(float32; micro-batch 64/, / {2}on h100 \(float32\): [\d.]+ pairs\/s at 30% of the peak/],
    not: [/bfloat16|mixed/],
  },
  {
    options: ["--device", "h100", "--precision", "bfloat16"],
    says: [
      /\(bfloat16; micro-batch 64/,
      / {2}on h100 \(bfloat16\): \d+ pairs\/s at 30% of the peak, [\d.]+ days\n {4}there /,
    ],
    not: [],
  },
  {
    options: ["--device", "v100", "--devices", "64", "--share", "10%", "--precision", "float32"],
    says: [/ {2}on 64 × v100 \(float32\): .* at 10% of the peak.*\n {4}on each /],
    not: [],
  },
])("plan $options", async ({ options, says, not }) => {
  const { exit, stdout } = await plan(...options);
  for (const part of says) expect(stdout).toMatch(part);
  for (const part of not) expect(stdout).not.toMatch(part);
  expect(exit).toBe(0);
});

test.each([
  { options: ["--memory", "24"], says: "It should be a size such as 24GiB or 512MiB." },
  { options: ["--memory", "0GiB"], says: "It should be a size such as 24GiB or 512MiB." },
  { options: ["--share", "140%"], says: "It should be a share such as 40%." },
  { options: ["--device", "h10"], says: "Allowed choices are h200, h100, " },
  { options: ["--device", "v100", "--precision", "bfloat16"], says: "--device v100 does not multiply in bfloat16" },
  { options: ["--precision", "mixed"], says: "Allowed choices are float32, tf32, bfloat16" },
  { options: ["--devices", "0"], says: "It should be a whole number above 0." },
])("plan $options is an invalid command line", async ({ options, says }) => {
  const { exit, stderr } = await plan(...options);
  expect(stderr).toContain(says);
  expect(exit).toBe(2);
});

test("--devices that do not divide the batch are refused, as `train` refuses them", async () => {
  const { exit, stderr } = await plan("--devices", "48");
  expect(stderr).toMatch(
    /V902.*`micro` of stage `fusion`, 64 samples, does not divide among 48 processes|V902.*`batch`/,
  );
  expect(exit).toBe(1);
});

test("--json gives memory, fit and estimate as numbers", async () => {
  const { stdout } = await plan("--memory", "24GiB", "--device", "h100", "--precision", "bfloat16", "--json");
  expect(JSON.parse(stdout)).toMatchObject({
    stages: [
      {
        name: "fusion",
        memory: { precision: "bfloat16", micro: 64 },
        fit: { memory: 24 * 2 ** 30, micro: 16, needsCached: false },
        estimate: { device: "h100", count: 1, share: 0.3, unit: "pairs", bound: "products" },
      },
    ],
  });
});

describe("--against", () => {
  const folder = mkdtempSync(join(tmpdir(), "vlmo-plan-"));
  afterAll(() => rmSync(folder, { recursive: true }));
  const step = (number: number, rate: number) => ({
    ...{ kind: "step", stage: "fusion", step: number, loss: { total: 1 }, lr: 1e-3 },
    ...{ seconds: number * 10, items_per_second: rate, data_seconds: 1 },
  });
  const write = (name: string, parameters: number): string => {
    mkdirSync(join(folder, name));
    const start = { kind: "stage_start", stage: "fusion", steps: 4, parameters };
    const lines = [start, step(1, 1), step(2, 80), step(3, 81), step(4, 82)];
    writeFileSync(join(folder, name, "metrics.jsonl"), lines.map((line) => JSON.stringify(line)).join("\n"));
    writeFileSync(join(folder, name, "run.json"), JSON.stringify({ engine: "torch 2.13 (cuda)" }));
    return join(folder, name);
  };

  test("shows a run's measured speed beside the plan, and the error of the estimate", async () => {
    const run = write("run", 208_745_886);
    const { stdout } = await plan("--against", run, "--device", "h100", "--devices", "8", "--precision", "bfloat16");
    expect(stdout).toContain(`measured in ${run}, torch 2.13 (cuda)\n  fusion: 81 items/s, `);
    expect(stdout).toMatch(
      /[\d.]+ TFLOP\/s, 7\.5% of the time waiting for data, the whole stage in .*, the estimate is [\d.]+ times that\n$/,
    );
    const { stages, measured } = JSON.parse((await plan("--against", run, "--device", "h100", "--json")).stdout);
    expect(measured[0].flops).toBeCloseTo((81 * stages[0].flopsStep) / stages[0].batch, -3);
    expect(measured[0].estimated).toBeCloseTo(stages[0].estimate.rate / 81, 6);
  });

  test("ignores a run of another model, and refuses one of other stages", async () => {
    expect((await plan("--against", write("other", 1_000))).stdout).toContain(
      "fusion: another model, of 1,000 parameters\n",
    );
    const { exit, stderr } = await inProcess([
      "plan",
      "specs/vlmo-base.vlmo",
      "--stage",
      "vision",
      "--against",
      join(folder, "other"),
    ]);
    expect([exit, stderr]).toEqual([2, expect.stringContaining("has no steps of a stage of this plan")]);
  });
});
