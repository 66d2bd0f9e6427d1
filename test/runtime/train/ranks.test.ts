// Several processes that share each step are one process with the joined batch: contrasts over all of them, hard negatives mined
// from all, masked words, clipping, under drop-path and dropout, in micro-batches and cached. All ranks run here in lock-step.
import { expect, test } from "vitest";
import type { StageSpec } from "../../../compiler/index.js";
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

/** The language wants a pool of the whole batch where a head asks for it; the learner does not. */
const staged = (name: string, micro: number): StageSpec => ({ ...stageOf(specIn(text), name), micro });

/** Losses and norm of a step, and Adam's first moments after it: gradients, but for a factor. */
async function trained(stage: StageSpec, engine: Engine) {
  const { dataSet, tokenizer } = await opened(stage);
  const learner = new Learner(engine, stage, { parameters: await startOf(stage, nothingHanded), state: null });
  const needs = needsOfStage(stage, tokenizer);
  const batches = trainingBatches({ dataSet, needs, batch: stage.batch, seed: 1, ...ownOf(stage, engine) });
  const { losses, gradientNorm } = await learner.step(wholeOf(await batches.next()), { step: 0, lr: 1e-3 });
  const numbers = new Map([...losses, ["norm", gradientNorm ?? NaN]]);
  await batches.close();
  const { state } = await learner.read();
  learner.dispose();
  return { numbers, moments: new Map([...state].filter(([name]) => name.startsWith("adam.m."))) };
}

type Trained = Awaited<ReturnType<typeof trained>>;

function expectSame(shared: Trained, alone: Trained, within: number): void {
  for (const [name, value] of alone.numbers)
    expect(Math.abs((shared.numbers.get(name) ?? NaN) - value), name).toBeLessThan(within);
  expect(alone.moments.size).toBeGreaterThan(20);
  for (const [name, { data }] of alone.moments) {
    const other = shared.moments.get(name)?.data ?? [];
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
  ...(isLong ? more : []),
])(
  "$name in micro-batches of $micro on $ranks ranks is what one process does",
  async ({ name, micro, ranks, cached = false }) => {
    const stage = { ...staged(name, micro), cached };
    const alone = await trained(stage, createReference());
    const shared = await Promise.all(createReferenceRanks(ranks).map((engine) => trained(stage, engine)));
    for (const each of shared) expectSame(each, alone, 1e-10);
  },
  60_000,
);

test("with `mean: micro_batch` each rank has micro-batches of its own, as the original's processes", async () => {
  const stage: StageSpec = { ...staged("words", 8), mean: "micro_batch" };
  const alone = await trained({ ...stage, micro: 4 }, createReference());
  const shared = await Promise.all(createReferenceRanks(2).map((engine) => trained(stage, engine)));
  for (const each of shared) expectSame(each, alone, 1e-10);
}, 60_000);

const moreProcesses = [
  { ranks: 2, micro: 4, cached: true },
  { ranks: 4, micro: 8, cached: false },
  { ranks: 4, micro: 4, cached: true },
];

test.runIf(hasTorch).each([{ ranks: 2, micro: 8, cached: false }, ...(isLong ? moreProcesses : [])])(
  "$ranks processes of PyTorch are one of `ort`, in micro-batches of $micro",
  async ({ ranks, micro, cached }) => {
    const stage = { ...staged("all", micro), cached };
    const [ort, ...processes] = [await engines.ort({ threads: 1, backend: null }), ...(await openTorchRanks(ranks))];
    try {
      const alone = await trained(stage, ort);
      const shared = await Promise.all(processes.map((engine) => trained(stage, engine)));
      for (const each of shared) {
        expectSame(each, alone, 1e-5);
        expect(each.moments, "processes agree bit by bit").toEqual(shared[0]?.moments);
      }
    } finally {
      for (const engine of [ort, ...processes]) engine.dispose();
    }
  },
  120_000,
);
