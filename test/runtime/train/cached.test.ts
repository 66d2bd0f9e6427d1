// `cached: true` saves memory only: contrasts over the whole optimizer batch, mined negatives and masked words have the losses
// and gradients of the undivided batch, with drop-path and dropout.
import { beforeAll, expect, test } from "vitest";
import type { StageSpec } from "../../../compiler/index.js";
import { trainingBatches, wholeOf, type Batch } from "../../../runtime/data/index.js";
import { needsOfStage } from "../../../runtime/data/stage-data.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { Learner } from "../../../runtime/train/learner.js";
import { conforming } from "../../conformance/engines.js";
import { isLong } from "../../support/long.js";
import { noisyModel } from "../../support/noisy-model.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";

const text = `vlmo 1
param micro: count = 10
${noisyModel}
data world: pairs { format: shapes, scenes: 10 }
head contrast: contrastive(image.cls, text.cls) { false_negatives: mask }
head both: contrastive(image.cls, text.cls) { fused: true }
head signed: contrastive(image.cls, text.cls) { loss: sigmoid, bias: -2 }
head signed_fused: contrastive(image.cls, text.cls) { loss: sigmoid, fused: true, false_negatives: keep }
head signed_match: matching(pair.pooled) { negatives: hard(signed, from: pool) }
head match: matching(pair.pooled) { negatives: hard(contrast, from: pool), false_negatives: mask }
head words: masked_tokens(pair.text)
stage alone {
  model: Tiny
  data: world
  learn: contrast
  batch: 10
  micro: micro
  cached: true
  steps: 1
  optimizer: adamw(lr: 1e-3)
}
stage fused extends alone { learn: both }
stage matched extends alone { learn: contrast + match }
stage signed_matched extends alone { learn: signed + 0.5 * signed_fused + signed_match }
stage all extends alone { learn: both + 2 * contrast + 0.5 * match + words }
`;

const staged = (name: string, micro: number): StageSpec => stageOf(specIn(text, [`micro=${micro}`]), name);

let batch: Batch;
beforeAll(async () => {
  const stage = staged("all", 10);
  const { dataSet, tokenizer } = await opened(stage);
  const batches = trainingBatches({ dataSet, needs: needsOfStage(stage, tokenizer), batch: 10, seed: 1 });
  batch = await batches.next();
  await batches.close();
});

/** Losses of the first step, and Adam's first moments after it: the gradients up to a factor. */
async function stepped(stage: StageSpec, engine: Engine) {
  const learner = new Learner(engine, stage, { parameters: await startOf(stage, nothingHanded), state: null });
  try {
    const { losses } = await learner.step(wholeOf(batch), { step: 0, lr: 1e-3 });
    const { state } = await learner.read();
    return { losses, moments: [...state].filter(([name]) => name.startsWith("adam.m.")) };
  } finally {
    learner.dispose();
  }
}

/** Every engine runs the stage with all parts; `reference` also runs each part, in float64. */
const runs = [
  {
    title: "reference",
    open: () => engines.reference({ threads: 1, backend: null }),
    within: 1e-10,
    names: ["alone", "fused", "matched", "signed_matched", "all"],
  },
  // If matmuls are rounded to bfloat16, those of a batch and of its parts differ by more than 1e-5.
  ...conforming
    .filter(({ every, oracle }) => oracle === undefined && (every === 1 || isLong))
    .map(({ title, open }) => ({ title, open, within: 1e-5, names: ["all"] })),
];

test.each(runs)(
  "$title gives the losses and gradients of the undivided batch for $names, in micro-batches of 5 and of 4, 4 and 2",
  async ({ open, within, names }) => {
    const engine = await open();
    try {
      for (const name of names) {
        const whole = await stepped(staged(name, 10), engine);
        for (const micro of name === "all" ? [5, 4] : [5]) {
          expectSame(await stepped(staged(name, micro), engine), whole, within);
        }
      }
    } finally {
      engine.dispose();
    }
  },
  600_000,
);

type Stepped = Awaited<ReturnType<typeof stepped>>;

function expectSame(cut: Stepped, whole: Stepped, within: number): void {
  expect([...cut.losses.keys()].sort()).toEqual([...whole.losses.keys()].sort());
  for (const [head, loss] of whole.losses)
    expect(Math.abs((cut.losses.get(head) ?? NaN) - loss), head).toBeLessThan(within * Math.max(1, loss));
  expect(whole.moments.length).toBeGreaterThan(20);
  const moments = new Map(cut.moments);
  for (const [parameter, { data }] of whole.moments) {
    const other = moments.get(parameter)?.data ?? [];
    const far = Math.max(...data.map((value, i) => Math.abs(value - (other[i] ?? NaN))));
    expect(far, parameter).toBeLessThan(within);
  }
}
