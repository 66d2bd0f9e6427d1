// Parameters from wherever a user has them: a checkpoint folder, a run folder, or a plain file of tensors by our names.
import { join } from "node:path";
import { importAdvice, listCheckpoints, openTensorFile, readCheckpoint, readSource } from "../checkpoint/index.js";
import { isFolder } from "../formats/regular-file.js";
import type { Tensors } from "../tensor.js";
import { bestOf, soundOf } from "../train/run-folder.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Session } from "./session.js";
import { reportPassedOver } from "./report-damaged.js";

/** The tensors at `path`. Throws VlmoError. */
export async function readParameters(path: string): Promise<Tensors> {
  if (!(await isFolder(path))) return readOurs(path);
  const { parameters } = await readCheckpoint(path, { optimizer: false });
  return parameters;
}

/** A file of tensors by our names; one of another program's is reported as that. */
async function readOurs(path: string): Promise<Tensors> {
  const source = await openTensorFile(path);
  try {
    const { layout } = source;
    if (layout === undefined || layout.name === "vlmo_ts") return await readSource(source);
    const names = `its names are ${layout.whose} (layout \`${layout.name}\`)`;
    const help = importAdvice(path, layout.name);
    throw vlmoError("V939", { file: path, which: "the layout `vlmo_ts`", names }, { help });
  } finally {
    await source.close();
  }
}

/** A checkpoint to read, and whether every byte of it has been looked at. */
interface CheckpointChoice {
  readonly folder: string;
  readonly isVerified: boolean;
}

/** Which checkpoint of a stage in a run. */
interface Wanted {
  readonly stage: string;
  /** The best of those that were measured. */
  readonly best?: boolean;
}

/** The checkpoint folder that `path` means: itself, or a stage's latest sound one where `path` is a run folder. Throws V970. */
export async function checkpointFolder(
  path: string,
  { stage, best = false }: Wanted,
  session: Session,
): Promise<CheckpointChoice> {
  const run = { path, checkpoints: join(path, "checkpoints") };
  if (best) return { folder: (await bestOf(run, stage)).folder, isVerified: false };
  const inRun = await soundOf(run, stage, (damaged) => reportPassedOver(damaged, session));
  return inRun === undefined ? { folder: path, isVerified: false } : { folder: inRun.folder, isVerified: true };
}

/** The checkpoint that `path` means: itself, or of a run folder a stage's (null: of the stage saved last). Throws V970. */
export async function modelFolder(
  path: string,
  { stage, best }: { readonly stage: string | null; readonly best: boolean },
  session: Session,
): Promise<CheckpointChoice> {
  const last = stage ?? (await listCheckpoints(join(path, "checkpoints"))).at(-1)?.manifest.stage;
  if (last === undefined) return { folder: path, isVerified: false };
  return checkpointFolder(path, { stage: last, best }, session);
}
