// Images passed as 8-bit levels instead of floats: equal batches, and steps with equal losses and gradients, on every engine
// and over several processes.
import { describe, expect, test } from "vitest";
import { buildStep, type PixelType, type StageSpec } from "../../../compiler/index.js";
import { trainingBatches, wholeOf, type Batch } from "../../../runtime/data/index.js";
import { needsOfStage } from "../../../runtime/data/stage-data.js";
import type { Engine } from "../../../runtime/engines/index.js";
import { createReference, createReferenceRanks } from "../../../runtime/engines/reference.js";
import { startOf } from "../../../runtime/test/train.js";
import { nothingHanded } from "../../../runtime/train/initialize.js";
import { Learner } from "../../../runtime/train/learner.js";
import { ownOf } from "../../../runtime/train/ranks.js";
import { conforming } from "../../conformance/engines.js";
import { specIn, specOf, stageOf } from "../../support/specs.js";
import { opened } from "../../support/stage-data.js";

const text = (channels: number): string => `vlmo 1
model Tiny {
  layers: 2
  width: 8
  attention { heads: 2, position: relative(span: 32) }
  image { size: 32px, patch: 16px, channels: ${channels} }
  text { tokenizer: wordpiece(vocabulary: 120), length: 16 }
  experts { vision: ffn(image) on all, language: ffn(text) on all, fusion: ffn(pair) on top 1 }
}
data world: pairs { format: shapes, scenes: 8 }
data scenes: images { format: shapes, scenes: 8 }
data kinds: labelled_images { format: shapes, scenes: 8 }
head contrast: contrastive(image.cls, text.cls)
head match: matching(pair.pooled) { negatives: hard(contrast, from: pool) }
head patches: masked_patches(image.patches) { mask: random(40%), targets: pixels }
head codes: visual_tokenizer(image) { codes: 12, hidden: 4 }
head code_patches: masked_patches(image.patches) { mask: random(40%), targets: tokens(codes) }
stage pairs {
  model: Tiny
  data: world
  learn: contrast + match
  augment: [flip, rand_augment(2, 7)]
  batch: 8
  steps: 1
  optimizer: adamw(lr: 1e-3)
}
stage masked extends pairs { data: scenes, learn: patches, augment: [resized_crop(50%..100%)] }
stage coded extends masked { learn: codes }
stage code_masked extends masked from coded { learn: code_patches }
`;

const staged = (name: string, channels = 3): StageSpec => stageOf(specIn(text(channels)), name);

async function batchOf(stage: StageSpec, type: PixelType, engine: Pick<Engine, "ranks">): Promise<Batch> {
  const { dataSet, tokenizer } = await opened(stage);
  const needs = needsOfStage(stage, tokenizer, type);
  const batches = trainingBatches({ dataSet, needs, batch: stage.batch, seed: 1, ...ownOf(stage, engine) });
  const batch = await batches.next();
  await batches.close();
  return batch;
}

type Numbers = ReadonlyMap<string, readonly number[]>;

/** Losses of the first step, and Adam's first moments after it: gradients up to a factor. */
async function stepped(stage: StageSpec, type: PixelType, engine: Engine): Promise<Numbers> {
  const learner = new Learner(engine, stage, { parameters: await startOf(stage, nothingHanded), state: null });
  try {
    const { losses } = await learner.step(wholeOf(await batchOf(stage, type, engine)), { step: 0, lr: 1e-3 });
    const { state } = await learner.read();
    const moments = [...state].filter(([name]) => name.startsWith("adam.m."));
    return new Map<string, readonly number[]>([
      ...[...losses].map(([name, loss]) => [name, [loss]] as const),
      ...moments.map(([name, { data }]) => [name, [...data]] as const),
    ]);
  } finally {
    learner.dispose();
  }
}

function expectSame(bytes: Numbers, numbers: Numbers, within: number): void {
  expect([...bytes.keys()]).toEqual([...numbers.keys()]);
  for (const [name, wanted] of numbers) {
    const largest = Math.max(...wanted.map(Math.abs));
    const apart = Math.max(...wanted.map((value, i) => Math.abs(value - (bytes.get(name)?.[i] ?? NaN))));
    expect(apart, name).toBeLessThanOrEqual(within * largest);
  }
}

test("a program normalises every level as the data pipeline does, bit for bit", () => {
  const levels = Array.from({ length: 256 }, (_, level) => level);
  const divided = levels.map((level) => Math.fround((2 * level - 255) / 255));
  expect(divided).toEqual(levels.map((level) => Math.fround(level / 127.5 - 1)));
});

describe.each([
  ["pairs", 3],
  ["pairs", 1],
  ["pairs", 4],
  ["masked", 3],
] as const)("stage %s with %i channels", (name, channels) => {
  test("has the same images as levels and as floats", async () => {
    const stage = staged(name, channels);
    const [bytes, numbers] = await Promise.all([batchOf(stage, "uint8", {}), batchOf(stage, "float32", {})]);
    const [levels, image] = [bytes.tensors.get("image"), numbers.tensors.get("image")];
    expect([levels?.dtype, image?.dtype]).toEqual(["uint8", "float32"]);
    expect(levels?.shape).toEqual([8, channels, 32, 32]);
    expect(Array.from(levels?.data ?? [], (level) => Math.fround(level / 127.5 - 1))).toEqual([...(image?.data ?? [])]);
    expect([...bytes.tensors].slice(1)).toEqual([...numbers.tensors].slice(1));
  });
});

test.each([
  {
    title: "reference",
    open: async () => createReference(),
    within: 1e-6,
    names: ["pairs", "masked", "coded", "code_masked"],
  },
  ...conforming.filter(({ every }) => every === 1).map((each) => ({ ...each, within: 1e-5, names: ["pairs"] })),
])("a step on levels equals one on floats: $title", async ({ open, within, names }) => {
  const engine = await open();
  for (const stage of names.map((name) => staged(name)))
    expectSame(await stepped(stage, "uint8", engine), await stepped(stage, "float32", engine), within);
  engine.dispose();
});

test.each([...specOf("test/conformance/heads.vlmo").stages])("%s reads images as levels only", (_, stage) => {
  const { graph } = buildStep(stage, { batch: 4, capacity: new Map(), pixels: "uint8" });
  const images = graph.inputs.filter(({ name }) => /^(image|image_0|image_1)$/.test(name));
  expect(images.map(({ value }) => value.type.dtype)).toEqual(images.map(() => "uint8"));
});

test("samples mined from other ranks are sent as levels too", async () => {
  const stage = { ...staged("pairs"), micro: 4, cached: true };
  const runs = (type: PixelType) => Promise.all(createReferenceRanks(2).map((engine) => stepped(stage, type, engine)));
  const [bytes, numbers] = [await runs("uint8"), await runs("float32")];
  numbers.forEach((wanted, rank) => expectSame(bytes[rank] ?? new Map(), wanted, 1e-6));
});

test("mixup needs floats, cutmix does not", async () => {
  const mixing = (ways: string): PixelType | undefined => {
    const stage = stageOf(
      specIn(
        `${text(3)}head kind: classify(image.cls) { classes: 5 }\nstage k extends pairs { data: kinds, learn: kind, augment: [], mix: [${ways}] }`,
      ),
      "k",
    );
    return needsOfStage(stage, null, "uint8").image?.type;
  };
  expect([mixing("mixup(0.8)"), mixing("cutmix(1)"), mixing("mixup(0.8), cutmix(1)")]).toEqual([
    "float32",
    "uint8",
    "float32",
  ]);
});
