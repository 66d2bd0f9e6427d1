// Our pair-stage step (specs/bench-pair.vlmo) through the real training path, and the same step in careful PyTorch.
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { checkSpec, parametersOf } from "../dist/compiler/index.js";
import { engines } from "../dist/runtime/engines/index.js";
import { stream } from "../dist/runtime/random.js";
import { startParameters } from "../dist/runtime/train/initialize.js";
import { Learner } from "../dist/runtime/train/learner.js";

const spec = "specs/bench-pair.vlmo";
const rival = fileURLToPath(new URL("peer_vlmo_step.py", import.meta.url));

/** The settings that the two programs are compared at. */
export const settings = [
  { name: "small", width: 192, layers: 6, heads: 3, image: 112, text: 24, batch: 16 },
  { name: "wide", width: 768, layers: 2, heads: 12, image: 224, text: 40, batch: 4 },
];

/** The stage `pair` at a setting. */
export function stageAt({ width, layers, heads, image, text, batch }) {
  const set = { width, layers, heads, image_size: `${image}px`, text_length: text, batch };
  const { spec: checked, diagnostics } = checkSpec(spec, {
    read: (path) => readFileSync(path, "utf8"),
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
    set: Object.entries(set).map(([name, value]) => ({ text: `${name}=${value}` })),
  });
  const stage = checked?.stages.get("pair");
  if (stage === undefined) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return stage;
}

/** A batch like the rival's: noise images, random words, texts of half to full length, 15% of all positions masked. */
export function batchFor({ image, text, batch }) {
  const random = stream(0, "bench");
  const pixels = random.fillNormal(new Float32Array(batch * 3 * image * image));
  const ids = Int32Array.from({ length: batch * text }, () => random.integer(30522));
  const masks = new Float32Array(batch * text);
  for (let row = 0; row < batch; row++)
    masks.fill(1, row * text, row * text + Math.floor(text / 2) + random.integer(text - Math.floor(text / 2) + 1));
  const where = random.shuffle([...ids.keys()]).slice(0, Math.max(1, Math.floor(batch * text * 0.15)));
  const masked = ids.slice();
  const labels = new Int32Array(ids.length).fill(-100);
  for (const position of where) {
    labels[position] = ids[position];
    masked[position] = 103;
  }
  const words = { dtype: "int32", shape: [batch, text] };
  return new Map([
    ["image", { dtype: "float32", shape: [batch, 3, image, image], data: pixels }],
    ["text_ids", { ...words, data: ids }],
    ["text_masks", { dtype: "float32", shape: [batch, text], data: masks }],
    ["text_ids_mlm", { ...words, data: masked }],
    ["text_labels_mlm", { ...words, data: labels }],
  ]);
}

/** A learner at a setting, and a function that takes one step. */
export async function openOurs(setting, threads) {
  const stage = stageAt(setting);
  const engine = await engines.ort({ threads, backend: null });
  const { parameters } = await startParameters(stage, parametersOf(stage.model, stage.heads), new Map());
  const learner = new Learner(engine, stage, { parameters, moments: null });
  const piece = { tensors: batchFor(setting), items: setting.batch };
  let step = 0;
  return {
    engine: engine.description,
    step: async () => {
      const { losses } = await learner.step([piece], { step, lr: 1e-4 });
      step += 1;
      return losses.get("total");
    },
    close: () => {
      learner.dispose();
      engine.dispose();
    },
  };
}

/** Seconds of some steps of ours. */
export async function timeOurs(ours, steps) {
  const seconds = [];
  for (let i = 0; i < steps; i++) {
    const began = performance.now();
    await ours.step();
    seconds.push((performance.now() - began) / 1000);
  }
  return seconds;
}

/** Median seconds a step of the rival, or null where Python or torch is absent. */
export function timeRival({ width, layers, heads, image, text, batch }, threads, steps) {
  const options = { width, layers, heads, image, text, batch, threads, steps, warmup: 2 };
  const args = Object.entries(options).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const { status, stdout } = spawnSync(process.env.PYTHON ?? "python3", [rival, ...args], { encoding: "utf8" });
  if (status !== 0) return null;
  const { engine, median_s } = JSON.parse(stdout.trim().split("\n").at(-1));
  return { engine, seconds: median_s };
}

export function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}
