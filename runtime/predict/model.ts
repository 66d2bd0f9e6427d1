// A trained model from its checkpoint alone: specification, parameters, vocabulary, and the names of its answers.
import { parametersOf, type HeadSpec, type Spec, type StageSpec } from "../../compiler/index.js";
import {
  checkpointManifest,
  readCheckpoint,
  savedSpecification,
  type Labels,
  type Manifest,
} from "../checkpoint/index.js";
import { createTokenizer, type Tokenizer } from "../data/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Tensors } from "../tensor.js";

/** A fully read checkpoint. */
export interface TrainedModel {
  readonly folder: string;
  readonly manifest: Manifest;
  readonly spec: Spec;
  /** The stage that the checkpoint is of. */
  readonly stage: StageSpec;
  readonly labels: Labels;
  readonly parameters: Tensors;
  /** Null where the model reads no texts. */
  readonly tokenizer: Tokenizer | null;
}

/** A checkpoint's description, without its tensors. */
export type Described = Pick<TrainedModel, "folder" | "manifest" | "spec" | "stage" | "labels">;

/** Reads the description of the checkpoint at `folder`. Throws V927, V928, V929. */
async function describedModel(folder: string): Promise<Described> {
  const manifest = await checkpointManifest(folder);
  const { spec, labels } = await savedSpecification({ folder, manifest });
  const stage = spec.stages.get(manifest.stage);
  if (stage !== undefined) return { folder, manifest, spec, stage, labels };
  throw vlmoError("V928", { file: folder, reason: `its specification has no stage \`${manifest.stage}\`` });
}

/**
 * Reads the checkpoint at `folder`; `isVerified`: its checksums have already been verified. Throws V918, V926, V927, V928,
 * V929.
 */
export async function openModel(folder: string, { isVerified = false } = {}): Promise<TrainedModel> {
  const described = await describedModel(folder);
  const { stage } = described;
  const expect = parametersOf(stage.model, stage.heads);
  const { parameters, vocabulary } = await readCheckpoint(folder, { optimizer: false, expect, verify: !isVerified });
  if (stage.model.text !== null && vocabulary === null) {
    const help = "import it again with --vocabulary FILE";
    throw vlmoError("V929", { file: folder, reason: "it has no vocabulary, and its model reads texts" }, { help });
  }
  const tokenizer = stage.model.text === null || vocabulary === null ? null : createTokenizer(vocabulary);
  return { ...described, parameters, tokenizer };
}

/** The name of a predicted class: from the data, otherwise its number. */
export function labelOf({ labels }: TrainedModel, { name }: HeadSpec, index: number): string {
  return labels.get(name)?.[index] ?? String(index);
}
