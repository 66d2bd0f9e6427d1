// A stage initialised from a file of another program: trained, stopped, and resumed without the file.
import { copyFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkpointManifest, latestCheckpoint } from "../../../runtime/checkpoint/index.js";
import { root } from "./command.js";
import { inProcess } from "./in-process.js";
import { workFolder } from "./tiny.js";

const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", ...Array.from({ length: 94 }, (_, i) => `word${i}`)];

const spec = `vlmo 1
param steps: count = 1
model Dev {
  layers: 4
  width: 32
  attention { heads: 4, bias: [query, value], position: relative(span: 20) }
  layer_scale: 0.1
  norm: layer_norm(eps: 1e-6)
  image { size: 32px, patch: 8px }
  text { tokenizer: wordpiece(file: "vocab.txt", vocabulary: 99), length: 12, unread_positions: true }
  experts { vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on top 2 }
}
data world: pairs { format: shapes, scenes: 8 }
head itc: contrastive(image.cls, text.cls)
stage begun from checkpoint("original.safetensors", layout: vlmo) {
  model: Dev
  data: world
  learn: itc
  batch: 2
  steps: steps
  optimizer: adamw(lr: 1e-3)
  schedule: constant
}
`;

let folder = "";
beforeAll(async () => {
  folder = await workFolder({ "from.vlmo": spec, "vocab.txt": `${words.join("\n")}\n` });
  await copyFile(join(root, "test/fixtures/parity/dev/checkpoint.safetensors"), join(folder, "original.safetensors"));
});
afterAll(() => rm(folder, { recursive: true }));

const train = (...options: string[]) =>
  inProcess(["train", "from.vlmo", "--out", "run", "--threads", "1", ...options], folder);

test("trains, records the origin of its weights, and resumes without the file", async () => {
  const first = await train();
  expect([first.exit, first.stderr]).toEqual([0, ""]);
  // One line for all tensors omitted for the same reason.
  expect(first.stdout.match(/from original\.safetensors: ignored: .* \(the stage does not hold it\)/g)).toEqual([
    expect.stringContaining("itm_score.* (2 tensors), logit_vl_scale, mlm_score.* (6 tensors)"),
  ]);
  await rm(join(folder, "original.safetensors"));
  const more = await train("--resume", "--set", "steps=2");
  expect([more.exit, more.stderr]).toEqual([0, ""]);
  const last = await latestCheckpoint(join(folder, "run/checkpoints"));
  expect((await checkpointManifest(last?.folder ?? "")).provenance).toEqual({
    data: ["world"],
    stages: [{ stage: "begun", steps: 2 }],
    imported: join(folder, "original.safetensors"),
  });
});

test("a missing file is reported at its line, before anything is written", async () => {
  await writeFile(join(folder, "gone.vlmo"), spec.replace("original.", "gone."));
  const { exit, stderr } = await inProcess(["train", "gone.vlmo", "--out", "other"], folder);
  expect(exit).toBe(1);
  expect(stderr).toMatch(/error\[V920\]: cannot read `.*gone\.safetensors`/);
  expect(stderr).toContain("gone.vlmo:15");
});
