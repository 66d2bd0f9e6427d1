// Parameters from wherever a user has them: a checkpoint folder, a run folder, or a plain file of tensors by our names.
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { latestCheckpoint, readCheckpoint, readTensorFile } from "../checkpoint/index.js";
import type { Tensors } from "../tensor.js";

/** The tensors at `path`. Throws VlmoError. */
export async function readParameters(path: string): Promise<Tensors> {
  if (!(await isFolder(path))) return readTensorFile(path);
  const { parameters } = await readCheckpoint(path, { optimizer: false });
  return parameters;
}

/** The checkpoint folder that `path` means: itself, or a stage's latest one where `path` is a run folder. */
export async function checkpointFolder(path: string, stage: string): Promise<string> {
  const inRun = await latestCheckpoint(join(path, "checkpoints"), stage);
  return inRun?.folder ?? path;
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
}
