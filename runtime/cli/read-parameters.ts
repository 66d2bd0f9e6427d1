// Parameters from wherever a user has them: a checkpoint folder, a run folder, or a plain file of tensors by our names.
import { join } from "node:path";
import { importAdvice, latestCheckpoint, openTensorFile, readCheckpoint, readSource } from "../checkpoint/index.js";
import { isFolder } from "../formats/regular-file.js";
import type { Tensors } from "../tensor.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** The tensors at `path`. Throws VlmoError. */
export async function readParameters(path: string): Promise<Tensors> {
  if (!(await isFolder(path))) return readOurs(path);
  const { parameters } = await readCheckpoint(path, { optimizer: false });
  return parameters;
}

/** A file of tensors by our names; one of another program's is told as that. */
async function readOurs(path: string): Promise<Tensors> {
  const source = await openTensorFile(path);
  try {
    const { layout } = source;
    if (layout === undefined || layout.name === "vlmo_ts") return await readSource(source);
    const names = `its names are ${layout.whose} (layout \`${layout.name}\`)`;
    const help = importAdvice(path, layout.name);
    throw vlmoError("V939", { file: path, layout: "vlmo_ts", names }, { help });
  } finally {
    await source.close();
  }
}

/** The checkpoint folder that `path` means: itself, or a stage's latest one where `path` is a run folder. */
export async function checkpointFolder(path: string, stage: string): Promise<string> {
  const inRun = await latestCheckpoint(join(path, "checkpoints"), stage);
  return inRun?.folder ?? path;
}
