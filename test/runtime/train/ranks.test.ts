// Data-parallel ranks equal one process with the whole batch: contrasts over all ranks, hard negatives mined from all, masked
// words, clipping, with drop-path and dropout, in micro-batches and cached. All ranks run here in lock-step.
import { expect, test } from "vitest";
import { buildStep, type StageSpec } from "../../../compiler/index.js";
import { nodesOf } from "../../../compiler/ir/graph.js";
import { trainingBatches, wholeOf } from "../../../runtime/data/index.js";
import { needsOfStage } from "../../../runtime/data/stage-data.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { createReference, createReferenceRanks } from "../../../runtime/engines/reference.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { Learner } from "../../../runtime/train/learner.js";
import { ownOf } from "../../../runtime/train/ranks.js";
import { hasTorch, openTorchRanks } from "../../support/torch.js";
import { isLong } from "../../support/long.js";
import { noisyModel } from "../../support/noisy-model.js";
import type { Tensors } from "../../../runtime/tensor.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";

const text = `vlmo 1
${noisyModel}
data world: pairs { format: shapes, scenes: 18 }
head itc: contrastive(image.cls, text.cls) { false_negatives: mask }
head both: contrastive(image.cls, text.cls) { fused: true }
head near_itc: contrastive(image.cls, text.cls) { pool: micro }
head signed: contrastive(image.cls, text.cls) { loss: sigmoid, bias: -2 }
head signed_kept: contrastive(image.cls, text.cls) { loss: sigmoid, fused: true, false_negatives: keep }
head match: matching(pair.pooled) { negatives: hard(itc, from: pool), false_negatives: mask }
head match_kept: matching(pair.pooled) { negatives: hard(both, from: pool) }
head match_near: matching(pair.pooled) { negatives: hard(near_itc, from: local) }
head mlm: masked_tokens(pair.text)
head patches: masked_patches(pair.patches)
stage contrast {
  model: Tiny
  data: world
  learn: itc + both
  batch: 8
  steps: 2
  optimizer: adamw(lr: 1e-3, clip: 0.5)
}
stage words extends contrast { learn: mlm + 0.5 * patches }
stage matched extends contrast { learn: itc + match + both + match_kept + signed + signed_kept }
stage near extends contrast { learn: near_itc + match_near + mlm }
stage all extends contrast { learn: both + 2 * itc + 0.5 * match + match_kept + mlm + near_itc + match_near }
`;

/** The checker requires a pool over the whole batch if a head asks for one; the learner does not. */
const staged = (name: string, micro: number): StageSpec => ({ ...stageOf(specIn(text), name), micro });

/** Losses and gradient norm of a step, and the optimizer state after it: for AdamW gradients up to a factor. */
async function trained(stage: StageSpec, engine: Engine, { shards = false, steps = 1 } = {}) {
  const { dataSet, tokenizer } = await opened(stage);
  const learner = new Learner(engine, stage, { parameters: await startOf(stage, nothingHanded), state: null, shards });
  const needs = needsOfStage(stage, tokenizer);
  const batches = trainingBatches({ dataSet, needs, batch: stage.batch, seed: 1, ...ownOf(stage, engine) });
  const numbers = new Map<string, number>();
  for (let step = 0; step < steps; step++) {
    const { losses, gradientNorm } = await learner.step(wholeOf(await batches.next()), { step, lr: 1e-3 });
    for (const [name, loss] of losses) numbers.set(`${name} ${step}`, loss);
    if (gradientNorm !== null) numbers.set(`norm ${step}`, gradientNorm);
  }
  await batches.close();
  const { state, parameters } = await learner.read();
  learner.dispose();
  return { numbers, state, parameters };
}

type Trained = Awaited<ReturnType<typeof trained>>;

function expectSame(shared: Trained, alone: Trained, within: number): void {
  for (const [name, value] of alone.numbers)
    expect(Math.abs((shared.numbers.get(name) ?? NaN) - value), name).toBeLessThan(within);
  expect(alone.state.size).toBeGreaterThan(20);
  expectClose(shared.state, alone.state, within);
}

function expectClose(shared: Tensors, alone: Tensors, within: number): void {
  for (const [name, { data }] of alone) {
    const other = shared.get(name)?.data ?? [];
    expect(Math.max(...data.map((value, i) => Math.abs(value - (other[i] ?? NaN)))), name).toBeLessThan(within);
  }
}

const more = [
  { name: "contrast", micro: 8, ranks: 2 },
  { name: "contrast", micro: 8, ranks: 4 },
  { name: "words", micro: 4, ranks: 2 },
  { name: "near", micro: 4, ranks: 2 },
  { name: "matched", micro: 8, ranks: 4 },
  { name: "words", micro: 8, ranks: 8 },
  { name: "all", micro: 8, ranks: 8 },
  { name: "all", micro: 2, ranks: 2, cached: true },
  { name: "all", micro: 6, ranks: 2, cached: true },
];

