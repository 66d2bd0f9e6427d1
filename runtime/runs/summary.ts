// A summary of a run: how far it got, how it ended, what was measured. From its folder alone, whichever
// version wrote it.
import { readRun, type EvaluationLine, type Metric, type RunRecord, type StageRecord } from "../report/run.js";
import { unitOfBest } from "../report/words.js";
import { trainingIn, type TrainingNow } from "../train/lock.js";

/** `killed`: it ended without a word. `empty`: no stage was begun. */
export type RunState = "training" | "finished" | "stopped" | "failed" | "killed" | "empty";

/** How far a stage is: `waiting` until its turn comes, and where the run ended before. */
export type StageState = "waiting" | Exclude<RunState, "empty">;

/** A stage of a run. */
export interface StageSummary {
  readonly name: string;
  /** Steps that are done, of those planned (null where that is not known). */
  readonly done: number;
  readonly planned: number | null;
  readonly finished: boolean;
  readonly state: StageState;
}

/** A number that stands for a run: that of its stage's `best`, or else the first of its last evaluation. */
export interface RunResult {
  readonly name: string;
  readonly unit: Metric["unit"];
  readonly value: number | null;
  readonly stage: string;
  readonly step: number;
  /** The evaluation that it is of; null for the best of a stage, which may be a mean over several. */
  readonly evaluation: string | null;
  /** Whether it is the best of a stage with `best`, and not just the last. */
  readonly isBest: boolean;
}

/** A run in short. */
export interface RunSummary {
  readonly folder: string;
  readonly spec: string | null;
  readonly state: RunState;
  /** Who trains into it. */
  readonly training: TrainingNow | null;
  /** Why it failed. */
  readonly error: { readonly code: string | null; readonly message: string } | null;
  /** All that the run is to train, in their order. */
  readonly stages: readonly StageSummary[];
  readonly result: RunResult | null;
  readonly evaluations: readonly EvaluationLine[];
  readonly engine: string | null;
  readonly precision: string | null;
  /** Of training, over all sessions. */
  readonly seconds: number;
  /** When its last session began and ended, ISO 8601. */
  readonly started: string | null;
  readonly ended: string | null;
  /** Lines of its log that were left out. */
  readonly leftOut: number;
}

/** Reads it. Throws V968 where there is no run. */
export async function summaryOf(folder: string): Promise<RunSummary> {
  return summarized(await readRun(folder));
}

/** A run that was read, in short. */
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

/** Those that were asked for, and any that were trained before. */
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

/** The stage that the state of a run is about: the last that was begun, or the one after it that it goes on or failed with. */
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
  // Earlier versions did not note how a run ended.
  const finished = trained.filter(({ state }) => state === "finished").length;
  if (finished === names.length) return "finished";
  return trained.at(-1)?.state === "under way" ? "killed" : "stopped";
}

/** The number that stands for a run; null where nothing was measured. */
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
