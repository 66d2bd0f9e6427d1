// Checkpoints of newly initialised stages, and images, for tests of trained models.
import { join } from "node:path";
import sharp from "sharp";
import { parametersOf } from "../../compiler/index.js";
import { drawAll } from "../../runtime/train/draw.js";
import { specOf, stageOf } from "./specs.js";
import { writeUntrained } from "./untrained.js";

/** A stage of every kind of head. */
export const headsSpec = specOf("test/conformance/heads.vlmo");

/** Settings of a checkpoint. */
interface Making {
  /** Class names or answers by head. */
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** The settings of existing checkpoints, by path. */
const made = new Map<string, { readonly labels: string; readonly written: Promise<string> }>();

/** A newly initialised checkpoint of a stage in a folder; created once. */
export function checkpointOf(folder: string, name: string, making: Making = {}): Promise<string> {
  const place = join(folder, name);
  const labels = JSON.stringify(making.labels ?? {});
  const before = made.get(place);
  const written = before?.labels === labels ? before.written : write(place, name, making);
  made.set(place, { labels, written });
  return written;
}

async function write(place: string, name: string, { labels = {} }: Making): Promise<string> {
  const stage = stageOf(headsSpec, name);
  const parameters = await drawAll(parametersOf(stage.model, stage.heads), 7);
  await writeUntrained(place, stage, { spec: headsSpec, parameters, labels });
  return place;
}

/** Writes an image of one colour. */
export async function drawImage(file: string, [r, g, b]: readonly [number, number, number]): Promise<void> {
  await sharp({ create: { width: 12, height: 9, channels: 3, background: { r, g, b } } })
    .png()
    .toFile(file);
}
