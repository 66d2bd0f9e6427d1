// What a run is, in `run.json`: what was asked when its last session began, and how that ended.
import { readFile } from "node:fs/promises";
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
export async function noteBeginning(folder: RunFolder, options: TrainOptions): Promise<NoteEnding> {
  const facts = factsOf(options);
  const file = join(folder.path, "run.json");
  const before = await readFile(file, "utf8").catch(() => null);
  const write = async (text: string): Promise<void> => {
    if (isFirst(options.engine)) await writeTextAtomically(file, text);
  };
  const note = (ended: object | null): Promise<void> => write(`${JSON.stringify({ ...facts, ended }, null, 2)}\n`);
  await note(null);
  return {
    ended: (ending) => note({ ...ending, at: new Date().toISOString() }),
    refused: (ending) => (before === null ? note({ ...ending, at: new Date().toISOString() }) : write(before)),
  };
}

/** Notes how a session ended; one that was refused before its first step leaves what an earlier one has noted. */
export interface NoteEnding {
  readonly ended: (ending: Ending) => Promise<void>;
  readonly refused: (ending: Ending) => Promise<void>;
}

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
