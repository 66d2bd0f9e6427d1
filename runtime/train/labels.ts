// The class and answer names that a checkpoint stores: for heads that its stage learns those of its data, for other heads those
// of the checkpoint before.
import { ruleOf, type StageSpec } from "../../compiler/index.js";
import { checkpointManifest, savedLabels, type Labels, type SavedCheckpoint } from "../checkpoint/index.js";
import type { DataSet } from "../data/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { checkpointPath, isFromFile } from "./from-file.js";
import { latestOf } from "./run-folder.js";
import type { Run } from "./run.js";

/** The names to store, by head. */
export async function labelsFor(run: Run, stage: StageSpec, dataSet: DataSet): Promise<Labels> {
  const own = labelsOf(stage, dataSet);
  const names = new Set(stage.heads.map(({ name }) => name));
  const earlier = [...(await earlierLabels(run, stage))].filter(([name]) => names.has(name));
  return new Map([...earlier, ...own]);
}

/** Names from the data, for the heads that a stage learns. */
export function labelsOf({ learn }: StageSpec, { classes, answers }: DataSet): Map<string, readonly string[]> {
  const names = { classes, answers };
  return new Map(
    learn.flatMap(({ head }): [string, readonly string[]][] => {
      const rule = ruleOf(head).classes?.(head);
      const known = rule === undefined ? undefined : names[rule.of];
      return known === undefined ? [] : [[head.name, known]];
    }),
  );
}

/** Names stored by what the stage was initialised from; foreign files have none. */
async function earlierLabels(run: Run, stage: StageSpec): Promise<Labels> {
  try {
    const before = await beforeOf(run, stage);
    return before === undefined ? new Map() : await savedLabels(before);
  } catch (error) {
    // Names are for display only: without them, indices are shown.
    if (error instanceof VlmoError) return new Map();
    throw error;
  }
}

async function beforeOf(run: Run, stage: StageSpec): Promise<Pick<SavedCheckpoint, "folder" | "manifest"> | undefined> {
  if (stage.from.kind === "stage") return latestOf(run.folder, stage.from.name);
  if (!isFromFile(stage)) return undefined;
  const folder = checkpointPath(stage);
  return { folder, manifest: await checkpointManifest(folder) };
}
