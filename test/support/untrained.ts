// Checkpoints of stages that nothing has trained, for tests of what a checkpoint alone can do.
import { parametersOf, type Spec, type StageSpec } from "../../compiler/index.js";
import { writeCheckpoint } from "../../runtime/checkpoint/index.js";
import type { Tensors } from "../../runtime/tensor.js";
import { untrainedFacts } from "../../runtime/train/untrained.js";
import { drawFrom } from "./draw.js";

/** Words of a vocabulary of 13. */
export const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "dog", "cat", "##s", "on", "is", "."];

/** What a checkpoint holds besides its stage. */
interface Contents {
  readonly spec: Spec;
  readonly parameters: Tensors;
  readonly labels?: Readonly<Record<string, readonly string[]>>;
}

/** Writes a checkpoint of a stage at `place`. */
export async function writeUntrained(
  place: string,
  stage: StageSpec,
  { spec, parameters, labels = {} }: Contents,
): Promise<void> {
  await writeCheckpoint(place, {
    facts: untrainedFacts(stage, { vlmo: "test", spec: null, made: "test", imported: null }),
    parameters,
    optimizer: new Map(),
    vocabulary: words,
    specification: { spec, labels: new Map(Object.entries(labels)) },
  });
}

/** Parameters that are all different, none of them where training would begin: a mix-up shows in the numbers. */
export function anyParameters({ model, heads }: StageSpec): Tensors {
  return new Map(
    parametersOf(model, heads).map(({ name, shape }) => [name, drawFrom("parameter", name).floats(shape)]),
  );
}
