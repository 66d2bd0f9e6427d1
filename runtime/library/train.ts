// Training for programs: with defaults for everything, as an async iterator of events.
import { availableParallelism } from "node:os";
import type { Spec } from "../../compiler/index.js";
import { openEngine, type EngineChoice } from "../engines/open.js";
import type { Engine } from "../engines/index.js";
import type { EvaluationLine } from "../report/run.js";
import { stageOf, stagesToTrain } from "../specs/stages.js";
import { eventListener, type RunEvent } from "../train/events.js";
import { train as trainStages } from "../train/train.js";
import { usualFolder, usualWorkers } from "../train/usual.js";
import { version } from "../version.js";
import { told, type Tell } from "./told.js";

/** Options of a training; all have defaults. */
export interface TrainingOptions extends EngineChoice {
  /** The run folder; default `runs/NAME` of the specification's file. */
  readonly out?: string;
  /** Resumes the run in the folder, or starts one where there is none; default false: a run there is refused. */
  readonly resume?: boolean;
  /** Only these stages, in this order; default all of the file, with those that they start from. */
  readonly stages?: readonly string[];
  /** Threads that load images; default the cores not used by the engine, at most 16. */
  readonly workers?: number;
  /** How many of a stage's latest checkpoints are kept, besides its best; default 1. */
  readonly keep?: number;
  /** Aborting it makes the run finish its step, save and end. */
  readonly signal?: AbortSignal;
}

/** How a training ended. */
export interface TrainingEnd {
  readonly kind: "end";
  /** `interrupted`: it was stopped and saved, and `resume` continues it. */
  readonly status: "finished" | "interrupted";
  /** The run folder. */
  readonly folder: string;
  /** Path of the page with results and curves. */
  readonly report: string;
  /** The last checkpoint of every stage that ran or had run. */
  readonly checkpoints: Readonly<Record<string, string>>;
  /** The last evaluation of each `evaluate` block and stage. */
  readonly evaluations: readonly EvaluationLine[];
}

/** The events of a training; `end` is the last one, unless the loop is left. */
export type TrainingEvent = RunEvent | TrainingEnd;

/** A training. It starts when it is read or awaited, and can be read once. */
export interface Training extends AsyncIterable<TrainingEvent> {
  /** Trains to the end and returns the outcome; events not yet read are skipped. */
  result(): Promise<TrainingEnd>;
}

/**
 * Trains the stages of a specification into a run folder, evaluates them and writes the report. The next step waits for the
 * reader; leaving the loop (`break`) ends the training after the step that was read, with a checkpoint. Throws VlmoError, from
 * the loop or from `result`.
 */
export function train(spec: Spec, options: TrainingOptions = {}): Training {
  let end: TrainingEnd | null = null;
  const events = told<TrainingEvent>(async (tell, left) => {
    const signal = options.signal === undefined ? left : AbortSignal.any([left, options.signal]);
    end = await trainTelling(spec, { ...options, signal }, tell);
    await tell(end);
  });
  return {
    [Symbol.asyncIterator]: () => events,
    result: async () => {
      while ((await events.next()).done !== true);
      if (end === null) throw new Error("this training has failed: what was wrong was thrown where it was read");
      return end;
    },
  };
}

async function trainTelling(
  spec: Spec,
  options: TrainingOptions & { readonly signal: AbortSignal },
  tell: Tell<TrainingEvent>,
): Promise<TrainingEnd> {
  const { entry: file, set } = spec.written;
  const { out = usualFolder(file), resume = false, signal, keep } = options;
  const stages = options.stages?.map((name) => stageOf(spec, file, name)) ?? stagesToTrain(spec, file, undefined);
  const threads = options.threads ?? availableParallelism();
  const listener = eventListener(tell);
  const engine = await openEngine({ ...options, threads });
  try {
    if (engine.notice !== undefined) listener.noticed(engine.notice);
    const { status, folder, checkpoints } = await trainStages({
      ...{ spec, file, stages, engine, threads, out, resume, signal, listener, set },
      workers: options.workers ?? workersBeside(engine),
      version: version(),
      ...(keep !== undefined && { keep }),
    });
    // Loaded only for training: it imports the chart library.
    const { writeReport } = await import("../report/index.js");
    const { page, run } = await writeReport(folder);
    const { evaluations } = run;
    return { kind: "end", status, folder, report: page, checkpoints: Object.fromEntries(checkpoints), evaluations };
  } finally {
    engine.dispose();
  }
}

function workersBeside(engine: Engine): number {
  return usualWorkers(availableParallelism(), engine);
}
