// A segmentation head from training to the report: it learns the shapes of generated scenes to a mean IoU above predicting the
// most frequent class everywhere.
import { readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { inProcess } from "../cli/in-process.js";
import { workFolder } from "../cli/tiny.js";

const spec = `vlmo 1

model Tiny {
  layers: 1
  width: 24
  attention { heads: 2, position: absolute(image) }
  layer_scale: none
  image { size: 24px, patch: 4px }
  experts { vision: ffn(image, ratio: 2) on all }
}

data drawn: masks { format: shapes, seed: 1, scenes: 256 }
data unseen: masks { format: shapes, seed: 1, split: test, scenes: 12 }

head regions: segment(image.layer(1)) { classes: 5, hidden: 16 }

stage segmented {
  model: Tiny
  data: drawn
  learn: regions
  train: all
  batch: 4
  steps: 140
  optimizer: adamw(lr: 5e-3)
  schedule: cosine(warmup: 5 steps, end: 1e-3)
  augment: [flip]
}

evaluate overlap on unseen using segmented {
  mean_iou
  mean_iou(windows: slide(stride: 16px, short_side: 40px))
  batch: 5
}
`;

let folder = "";
beforeAll(async () => {
  folder = await workFolder({ "segments.vlmo": spec });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("mean IoU on unseen scenes exceeds that of the most frequent class, and the report shows the regions", async () => {
  const out = join(folder, "run");
  const { exit, stderr } = await inProcess(["train", join(folder, "segments.vlmo"), "--out", out, "--threads", "1"]);
  expect([exit, stderr]).toEqual([0, expect.any(String)]);
  const lines = (await readFile(join(out, "metrics.jsonl"), "utf8")).trim().split("\n");
  const records = lines.map((line): unknown => JSON.parse(line));
  const evaluation = records.find((record) => isOf(record, "evaluation"));
  const values = ["regions mean_iou", "regions pixel_accuracy"];
  const names = [...values, ...values.map((name) => `${name} (windows every 16px of 40px)`)];
  expect(evaluation).toMatchObject({ metrics: names.map((name) => ({ name, items: 12 })) });
  const [overlap, accuracy, slid] = metricsOf(evaluation);
  expect(overlap?.parts?.map(({ name }) => name)).toEqual(["background", "circle", "square", "triangle", "cross"]);
  expect(overlap?.value).toBeGreaterThan(1.5 * (overlap?.chance ?? 1));
  // Larger renderings differ from the training data; windows see almost as much of a scene.
  expect(slid?.value).toBeGreaterThan(slid?.chance ?? 1);
  expect(accuracy?.value).toBeGreaterThan(accuracy?.chance ?? 1);
  const page = await readFile(join(out, "report.html"), "utf8");
  expect(page.match(/alt="(what the model said|the truth)"/g)).toHaveLength(8);
  expect(page).toMatch(/fill="#800000" \/><\/svg>circle/);
}, 120_000);

interface Measured {
  readonly value: number;
  readonly chance: number;
  readonly parts?: readonly { readonly name: string }[];
}

function isOf(record: unknown, kind: string): boolean {
  return typeof record === "object" && record !== null && "kind" in record && record.kind === kind;
}

function metricsOf(record: unknown): readonly Measured[] {
  return (record as { metrics: Measured[] }).metrics; // the line above expects one
}
