// Heads of one stage that mask in different ways: each has masked inputs of its own, and learns what it would learn alone.
import { expect, test } from "vitest";
import { checkSpec, type StageSpec } from "../../../compiler/index.js";
import { trunkPasses } from "../../../compiler/plan/forward-passes.js";
import { renderAll } from "../../../grammar/index.js";
import { trainingBatches, wholeOf, type Batch } from "../../../runtime/data/index.js";
import { DataShelf, needsOfStage, openTokenizers } from "../../../runtime/data/stage-data.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { Learner } from "../../../runtime/train/learner.js";
import type { Tensors } from "../../../runtime/tensor.js";

const text = `vlmo 1
model Tiny {
  layers: 2
  width: 8
  attention { heads: 2, position: relative(span: 32) }
  image { size: 32px, patch: 8px }
  text { tokenizer: wordpiece(vocabulary: 120), length: 16 }
  experts { vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on top 1 }
}
data world: pairs { format: shapes, scenes: 10 }
head few: masked_tokens(text.tokens)
head alike: masked_tokens(pair.text)
head many: masked_tokens(text.tokens) { mask: 60%, whole_word: false }
head blocks: masked_patches(image.patches)
head dots: masked_patches(image.patches) { mask: random(60%) }
stage all {
  model: Tiny, data: world, learn: few + many + alike + blocks + dots
  batch: 6, steps: 1, optimizer: adamw(lr: 1e-3)
}
stage micro extends all { micro: 2 }
stage ones extends all { learn: few + alike + blocks }
stage others extends all { learn: many + dots }
`;

const checked = checkSpec("masks.vlmo", { read: () => text, resolvePath: (_, to) => to });

function stageOf(name: string): StageSpec {
  const stage = checked.spec?.stages.get(name);
  if (stage === undefined) throw new Error(renderAll(checked.diagnostics));
  return stage;
}

async function batchOf(name: string): Promise<Batch> {
  const stage = stageOf(name);
  const data = new DataShelf();
  const tokenizer = (await openTokenizers([stage], { stages: [stage], data })).get(name) ?? null;
  const dataSet = await data.open(stage.data);
  const batches = trainingBatches({ dataSet, needs: needsOfStage(stage, tokenizer), batch: 6, seed: 1 });
  const batch = await batches.next();
  await batches.close();
  return batch;
}

/** Losses of a first step, and Adam's first moments after it: the gradients, but for a factor. */
async function stepped(name: string, batch: Batch, engine: Engine) {
  const stage = stageOf(name);
  const parameters = await startOf(stageOf("all"), nothingHanded);
  const learner = new Learner(engine, stage, { parameters, state: null });
  try {
    const { losses } = await learner.step(wholeOf(batch), { step: 0, lr: 1e-3 });
    const { state } = await learner.read();
    return { losses, moments: new Map([...state].filter(([moment]) => moment.startsWith("adam.m."))) };
  } finally {
    learner.dispose();
  }
}

/** The masks of `heads` under the names that they have where they are the only ones. */
function onlyMasks(tensors: Tensors, heads: readonly string[]): Tensors {
  const own = [...tensors].flatMap(([name, tensor]) => {
    const head = heads.find((each) => name.endsWith(`.${each}`));
    return head === undefined ? [] : [[name.slice(0, -head.length - 1), tensor] as const];
  });
  return new Map([...tensors, ...own]);
}

test("each mask has its tensors, the first under the plain names; heads with the same mask share it", async () => {
  const { tensors } = await batchOf("all");
  expect([...tensors.keys()]).toEqual([
    "image",
    "patch_mask",
    "patch_mask.dots",
    "text_ids",
    "text_masks",
    "text_ids_mlm",
    "text_labels_mlm",
    "text_ids_mlm.many",
    "text_labels_mlm.many",
  ]);
  const alone = await batchOf("ones");
  for (const [name, tensor] of alone.tensors) expect(tensors.get(name), name).toEqual(tensor);
});

test("losses and gradients are those of the heads alone with their masks, also in micro-batches", async () => {
  const engine = await engines.reference({ threads: 1, backend: null });
  try {
    const batch = await batchOf("all");
    const others = { ...batch, tensors: onlyMasks(batch.tensors, ["many", "dots"]) };
    const [all, micro, ones, rest] = [
      await stepped("all", batch, engine),
      await stepped("micro", batch, engine),
      await stepped("ones", batch, engine),
      await stepped("others", others, engine),
    ];
    for (const { losses, moments } of [all, micro]) {
      for (const [head, loss] of [...ones.losses, ...rest.losses])
        if (head !== "total") expect(losses.get(head), head).toBeCloseTo(loss, 10);
      expect(moments.size).toBeGreaterThan(40);
      for (const [name, { data }] of moments) {
        const parts = [ones, rest].flatMap((each) => each.moments.get(name)?.data ?? []);
        data.forEach((value, i) => {
          const sum = parts.reduce((so, part) => so + (part[i] ?? 0), 0);
          if (Math.abs(value - sum) > 1e-9) expect(value, `${name}[${i}]`).toBe(sum);
        });
      }
    }
  } finally {
    engine.dispose();
  }
});

test("the plan counts a pass for each mask of a view", () => {
  const counted = (name: string) => trunkPasses(stageOf(name)).map(({ view }) => view);
  expect(counted("all")).toEqual(["text", "text", "pair", "image", "image"]);
  expect(counted("ones")).toEqual(["text", "pair", "image"]);
});
