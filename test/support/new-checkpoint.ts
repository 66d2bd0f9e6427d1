// A checkpoint of a stage whose parameters are newly initialised: enough to ask it what it says.
import { parametersOf, type Spec } from "../../compiler/index.js";
import { writeCheckpoint } from "../../runtime/checkpoint/index.js";
import { drawAll } from "../../runtime/train/draw.js";
import { untrainedFacts } from "../../runtime/train/untrained.js";
import { stageOf } from "./specs.js";

export interface NewCheckpoint {
  readonly spec: Spec;
  readonly stage: string;
  readonly vocabulary: readonly string[];
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** Writes it at `place`, a folder that there is not. */
export async function newCheckpoint(place: string, { spec, stage: name, vocabulary, labels = {} }: NewCheckpoint) {
  const stage = stageOf(spec, name);
  await writeCheckpoint(place, {
    facts: untrainedFacts(stage, { vlmo: "test", spec: null, made: "test", imported: null }),
    parameters: await drawAll(parametersOf(stage.model, stage.heads), 7),
    optimizer: new Map(),
    vocabulary,
    specification: { spec, labels: new Map(Object.entries(labels)) },
  });
  return place;
}
