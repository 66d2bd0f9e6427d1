// Parameters from a checkpoint folder, a run folder, or a plain file of tensors in our names.
import { importAdvice, openTensorFile, readCheckpoint, readSource } from "../checkpoint/index.js";
import { isFolder } from "../formats/regular-file.js";
import type { Tensors } from "../tensor.js";
import { checkpointOf, modelOf, type CheckpointChoice, type Wanted } from "../train/checkpoint-of.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Session } from "./session.js";
import { reportPassedOver } from "./report-damaged.js";

/** The tensors at `path`. Throws VlmoError. */
export async function readParameters(path: string): Promise<Tensors> {
  if (!(await isFolder(path))) return readOurs(path);
  const { parameters } = await readCheckpoint(path, { optimizer: false });
  return parameters;
}

/** A file of tensors in our names; a foreign one is reported as such. */
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

/** Like `checkpointOf`; reports the checkpoints that were skipped. */
export async function checkpointFolder(path: string, wanted: Wanted, session: Session): Promise<CheckpointChoice> {
  return checkpointOf(path, wanted, (damaged) => reportPassedOver(damaged, session));
}

/** Like `modelOf`; reports the checkpoints that were skipped. */
export async function modelFolder(
  path: string,
  wanted: Parameters<typeof modelOf>[1],
  session: Session,
): Promise<CheckpointChoice> {
  return modelOf(path, wanted, (damaged) => reportPassedOver(damaged, session));
}
