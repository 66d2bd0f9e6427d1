// Opens the trained model that a command line names.
import type { HeadSpec } from "../../compiler/index.js";
import { driftNote } from "../predict/drift.js";
import { openModel, type TrainedModel } from "../predict/model.js";
import type { CheckpointChoice } from "./options.js";
import { modelFolder } from "./read-parameters.js";
import type { Session } from "./session.js";

/** Opens a checkpoint, or that of a stage in a run folder. Throws V926, V927, V928, V929, V970. */
export async function openTrained(
  path: string,
  { stage, best }: CheckpointChoice,
  session: Session,
): Promise<TrainedModel> {
  const { folder, isVerified } = await modelFolder(path, { stage: stage ?? null, best: best === true }, session);
  return openModel(folder, { isVerified });
}

/** Prints a note where a head may have drifted (predict/drift.ts); a feature of the trunk has no head (null). */
export function remarkDrift(model: TrainedModel, head: HeadSpec | null, session: Session): void {
  const note = head === null ? null : driftNote(model, head);
  if (note !== null) session.remark(note);
}
