// `run.json`: what the last session was asked for, and how it ended.
import { join } from "node:path";
import { writeTextAtomically } from "../formats/atomic.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { isFirst } from "./ranks.js";
import { hashOf, type RunFolder } from "./run-folder.js";
import type { Ending, Notes, TrainOptions } from "./run.js";

/** The ending of a session that threw. */
export function failedBy(thrown: unknown): Ending {
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return { status: "failed", error: { code: thrown instanceof VlmoError ? thrown.code : null, message } };
}

/** Writes `run.json` for a session; only the first process does. */
export function notesOf(folder: RunFolder, options: TrainOptions): Notes {
  const facts = factsOf(options);
  let hasBegun = false;
  const write = async (ended: object | null): Promise<void> => {
    if (!isFirst(options.engine)) return;
    await writeTextAtomically(join(folder.path, "run.json"), `${JSON.stringify({ ...facts, ended }, null, 2)}\n`);
  };
  return {
    begin: async () => {
      if (!hasBegun) await write(null);
      hasBegun = true;
    },
    end: async (ending) => {
      if (hasBegun) await write({ ...ending, at: new Date().toISOString() });
    },
  };
}

function factsOf(options: TrainOptions): object {
  const { file, stages, engine, threads, version, spec, command, set = [], workers, keep } = options;
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
