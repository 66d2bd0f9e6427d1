// Two processes of the original (fixture `dev_world2`): with its own rule, `gather_gradient: local`, our gradients are the
// mean of its processes'; with `global` they are those of one process with all samples.
import { existsSync } from "node:fs";
import { expect, test } from "vitest";
import type { StageSpec } from "../../compiler/index.js";
import { createReferenceRanks } from "../../runtime/engines/reference.js";
import { readSafetensors } from "../../runtime/formats/safetensors.js";
import { copies } from "../../runtime/train/in-memory.js";
import { Learner } from "../../runtime/train/learner.js";
import { float32, int32, type Tensor, type Tensors } from "../../runtime/tensor.js";
import { distance, importedParameters } from "../support/parity.js";
import { hasTorch, openTorchRanks } from "../support/torch.js";
import { isLong } from "../support/long.js";
import { specOf, stageOf } from "../support/specs.js";

const shared = "../shared/fixtures/dev_world2";
const isHere = existsSync(shared);
if (!isHere) console.log(`skipped where ${shared} is absent: parity with two processes of the original`);

const ranks = 2;
const ofRank = 4;
const stageWith = (change: Partial<StageSpec>): StageSpec => ({
  ...stageOf(specOf("specs/parity.vlmo"), "pairs_stage"),
  batch: ranks * ofRank,
  micro: ranks * ofRank,
  ...change,
});

/** The losses of a step, and its gradients by the original's keys. */
async function stepped(stage: StageSpec) {
  const { parameters, keys } = await importedParameters("test/fixtures/parity/dev/checkpoint.safetensors", stage);
  const files = await Promise.all([0, 1].map((rank) => readSafetensors(`${shared}/rank${rank}.safetensors`)));
  const processes = hasTorch ? await openTorchRanks(ranks) : createReferenceRanks(ranks);
  const [first] = await Promise.all(
    processes.map(async (engine, rank) => {
      const learner = new Learner(engine, stage, { parameters: copies(parameters), state: null });
      const tensors = inputsOf(files[rank] ?? new Map(), rank);
      const numbers = Array.from({ length: ofRank }, (_, i) => rank * ofRank + i);
      const { losses } = await learner.step({ tensors, items: ofRank, numbers }, { step: 0, lr: 0 });
      const { state } = await learner.read();
      engine.dispose();
      return { losses, state };
    }),
  );
  if (first === undefined) throw new Error("no ranks");
  // The factor of gradients in Adam's first moments after one step.
  const share = 0.1;
  const gradients = new Map<string, Tensor>();
  for (const [name, key] of keys) {
    const moment = first.state.get(`adam.m.${name}`);
    if (moment !== undefined) gradients.set(key, { ...moment, data: Float64Array.from(moment.data, (m) => m / share) });
  }
  return { losses: first.losses, gradients, files };
}

/** The original's inputs by our names. Each of its processes numbers all samples starting with its own. */
function inputsOf(file: Tensors, rank: number): Map<string, Tensor> {
  const inputs = new Map<string, Tensor>();
  for (const [name, tensor] of file) if (name.startsWith("in.")) inputs.set(name.slice("in.".length), tensor);
  const masks = inputs.get("text_masks");
  if (masks !== undefined) inputs.set("text_masks", float32(masks.shape, Float32Array.from(masks.data)));
  for (const name of ["itm.neg_image_idx", "itm.neg_text_idx"]) {
    const theirs = Int32Array.from(file.get(name)?.data ?? []);
    inputs.set(name, int32([ofRank], theirs.map((number) => (number + rank * ofRank) % (ranks * ofRank)))); // prettier-ignore
  }
  return inputs;
}

/** The deviation of gradients from those of a file, whose names are their keys after a prefix. */
function farthest(gradients: Tensors, theirs: Tensors, prefix: string): number {
  const names = [...theirs.keys()].filter((name) => name.startsWith(prefix));
  expect(names.length).toBeGreaterThan(10);
  return Math.max(...names.map((name) => distance(gradients.get(name.slice(prefix.length)), theirs.get(name))));
}

const lossOf = (file: Tensors | undefined, name: string): number => file?.get(`loss.${name}`)?.data[0] ?? NaN;

test.runIf(isHere && (hasTorch || isLong))(
  "`gather_gradient: local` gives the mean gradient of the original's processes",
  async () => {
    const { losses, gradients, files: [one, other] } = await stepped(stageWith({ gatherGradient: "local" })); // prettier-ignore
    for (const name of ["itc", "itm"]) {
      const mean = (lossOf(one, name) + lossOf(other, name)) / 2;
      expect(Math.abs((losses.get(name) ?? NaN) - mean), name).toBeLessThan(1e-5);
    }
    expect(farthest(gradients, one ?? new Map(), "ddp_mean_grad.")).toBeLessThan(1e-4);
  },
  120_000,
);

test.runIf(isHere && isLong)(
  "`gather_gradient: global` gives the gradient of one process with all samples",
  async () => {
    const stage = stageWith({ gatherGradient: "global" });
    const learn = stage.learn.map((objective) => ({ ...objective, weight: objective.head.name === "itc" ? 1 : 0 }));
    const { losses, gradients } = await stepped({ ...stage, learn });
    const whole = await readSafetensors(`${shared}/single_process_global.safetensors`);
    expect(Math.abs((losses.get("itc") ?? NaN) - lossOf(whole, "itc"))).toBeLessThan(1e-5);
    expect(farthest(gradients, whole, "grad_itc.")).toBeLessThan(1e-4);
  },
  120_000,
);
