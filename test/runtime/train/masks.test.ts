// Heads of one stage with different masks: each has its own masked inputs, and is trained as it would be alone.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { trunkPasses } from "../../../compiler/plan/forward-passes.js";
import { trainingBatches, wholeOf, type Batch } from "../../../runtime/data/index.js";
import { needsOfStage } from "../../../runtime/data/stage-data.js";
import { engines, type Engine } from "../../../runtime/engines/index.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { Learner } from "../../../runtime/train/learner.js";
import { writeSafetensors } from "../../../runtime/formats/safetensors.js";
import type { Tensors } from "../../../runtime/tensor.js";
import { drawFrom } from "../../support/draw.js";
import { specIn, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";

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
head coder: visual_tokenizer(image) { codes: 12, hidden: 8 }
head coded: masked_patches(image.patches) { targets: tokens(coder), mask: random(60%) }
head filed: masked_patches(image.patches) { targets: tokens("a.safetensors", count: 9) }
head other: masked_patches(image.patches) { targets: tokens("b.safetensors", count: 12) }
head say: caption(pair.causal)
head contrast: contrastive(image.cls, text.cls)
stage all {
  model: Tiny, data: world
  learn: few + many + alike + blocks + dots + coder + coded + filed + other + say + contrast
  batch: 6, steps: 1, optimizer: adamw(lr: 1e-3)
}
stage cached extends all { micro: 2, cached: true }
stage ones extends all { learn: few + alike + blocks + filed + contrast }
stage others extends all { learn: many + dots + coder + coded }
stage last extends all { learn: other }
stage spoken extends all { learn: say }
`;

/** Stages with some of the heads of `all`, and the heads whose input names have a suffix in `all`. */
const parts = new Map([
  ["ones", []],
  ["others", ["many", "dots"]],
  ["last", ["other"]],
  ["spoken", ["say"]],
]);

const spec = specIn(text);

let folder = "";
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "vlmo-masks-"));
  for (const [file, most] of [
    ["a", 9],
    ["b", 12],
  ] as const)
    // prettier-ignore
    await writeSafetensors(join(folder, `${file}.safetensors`), new Map([["codes", drawFrom(file).ids([10, 16], most)]]));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

async function batchOf(name: string): Promise<Batch> {
  const stage = stageOf(spec, name);
  const { dataSet, tokenizer } = await opened(stage);
  const needs = needsOfStage(stage, tokenizer);
  const codes = [...(needs.patchCodes ?? [])].map(
    ([suffix, of]) => [suffix, { ...of, file: join(folder, basename(of.file)) }] as const,
  );
  const batches = trainingBatches({ dataSet, needs: { ...needs, patchCodes: new Map(codes) }, batch: 6, seed: 1 });
  const batch = await batches.next();
  await batches.close();
  return batch;
}

/** Losses of the first step, and Adam's first moments after it: the gradients up to a factor. */
async function stepped(name: string, batch: Batch, engine: Engine) {
  const stage = stageOf(spec, name);
  const parameters = await startOf(stageOf(spec, "all"), nothingHanded);
  const learner = new Learner(engine, stage, { parameters, state: null });
  try {
    const { losses } = await learner.step(wholeOf(batch), { step: 0, lr: 1e-3 });
    const { state } = await learner.read();
    return { losses, moments: new Map([...state].filter(([moment]) => moment.startsWith("adam.m."))) };
  } finally {
    learner.dispose();
  }
}

/** The tensors of `heads` under the names they have without other heads. */
function plainly(tensors: Tensors, heads: readonly string[]): Tensors {
  const own = [...tensors].flatMap(([name, tensor]) => {
    const head = heads.find((each) => name.endsWith(`.${each}`));
    return head === undefined ? [] : [[name.slice(0, -head.length - 1), tensor] as const];
  });
  return new Map([...tensors, ...own]);
}

test("each mask and each file of codes has tensors, the first under the plain names; heads with equal masks share them", async () => {
  const { tensors } = await batchOf("all");
  expect([...tensors.keys()]).toEqual([
    "image",
    "patch_mask",
    "patch_mask.dots",
    "patch_codes",
    "patch_codes.other",
    "text_ids",
    "text_masks",
    "text_ids_mlm",
    "text_labels_mlm",
    "text_ids_mlm.many",
    "text_labels_mlm.many",
    "text_ids_mlm.say",
    "text_labels_mlm.say",
    "matches",
  ]);
  const alone = await batchOf("ones");
  for (const [name, tensor] of alone.tensors) expect(tensors.get(name), name).toEqual(tensor);
});

test("losses and gradients equal those of each head alone, also in cached micro-batches", async () => {
  const engine = await engines.reference({ threads: 1, backend: null });
  try {
    const batch = await batchOf("all");
    const alone = [];
    for (const [name, heads] of parts)
      alone.push(await stepped(name, { ...batch, tensors: plainly(batch.tensors, heads) }, engine));
    for (const { losses, moments } of [await stepped("all", batch, engine), await stepped("cached", batch, engine)]) {
      for (const [head, loss] of alone.flatMap((each) => [...each.losses]))
        if (head !== "total") expect(losses.get(head), head).toBeCloseTo(loss, 10);
      expect(moments.size).toBeGreaterThan(40);
      for (const [name, { data }] of moments) {
        const shares = alone.flatMap((each) => each.moments.get(name)?.data ?? []);
        data.forEach((value, i) => {
          const sum = shares.reduce((so, share) => so + (share[i] ?? 0), 0);
          if (Math.abs(value - sum) > 1e-9) expect(value, `${name}[${i}]`).toBe(sum);
        });
      }
    }
  } finally {
    engine.dispose();
  }
});

test("the plan counts a forward pass for each mask of a view", () => {
  const counted = (name: string) => trunkPasses(stageOf(spec, name)).map(({ view }) => view);
  expect(counted("all")).toEqual(["text", "text", "pair", "image", "image", "pair", "image", "text"]);
  expect(counted("ones")).toEqual(["text", "pair", "image", "image", "text"]);
});
