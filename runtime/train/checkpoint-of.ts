// Finds the checkpoint that a path means: the path of a checkpoint, or of a run that holds some.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { closest } from "../../grammar/index.js";
import { listCheckpoints, manifestFile, type DamagedCheckpoint, type SavedCheckpoint } from "../checkpoint/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { bestOf, latestOf, soundOf, type Place } from "./run-folder.js";

/** A checkpoint to read, and whether its bytes have been verified already. */
export interface CheckpointChoice {
  readonly folder: string;
  readonly isVerified: boolean;
}

/** A stage of a run, and which of its checkpoints. */
export interface Wanted {
  readonly stage: string;
  /** The best of those with a score, instead of the latest. */
  readonly best?: boolean;
}

/** Called for each damaged checkpoint that is skipped for an older one. */
export type PassedOver = (damaged: DamagedCheckpoint) => void;

/**
 * The checkpoint folder that `path` means: itself, or if it is a run folder the latest sound one of a stage. Throws V545, V927,
 * V970, V988.
 */
export async function checkpointOf(path: string, wanted: Wanted, passedOver: PassedOver): Promise<CheckpointChoice> {
  if (wanted.best === true) expectRun(path, "the best");
  return ofStage(path, wanted, passedOver);
}

/**
 * As `checkpointOf`, but null is the stage that was saved last, and a stage cannot be asked of the path of a checkpoint. Throws
 * V545, V927, V970, V988.
 */
export async function modelOf(
  path: string,
  { stage, best }: { readonly stage: string | null; readonly best: boolean },
  passedOver: PassedOver,
): Promise<CheckpointChoice> {
  if (stage !== null) expectRun(path, "a stage");
  if (best) expectRun(path, "the best");
  const last = stage ?? (await savedIn(path)).at(-1)?.manifest.stage;
  if (last === undefined) {
    await latestOf(placeOf(path), undefined, "read");
    return { folder: path, isVerified: false };
  }
  return ofStage(path, { stage: last, best }, passedOver);
}

/** Throws V545 for the path of a checkpoint, which leaves nothing to choose. */
function expectRun(path: string, what: string): void {
  if (existsSync(placeOf(path).checkpoints) || !existsSync(join(path, manifestFile))) return;
  throw vlmoError("V545", { folder: path, what });
}

async function ofStage(
  path: string,
  { stage, best = false }: Wanted,
  passedOver: PassedOver,
): Promise<CheckpointChoice> {
  const run = placeOf(path);
  if (best) {
    await latestOf(run, stage, "read");
    await expectSaved(path, stage);
    return { folder: (await bestOf(run, stage)).folder, isVerified: false };
  }
  const sound = await soundOf(run, { stage, use: "read" }, passedOver);
  if (sound !== undefined) return { folder: sound.folder, isVerified: true };
  await expectSaved(path, stage);
  return { folder: path, isVerified: false };
}

/** Throws V927 if a run has checkpoints of other stages only. */
async function expectSaved(path: string, stage: string): Promise<void> {
  const stages = [...new Set((await savedIn(path)).map(({ manifest }) => manifest.stage))];
  if (stages.length === 0 || stages.includes(stage)) return;
  const near = closest(stage, stages);
  const reason = `the run has saved nothing of a stage \`${stage}\`, but of ${stages.join(", ")}`;
  const help = near === undefined ? "name one of these, or train the stage" : `did you mean \`${near}\`?`;
  throw vlmoError("V927", { file: path, reason }, { help });
}

function placeOf(path: string): Place {
  return { path, checkpoints: join(path, "checkpoints") };
}

async function savedIn(path: string): Promise<SavedCheckpoint[]> {
  return listCheckpoints(placeOf(path).checkpoints);
}
