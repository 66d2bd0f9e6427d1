// Checkpoints of untrained stages, for tests that need only a checkpoint.
import { parametersOf, type Spec, type StageSpec } from "../../compiler/index.js";
import { writeCheckpoint } from "../../runtime/checkpoint/index.js";
import type { Tensors } from "../../runtime/tensor.js";
import { untrainedFacts } from "../../runtime/train/untrained.js";
import { drawFrom } from "./draw.js";

/** A vocabulary of 13 tokens. */
export const words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "a", "red", "dog", "cat", "##s", "on", "is", "."];

/** Contents of a checkpoint besides its stage. */
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

/** Distinct parameters, none at its initial value, so that mix-ups are detected. */
export function anyParameters({ model, heads }: StageSpec): Tensors {
  return new Map(
    parametersOf(model, heads).map(({ name, shape }) => [name, drawFrom("parameter", name).floats(shape)]),
  );
}
