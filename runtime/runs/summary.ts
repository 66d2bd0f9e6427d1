// A summary of a run: its progress, its end and its results. From its folder alone, of any version.
import { readRun, type EvaluationLine, type Metric, type RunRecord, type StageRecord } from "../report/run.js";
import { unitOfBest } from "../report/words.js";
import { trainingIn, type TrainingNow } from "../train/lock.js";

/** `killed`: it ended without recording it. `empty`: no stage was started. */
export type RunState = "training" | "finished" | "stopped" | "failed" | "killed" | "empty";

/** The state of a stage: `waiting` before it starts, also where the run ended before it. */
export type StageState = "waiting" | Exclude<RunState, "empty">;

/** A stage of a run. */
export interface StageSummary {
  readonly name: string;
  /** Completed steps, of those planned (null where that is unknown). */
  readonly done: number;
  readonly planned: number | null;
  readonly finished: boolean;
  readonly state: StageState;
}

/** The number that represents a run: that of its stage's `best`, or else the first of its last evaluation. */
export interface RunResult {
  readonly name: string;
  readonly unit: Metric["unit"];
  readonly value: number | null;
  readonly stage: string;
  readonly step: number;
  /** Its evaluation; null for a stage's best, which may be a mean over several. */
  readonly evaluation: string | null;
  /** Whether it is the best of a stage with `best`, rather than the last. */
  readonly isBest: boolean;
}

/** The summary of a run. */
export interface RunSummary {
  readonly folder: string;
  readonly spec: string | null;
  readonly state: RunState;
  /** The process that trains into it. */
  readonly training: TrainingNow | null;
  /** Why it failed. */
  readonly error: { readonly code: string | null; readonly message: string } | null;
  /** All stages of the run, in order. */
  readonly stages: readonly StageSummary[];
  readonly result: RunResult | null;
  readonly evaluations: readonly EvaluationLine[];
  readonly engine: string | null;
  readonly precision: string | null;
  /** Seconds of training, over all sessions. */
  readonly seconds: number;
  /** Start and end of its last session, ISO 8601. */
  readonly started: string | null;
  readonly ended: string | null;
  /** Lines of its log that were left out. */
  readonly leftOut: number;
}

/** Reads and summarises a run. Throws V968 where there is none. */
export async function summaryOf(folder: string): Promise<RunSummary> {
  return summarized(await readRun(folder));
}

/** The summary of a run that was read. */
export function summarized(run: RunRecord): RunSummary {
  const { folder, info } = run;
  const training = trainingIn(folder);
  const names = stageNames(run);
  const state = training === null ? stateOf(run, names) : "training";
  const stages = names.map((name) => summaryOfStage(name, run, state));
  return {
    folder,
    spec: info.spec ?? null,
    state,
    training,
    error: info.ended?.error ?? null,
    stages,
    result: resultOf(run),
    evaluations: run.evaluations,
    engine: info.engine ?? null,
    precision: info.precision ?? null,
    seconds: run.stages.reduce((sum, { seconds }) => sum + seconds, 0),
    started: info.started ?? null,
    ended: info.ended?.at ?? null,
    leftOut: run.leftOut,
  };
}

/** The requested stages, and any that were trained before. */
function stageNames({ info, stages }: RunRecord): string[] {
  const names = new Set([...(info.stages ?? []), ...stages].map(({ name }) => name));
  const before = [...names].filter((name) => !info.stages?.some((asked) => asked.name === name));
  return [...before, ...[...names].filter((name) => !before.includes(name))];
}

function summaryOfStage(name: string, run: RunRecord, state: RunState): StageSummary {
  const stage = run.stages.find((each) => each.name === name);
  const finished = stage?.state === "finished";
  return {
    name,
    done: stage?.steps.at(-1)?.step ?? 0,
    planned: stage?.planned ?? null,
    finished,
    state: finished ? "finished" : name === reachedIn(run, state) && state !== "empty" ? state : "waiting",
  };
}

/** The stage that the state of a run refers to: the last one started, or the next one if the run is in it or failed with it. */
function reachedIn(run: RunRecord, state: RunState): string | undefined {
  const last = run.stages.at(-1);
  if (last !== undefined && last.state !== "finished") return last.name;
  const finished = new Set(run.stages.flatMap((stage) => (stage.state === "finished" ? [stage.name] : [])));
  const isBefore = state === "training" || state === "failed";
  return isBefore ? stageNames(run).find((name) => !finished.has(name)) : undefined;
}

const said = { finished: "finished", interrupted: "stopped", failed: "failed" } as const;

function stateOf({ info, stages: trained }: RunRecord, names: readonly string[]): RunState {
  if (info.ended) return said[info.ended.status];
  if (trained.length === 0) return "empty";
  if (info.ended === null) return "killed";
  // Earlier versions did not record how a run ended.
  const finished = trained.filter(({ state }) => state === "finished").length;
  if (finished === names.length) return "finished";
  return trained.at(-1)?.state === "under way" ? "killed" : "stopped";
}

/** The number that represents a run; null where nothing was measured. */
export function resultOf({ stages, evaluations }: RunRecord): RunResult | null {
  const best = stages.findLast((stage) => stage.best !== null);
  const last = evaluations.at(-1);
  const isLater = best !== undefined && last !== undefined && indexOf(stages, last.stage) > stages.indexOf(best);
  if (best?.best && !isLater) {
    const { by: name, value, step } = best.best;
    return { name, unit: unitOfBest(best), value, stage: best.name, step, evaluation: null, isBest: true };
  }
  const [metric] = last?.metrics ?? [];
  if (last === undefined || metric === undefined) return null;
  const { name, unit, value } = metric;
  return { name, unit, value, stage: last.stage, step: last.step, evaluation: last.name, isBest: false };
}

function indexOf(stages: readonly StageRecord[], name: string): number {
  return stages.findIndex((stage) => stage.name === name);
}
