// Which checkpoint a path means: it may be that of a checkpoint, or of a run that holds some.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { closest } from "../../grammar/index.js";
import { listCheckpoints, manifestFile, type DamagedCheckpoint, type SavedCheckpoint } from "../checkpoint/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { bestOf, expectUsable, soundOf, type Place } from "./run-folder.js";

/** A checkpoint to read, and whether every byte of it has been looked at. */
export interface CheckpointChoice {
  readonly folder: string;
  readonly isVerified: boolean;
}

/** Which checkpoint of a stage in a run. */
export interface Wanted {
  readonly stage: string;
  /** The best of those that were measured. */
  readonly best?: boolean;
}

/** Told of each checkpoint that is damaged, and passed over for an older one. */
export type PassedOver = (damaged: DamagedCheckpoint) => void;

/**
 * The checkpoint folder that `path` means: itself, or a stage's latest sound one where `path` is a run folder. Throws V545,
 * V927, V970, V988.
 */
export async function checkpointOf(path: string, wanted: Wanted, passedOver: PassedOver): Promise<CheckpointChoice> {
  if (wanted.best === true) expectRun(path, "the best");
  return ofStage(path, wanted, passedOver);
}

/**
 * The checkpoint that `path` means: itself, or of a run folder a stage's (null: of the stage saved last). Throws V545, V927,
 * V970, V988.
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
    await expectUsable(placeOf(path));
    return { folder: path, isVerified: false };
  }
  return ofStage(path, { stage: last, best }, passedOver);
}

/** Of one checkpoint nothing is chosen. */
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
    await expectUsable(run, stage);
    await expectSaved(path, stage);
    return { folder: (await bestOf(run, stage)).folder, isVerified: false };
  }
  const sound = await soundOf(run, { stage, use: "read" }, passedOver);
  if (sound !== undefined) return { folder: sound.folder, isVerified: true };
  await expectSaved(path, stage);
  return { folder: path, isVerified: false };
}

/** Throws V927 where a run has saved other stages alone. */
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
