// The stages of specs/ablations/small.vlmo with every seed: which are finished, and how one is trained.
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { planOf } from "../../dist/compiler/index.js";
import { latestCheckpoint } from "../../dist/runtime/checkpoint/index.js";
import { checkFile } from "../../dist/runtime/specs/check-file.js";
import { ownStages } from "../../dist/runtime/specs/stages.js";
import { hashOf } from "../../dist/runtime/train/run-folder.js";

const file = "specs/ablations/small.vlmo";
const main = "dist/bundle/main.js";

/** In the order of training. Throws where OUT holds a stage that was trained with other settings. */
export async function plannedStages(out, seeds) {
  const planned = [];
  for (const seed of seeds) {
    const { spec } = checkFile(file, [`seed=${seed}`]);
    const costs = new Map(planOf(spec).stages.map(({ name, flopsStep }) => [name, flopsStep]));
    const folder = join(out, `seed-${seed}`);
    for (const stage of ownStages(spec, file)) {
      const { name, duration } = stage;
      const steps = duration.value;
      const isDone = await isTrained(stage, folder, steps);
      planned.push({ name, seed, steps, folder, isDone, flops: costs.get(name) * steps });
    }
  }
  return planned;
}

async function isTrained(stage, folder, steps) {
  if (!existsSync(folder)) return false;
  const saved = await latestCheckpoint(join(folder, "checkpoints"), stage.name);
  if (saved === undefined) return false;
  const { finished, step, spec } = saved.manifest;
  if (spec.hash !== hashOf(stage) || step > steps)
    throw new Error(`${saved.folder} is of another ${file}: give another --out, or remove ${folder}`);
  return finished && step === steps;
}

/** Seconds per stage of a run folder, by name, summed over interruptions. */
export function secondsIn(folder) {
  const log = join(folder, "metrics.jsonl");
  const took = new Map();
  const lines = existsSync(log) ? readFileSync(log, "utf8").split("\n") : [];
  for (const line of lines.filter((text) => text.startsWith('{"kind":"stage_end"') && text.endsWith("}"))) {
    const { stage, seconds } = JSON.parse(line);
    took.set(stage, (took.get(stage) ?? 0) + seconds);
  }
  return took;
}

/**
 * Trains or resumes a stage in a process of its own. `hear` is given the function that forwards a signal to it: a terminal's
 * Ctrl-C reaches only this process, since a second request would end the child before it has saved.
 */
export function trainStage(stage, threads, hear) {
  const words = [main, "train", file, "--stage", stage.name, "--set", `seed=${stage.seed}`, "--threads", threads];
  const child = spawn(process.execPath, [...words, "--out", stage.folder, "--resume", "--json"], {
    stdio: ["ignore", "ignore", "pipe"],
    detached: true,
  });
  hear((signal) => child.kill(signal));
  let stderr = "";
  child.stderr.setEncoding("utf8").on("data", (text) => (stderr += text));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit) => resolve({ exit, stderr }));
  });
}
