// What a stage begins from: the stage before (its end, or where it was best), a file, or its own checkpoint.
import { stageHandOver, type StageSpec } from "../../compiler/index.js";
import { readCheckpoint, type Checkpoint, type Manifest, type SavedCheckpoint } from "../checkpoint/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { handedByFile, isFromFile } from "./from-file.js";
import { handedByStage } from "./hand-over.js";
import { nothingHanded, type Handed } from "./initialize.js";
import { bestOf, latestOf } from "./run-folder.js";
import type { Run } from "./run.js";
import { expectSameMeaning, expectSameVocabulary } from "./same-run.js";
import { bestText, valueOf } from "./score.js";

/** What a stage takes over: tensors (null: its own checkpoint has them all), and what they were trained on. */
export interface Taken {
  readonly handed: Handed | null;
  readonly provenance: Manifest["provenance"] | null;
}

/** From a file, or from the checkpoint of the stage before. Throws what reading them throws. */
export async function takenOver(run: Run, stage: StageSpec): Promise<Taken> {
  if (isFromFile(stage)) {
    const { handed, provenance, notices } = await handedByFile(stage, run.spec);
    notices.forEach((notice) => run.listener.noticed(notice));
    return { handed, provenance };
  }
  const handOver = stageHandOver(stage, run.spec);
  const saved = handOver === null ? undefined : await giverOf(run, stage, handOver.before);
  if (handOver === null || saved === undefined) return { handed: nothingHanded, provenance: null };
  const before = await readCheckpoint(saved.folder, { optimizer: false });
  expectSameVocabulary(before, stage, run.tokenizers.get(stage.name) ?? null);
  return { handed: handedByStage(stage, handOver, before.parameters), provenance: before.manifest.provenance };
}

/** The checkpoint of the stage before: its last, or its best. */
async function giverOf(run: Run, { name, from }: StageSpec, before: StageSpec): Promise<SavedCheckpoint | undefined> {
  if (from.kind !== "stage" || from.at === "end") return latestOf(run.folder, before.name);
  const best = await bestOf(run.folder, before.name);
  const by = before.validate?.best ?? null;
  const { step, score } = best.manifest;
  if (by !== null && score !== null)
    run.listener.noticed(
      `stage ${name} begins from ${before.name} at step ${step}, its best: ${bestText(by)} ${Number(valueOf(by, score).toPrecision(4))}`,
    );
  return best;
}

/** A resumed stage does not read again what it was initialised from: its own checkpoint holds its provenance. */
export function resuming({ manifest: { provenance } }: Checkpoint): Taken {
  return { handed: null, provenance: { ...provenance, stages: provenance.stages.slice(0, -1) } };
}

/** Throws V933 if the stage before is not finished in this run, V986 if its meaning has changed since. */
export async function expectPredecessor(run: Run, stage: StageSpec): Promise<void> {
  if (stage.from.kind !== "stage") return;
  const { name: before, span } = stage.from;
  const saved = await latestOf(run.folder, before);
  if (saved?.manifest.finished !== true) {
    throw vlmoError("V933", { stage: stage.name, before, folder: run.folder.path }, { span });
  }
  await expectSameAncestors(run, stage);
}

/** Throws V986 if the meaning of an ancestor of this stage has changed since it was trained. */
async function expectSameAncestors(run: Run, { name, from }: StageSpec): Promise<void> {
  if (from.kind !== "stage") return;
  const before = run.stages.find((each) => each.name === from.name) ?? run.spec.stages.get(from.name);
  if (before === undefined) throw new Error(`internal: the checker let the stage ${from.name} pass`);
  const saved = await latestOf(run.folder, before.name);
  if (saved !== undefined) expectSameMeaning(saved.manifest, before, { stage: name, span: from.span });
  await expectSameAncestors(run, before);
}
