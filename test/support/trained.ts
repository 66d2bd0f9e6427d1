// Checkpoints of stages that are newly initialised, and images, for tests of what a trained model does.
import { join } from "node:path";
import sharp from "sharp";
import { parametersOf } from "../../compiler/index.js";
import { writeCheckpoint } from "../../runtime/checkpoint/index.js";
import { drawAll } from "../../runtime/train/draw.js";
import { untrainedFacts } from "../../runtime/train/untrained.js";
import { specOf, stageOf } from "./specs.js";

/** A stage of every kind of head. */
export const headsSpec = specOf("test/conformance/heads.vlmo");

/** The tokens of its models. */
const vocabulary = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "dog", "cat", "##s", "on", "is", "."];

/** A checkpoint of a stage in a folder, newly initialised, with the names of classes or answers by head. */
export async function checkpointOf(
  folder: string,
  name: string,
  {
    labels = {},
    seed = 7,
  }: { readonly labels?: Readonly<Record<string, readonly string[]>>; readonly seed?: number } = {},
): Promise<string> {
  const stage = stageOf(headsSpec, name);
  const place = join(folder, name);
  await writeCheckpoint(place, {
    facts: untrainedFacts(stage, { vlmo: "test", spec: null, made: "test", imported: null }),
    parameters: await drawAll(parametersOf(stage.model, stage.heads), seed),
    optimizer: new Map(),
    vocabulary,
    specification: { spec: headsSpec, labels: new Map(Object.entries(labels)) },
  });
  return place;
}

/** Writes an image of one colour. */
export async function drawImage(file: string, [r, g, b]: readonly [number, number, number]): Promise<void> {
  await sharp({ create: { width: 12, height: 9, channels: 3, background: { r, g, b } } })
    .png()
    .toFile(file);
}
