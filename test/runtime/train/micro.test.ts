// Gradient accumulation (`micro`) saves memory only: samples, noise, losses and parameters do not depend on it.
import { expect, test } from "vitest";
import type { StageSpec } from "../../../compiler/index.js";
import { engines } from "../../../runtime/engines/index.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { trainSteps } from "../../../runtime/test/train.js";
import { noisyModel } from "../../support/noisy-model.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";

/** Drop-path, dropout, masked words and patches; 30 items, not a multiple of the batch, over three epochs. */
const text = `vlmo 1
param micro: count = 12
${noisyModel}
model Wider extends Tiny { width: 16, text { length: 24 } }
data world: pairs { format: shapes, scenes: 30 }
head words: masked_tokens(pair.text)
head patches: masked_patches(pair.patches)
head contrast: contrastive(image.cls, text.cls) { pool: micro }
head match: matching(pair.pooled) { negatives: hard(contrast, from: local) }
stage s {
  model: Wider
  data: world
  learn: words + patches
  batch: 12
  micro: micro
  steps: 7
  optimizer: adamw(lr: 1e-3, clip: 1)
}
stage pools extends s { learn: contrast + match, steps: 2 }
`;

const staged = (name: string, micro: number): StageSpec => stageOf(specIn(text, [`micro=${micro}`]), name);

async function trained(stage: StageSpec) {
  const engine = await engines.ort({ threads: 1, backend: null });
  try {
    return await trainSteps({ stage, duration: null, ...(await opened(stage)), engine, handed: nothingHanded });
  } finally {
    engine.dispose();
  }
}

test("losses and parameters do not depend on the micro-batch", async () => {
  const whole = await trained(staged("s", 12));
  for (const micro of [6, 5, 2]) {
    const cut = await trained(staged("s", micro));
    expect(cut.steps).toHaveLength(whole.steps.length);
    whole.steps.forEach(({ losses, gradientNorm }, i) => {
      for (const [name, loss] of losses) expect(cut.steps[i]?.losses.get(name)).toBeCloseTo(loss, 4);
      expect(cut.steps[i]?.gradientNorm).toBeCloseTo(gradientNorm ?? 0, 3);
    });
    for (const [name, tensor] of whole.end) {
      const other = cut.end.get(name)?.data ?? [];
      // Adam normalises the gradient: one that is only a rounding error gives a full step of 1e-3.
      const far = tensor.data.filter((value, i) => Math.abs(value - (other[i] ?? NaN)) > 2e-4).length;
      expect(far / tensor.data.length, name).toBeLessThan(0.01);
    }
  }
}, 60_000);

test("`pool: micro` contrasts within micro-batches of the same samples", async () => {
  const [whole, cut] = [await trained(staged("pools", 12)), await trained(staged("pools", 4))];
  const first = ({ steps }: typeof whole) => steps[0]?.losses.get("contrast") ?? NaN;
  // Initially all logits are about equal: losses of ln 12 and ln 4.
  expect(Math.abs(first(whole) - Math.log(12))).toBeLessThan(0.5);
  expect(Math.abs(first(cut) - Math.log(4))).toBeLessThan(0.5);
}, 60_000);
