// What a run is, in `run.json`: what was asked when its last session began, and how that ended.
import { join } from "node:path";
import { writeTextAtomically } from "../formats/atomic.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { isFirst } from "./ranks.js";
import { hashOf, type RunFolder } from "./run-folder.js";
import type { TrainOptions, TrainResult } from "./run.js";

/** How a session ended; a run that is killed says nothing. */
export type Ending =
  | { readonly status: TrainResult["status"] }
  | { readonly status: "failed"; readonly error: { readonly code: string | null; readonly message: string } };

/** How a session that throws has ended. */
export function failedBy(thrown: unknown): Ending {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { status: "failed", error: { code: thrown instanceof VlmoError ? thrown.code : null, message } };
}

/** Notes what begins. */
export async function noteBeginning(folder: RunFolder, options: TrainOptions): Promise<{ ended: NoteEnding }> {
  const facts = factsOf(options);
  const write = async (ended: object | null): Promise<void> => {
    if (isFirst(options.engine)) {
      await writeTextAtomically(join(folder.path, "run.json"), `${JSON.stringify({ ...facts, ended }, null, 2)}\n`);
    }
  };
  await write(null);
  return { ended: (ending) => write({ ...ending, at: new Date().toISOString() }) };
}

/** Notes how it ended. */
export type NoteEnding = (ending: Ending) => Promise<void>;

function factsOf({
  file,
  stages,
  engine,
  threads,
  version,
  spec,
  command,
  set = [],
  ...options
}: TrainOptions): object {
  const { workers, keep } = options;
  return {
    spec: file,
    params: Object.fromEntries(spec.params),
    stages: stages.map((stage) => ({ name: stage.name, hash: hashOf(stage), batch: stage.batch, seed: stage.seed })),
    engine: engine.description,
    precision: engine.precision,
    threads,
    ...(workers !== undefined && { workers }),
    ...(engine.ranks !== undefined && { processes: engine.ranks.ranks }),
    ...(keep !== undefined && { keep }),
    vlmo: version,
    ...(set.length > 0 && { set }),
    ...(command !== undefined && { resume: command }),
    started: new Date().toISOString(),
  };
}
