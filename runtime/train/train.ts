// Trains stages of a spec one after another into a run folder, and evaluates them.
import type { Spec, StageSpec } from "../../compiler/index.js";
import { DataShelf, openTokenizers } from "../data/stage-data.js";
import { mistakesIn, placedAt, refuse, type VlmoError } from "../errors/vlmo-error.js";
import { beforeTraining, inspectData, type Readers } from "../data/check/inspect.js";
import { evaluationsOf } from "./checkpointing.js";
import { tryHandOver } from "./hand-over.js";
import { isFirst, together, unshareable } from "./ranks.js";
import { failedBy, notesOf } from "./run-facts.js";
import { joinRunFolder, latestOf, openRunFolder, type RunFolder } from "./run-folder.js";
import type { TrainOptions, TrainResult, Run } from "./run.js";
import { trainStage } from "./stage-run.js";
import { tooLarge } from "./room.js";
import { knownVocabularies, takenVocabularies, wrongVocabularies } from "./vocabularies.js";

/** Throws VlmoError for what a user can fix. */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const { ranks = 1 } = options.engine.ranks ?? {};
  refuse(options.stages.flatMap((stage) => [...tooLarge(stage), ...unshareable(stage, ranks)]));
  const folder = await enterRunFolder(options);
  try {
    return await trainInto(folder, options);
  } finally {
    folder.close();
  }
}

/** The first process opens the folder; the others join once it is open. */
async function enterRunFolder({ engine, out, resume }: TrainOptions): Promise<RunFolder> {
  const opened = isFirst(engine) ? await openRunFolder(out, resume) : null;
  await together(engine);
  return opened ?? joinRunFolder(out);
}

async function trainInto(folder: RunFolder, options: TrainOptions): Promise<TrainResult> {
  const run = await prepare(options, folder);
  try {
    const result = await trainStages(run);
    await run.notes.end({ status: result.status });
    return result;
  } catch (error) {
    // The error that is reported is that of the run, even if it cannot be recorded.
    await run.notes.end(failedBy(error)).catch(() => undefined);
    throw error;
  }
}

async function trainStages(run: Run): Promise<TrainResult> {
  const checkpoints = new Map<string, string>();
  const { path: folder } = run.folder;
  for (const stage of run.stages) {
    if (run.signal.aborted) return { status: "interrupted", folder, checkpoints };
    const { done, checkpoint } = await trainStage(run, stage);
    checkpoints.set(stage.name, checkpoint);
    if (!done) return { status: "interrupted", folder, checkpoints };
  }
  return { status: "finished", folder, checkpoints };
}

function evaluationsIn({ spec, stages }: Pick<TrainOptions, "spec" | "stages">): Readers["evaluations"] {
  return stages.flatMap((stage) => evaluationsOf(spec, [stage]).map((evaluation) => ({ evaluation, stage })));
}

const nothingFound = { mistakes: [], doubts: [] };

/** Opens data and tokenizers of every stage before the first step, so that all their errors are reported together. */
async function prepare(options: TrainOptions, folder: RunFolder): Promise<Run> {
  const { spec, stages, listener, engine } = options;
  listener.preparing("data");
  const data = options.data ?? new DataShelf();
  const models = stages.map(({ model }) => model);
  const readers = { stages, evaluations: evaluationsIn(options), models, look: beforeTraining };
  const { mistakes, doubts } = isFirst(engine) ? await inspectData(readers, data) : nothingFound;
  const toBegin = await notBegun(stages, folder);
  refuse([...mistakes, ...(await untakeable(spec, toBegin))]);
  for (const { data: name, says } of doubts) listener.noticed(`${name}: ${says}`);
  const taken = await takenVocabularies(toBegin, spec);
  const corpus = { stages: [...spec.stages.values()], data, learnt: await knownVocabularies(folder, spec, taken) };
  const tokenizers = await openTokenizers(stages, corpus);
  refuse(wrongVocabularies(taken, tokenizers));
  return { ...options, folder, notes: notesOf(folder, options), data, tokenizers };
}

/** Stages without a checkpoint; the others resume from theirs. */
async function notBegun(stages: readonly StageSpec[], folder: RunFolder): Promise<StageSpec[]> {
  const latest = await Promise.all(stages.map(({ name }) => latestOf(folder, name)));
  return stages.filter((_, i) => latest[i] === undefined);
}

/** Errors of hand-overs that cannot work. */
async function untakeable(spec: Spec, stages: readonly StageSpec[]): Promise<VlmoError[]> {
  const tries = stages.map((stage) => tryHandOver(stage, spec));
  const results = await Promise.allSettled(tries);
  return results.flatMap((result, i) => {
    if (result.status === "fulfilled") return [];
    const from = stages[i]?.from;
    const span = from === undefined || from.kind === "scratch" ? null : from.span;
    return mistakesIn(result.reason).map((mistake) => (span === null ? mistake : placedAt(mistake, span)));
  });
}
