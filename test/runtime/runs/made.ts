// Run folders as left by runs of this and earlier versions, made without training.
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";

export interface Made {
  readonly lines?: readonly object[];
  readonly info?: object | string;
}

/** Creates the folder. */
export async function make(folder: string, { lines = [], info = {} }: Made): Promise<void> {
  await mkdir(join(folder, "checkpoints"), { recursive: true });
  await writeFile(join(folder, "metrics.jsonl"), lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
  await writeFile(join(folder, "run.json"), typeof info === "string" ? info : JSON.stringify(info));
}

const start = (stage: string, steps: number) => ({ kind: "stage_start", stage, step: 0, steps });
const step = (stage: string, number: number) => ({
  kind: "step",
  stage,
  step: number,
  loss: { itc: 2 / number, total: 2 / number },
  lr: 1e-3,
  gradient_norm: stage === "pairs" ? 0.5 : null,
  seconds: 30 * number,
  items_per_second: 100,
  data_seconds: 0,
});
const end = (stage: string, number: number) => ({ kind: "stage_end", stage, step: number });
const evaluation = (stage: string, number: number, value: number) => ({
  kind: "evaluation",
  name: "retrieval",
  stage,
  step: number,
  metrics: [{ name: "recall@1 image→text", unit: "share", value, chance: 0.1, items: 10, noun: "images" }],
});
const best = (stage: string, number: number, value: number) => ({
  kind: "best",
  stage,
  step: number,
  by: "recall(1)",
  value,
});

const ago = (seconds: number): string => new Date(Date.now() - 1000 * seconds).toISOString();
export const info = (more: object = {}) => ({
  spec: "specs/all.vlmo",
  engine: "ort 1.30.0 (2 threads)",
  vlmo: "0.1.0",
  stages: [{ name: "vision" }, { name: "pairs" }],
  started: ago(7300),
  ...more,
});
export const vision = [start("vision", 2), step("vision", 1), step("vision", 2), end("vision", 2)];
const ending = (status: string, more: object = {}) => ({ ended: { status, at: ago(10), ...more } });

/** Run folders by their state. */
export const runs: Readonly<Record<string, Made & { readonly state: string }>> = {
  best: {
    state: "finished",
    info: info({ ...ending("finished"), engine: "torch 2.1", precision: "bfloat16", started: ago(200_000) }),
    lines: [
      ...vision,
      start("pairs", 2),
      ...[step("pairs", 1), evaluation("pairs", 1, 0.5), best("pairs", 1, 0.5)],
      ...[step("pairs", 2), evaluation("pairs", 2, 0.25), end("pairs", 2)],
    ],
  },
  failed: {
    state: "failed",
    info: info(ending("failed", { error: { code: "V930", message: "the loss is NaN" } })),
    lines: [...vision, start("pairs", 4), step("pairs", 1)],
  },
  killed: { state: "killed", info: info({ ended: null }), lines: vision },
  stopped: { state: "stopped", info: info(ending("interrupted")), lines: vision },
  empty: { state: "empty", info: info() },
  "old and killed": { state: "killed", info: info(), lines: vision.slice(0, -1) },
  "old and stopped": { state: "stopped", info: info(), lines: vision },
  "old and finished": { state: "finished", info: info({ stages: [{ name: "vision" }] }), lines: vision },
};
