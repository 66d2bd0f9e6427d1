// Which checkpoint a path means: it may be that of a checkpoint, or of a run that holds some.
import { join } from "node:path";
import { listCheckpoints, type DamagedCheckpoint } from "../checkpoint/index.js";
import { bestOf, soundOf } from "./run-folder.js";

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

/** The checkpoint folder that `path` means: itself, or a stage's latest sound one where `path` is a run folder. Throws V970. */
export async function checkpointOf(
  path: string,
  { stage, best = false }: Wanted,
  passedOver: PassedOver,
): Promise<CheckpointChoice> {
  const run = { path, checkpoints: join(path, "checkpoints") };
  if (best) return { folder: (await bestOf(run, stage)).folder, isVerified: false };
  const inRun = await soundOf(run, stage, passedOver);
  return inRun === undefined ? { folder: path, isVerified: false } : { folder: inRun.folder, isVerified: true };
}

/** The checkpoint that `path` means: itself, or of a run folder a stage's (null: of the stage saved last). Throws V970. */
export async function modelOf(
  path: string,
  { stage, best }: { readonly stage: string | null; readonly best: boolean },
  passedOver: PassedOver,
): Promise<CheckpointChoice> {
  const last = stage ?? (await listCheckpoints(join(path, "checkpoints"))).at(-1)?.manifest.stage;
  if (last === undefined) return { folder: path, isVerified: false };
  return checkpointOf(path, { stage: last, best }, passedOver);
}