test.each([
  { name: "matched", micro: 8, ranks: 2 },
  { name: "all", micro: 4, ranks: 2, cached: true },
  // Without mined negatives no sample is sent.
  { name: "contrast", micro: 4, ranks: 2, cached: true },
  ...(isLong ? more : []),
])(
  "$name in micro-batches of $micro on $ranks ranks equals one process",
  async ({ name, micro, ranks, cached = false }) => {
    const stage = { ...staged(name, micro), cached };
    const alone = await trained(stage, createReference());
    const shared = await Promise.all(createReferenceRanks(ranks).map((engine) => trained(stage, engine)));
    for (const each of shared) expectSame(each, alone, 1e-10);
  },
  60_000,
);

test("with `mean: micro_batch` each rank averages over its own micro-batches, as the original's processes do", async () => {
  const stage: StageSpec = { ...staged("words", 8), mean: "micro_batch" };
  const alone = await trained({ ...stage, micro: 4 }, createReference());
  const shared = await Promise.all(createReferenceRanks(2).map((engine) => trained(stage, engine)));
  for (const each of shared) expectSame(each, alone, 1e-10);
}, 60_000);

const moreSharded = [
  { name: "matched", optimizer: "adamw(lr: 1e-3, clip: 0.5)", batch: 8, micro: 8, ranks: 2 },
  { name: "all", optimizer: "adamw(lr: 1e-3, clip: 0.5)", batch: 8, micro: 4, ranks: 2, cached: true },
  { name: "matched", optimizer: "lamb(lr: 1e-3)", batch: 8, micro: 8, ranks: 4 },
  { name: "contrast", optimizer: "adamw(lr: 1e-3, variant: hf, layer_decay: 0.8)", batch: 8, micro: 8, ranks: 4 },
  { name: "words", optimizer: "sgd(lr: 0.05, nesterov: true)", batch: 8, micro: 4, ranks: 2 },
  { name: "contrast", optimizer: "lion(lr: 1e-4, clip: 0.5)", batch: 8, micro: 8, ranks: 8 },
];

test.each([
  // Three ranks do not divide every matrix evenly.
  { name: "words", optimizer: "lamb(lr: 1e-3, clip: 0.5)", batch: 12, micro: 6, ranks: 3 },
  ...(isLong ? moreSharded : []),
])(
  "$ranks ranks with sharded state of $optimizer equal one process for $name in micro-batches of $micro",
  async ({ name, optimizer, batch, micro, ranks, cached = false }) => {
    const found = stageOf(specIn(text.replace("adamw(lr: 1e-3, clip: 0.5)", optimizer)), name);
    const stage = { ...found, batch, micro, cached };
    const alone = await trained(stage, createReference(), { steps: 2 });
    const engines = createReferenceRanks(ranks);
    const shared = await Promise.all(engines.map((engine) => trained(stage, engine, { shards: true, steps: 2 })));
    for (const each of shared) {
      expectSame(each, alone, 1e-10);
      expectClose(each.parameters, alone.parameters, 1e-10);
    }
  },
  60_000,
);

test("the norms of all sharded matrices need one collective", () => {
  const sumsOf = (optimizer: string): number[] => {
    const stage = stageOf(specIn(text.replace("adamw(lr: 1e-3, clip: 0.5)", optimizer)), "words");
    const capacity = new Map(stage.learn.map(({ head }) => [head.name, 8]));
    const { graph } = buildStep(stage, { batch: 4, capacity, ranks: 2, shards: true });
    const sums = nodesOf(graph).filter(({ op, inputs }) => op === "allReduce" && inputs[0]?.type.shape.length === 0);
    return sums.map(({ inputs }) => inputs.length);
  };
  const [without, norms] = [sumsOf("sgd(lr: 1e-3)"), sumsOf("lamb(lr: 1e-3)")];
  expect(norms).toHaveLength(without.length + 1);
  expect(Math.max(...norms)).toBeGreaterThan(20);
});

const moreProcesses = [
  { ranks: 2, micro: 4, cached: true, shards: false },
  { ranks: 4, micro: 8, cached: false, shards: false },
  { ranks: 4, micro: 4, cached: true, shards: false },
  { ranks: 4, micro: 8, cached: false, shards: true },
  { ranks: 4, micro: 4, cached: true, shards: true },
];

test.runIf(hasTorch).each([{ ranks: 2, micro: 8, cached: false, shards: false }, ...(isLong ? moreProcesses : [])])(
  "$ranks PyTorch processes equal one of `ort`, in micro-batches of $micro (cached: $cached, sharded state: $shards)",
  async ({ ranks, micro, cached, shards }) => {
    const stage = { ...staged("all", micro), cached };
    const [ort, ...processes] = [await engines.ort({ threads: 1, backend: null }), ...(await openTorchRanks(ranks))];
    try {
      const alone = await trained(stage, ort);
      const shared = await Promise.all(processes.map((engine) => trained(stage, engine, { shards })));
      for (const each of shared) {
        expectSame(each, alone, 1e-5);
        expect(each.state, "processes agree bit by bit").toEqual(shared[0]?.state);
      }
    } finally {
      for (const engine of [ort, ...processes]) engine.dispose();
    }
  },
  120_000,
);
