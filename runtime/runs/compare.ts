// Compares two runs: settings and results.
import { join } from "node:path";
import { diffSpecs, type Spec, type SpecDiff } from "../../compiler/front-end.js";
import { listCheckpoints, savedSpecification } from "../checkpoint/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { readRun, type Metric, type RunInfo, type RunRecord } from "../report/run.js";
import { unitOfBest } from "../report/words.js";

/** A value of one run or both. */
export interface Pair<T> {
  readonly before: T | null;
  readonly after: T | null;
}

/** An option that differs, as text. */
export interface OptionDiff extends Pair<string> {
  readonly name: string;
}

/** A measured number, and the step of its stage. */
export interface Reached {
  readonly value: number | null;
  readonly step: number;
}

/** A metric in both runs. */
export interface ResultPair extends Pair<Reached> {
  /** The `evaluate` block; null for the metric of a stage's `best`. */
  readonly evaluation: string | null;
  readonly stage: string;
  readonly metric: string;
  readonly unit: Metric["unit"];
}

/** The outcome of a stage. */
export interface StageOutcome {
  readonly steps: number;
  readonly seconds: number;
  /** The last total loss. */
  readonly loss: number | null;
}

/** A stage in both runs. */
export interface StagePair extends Pair<StageOutcome> {
  readonly stage: string;
}

/** The differences in settings, and all results. */
export interface RunComparison {
  readonly before: string;
  readonly after: string;
  /** Null where a run has no checkpoint with its specification: `reason` says which one. */
  readonly spec: SpecDiff | null;
  readonly reason: string | null;
  readonly options: readonly OptionDiff[];
  readonly results: readonly ResultPair[];
  readonly stages: readonly StagePair[];
  /** Lines of their logs that were left out. */
  readonly leftOut: { readonly before: number; readonly after: number };
}

/** Reads and compares two runs. Throws V968 for a folder that is no run. */
export async function compareRuns(before: string, after: string): Promise<RunComparison> {
  const runs = { before: await readRun(before), after: await readRun(after) };
  const specs = [await specOf(before), await specOf(after)] as const;
  const [old, now] = specs;
  const reasons = specs.filter((spec) => typeof spec === "string");
  return {
    before,
    after,
    spec: typeof old === "string" || typeof now === "string" ? null : diffSpecs(old, now),
    reason: reasons.length === 0 ? null : reasons.join("; "),
    options: optionsOf(runs.before.info, runs.after.info),
    leftOut: { before: runs.before.leftOut, after: runs.after.leftOut },
    results: paired(resultsOf(runs.before), resultsOf(runs.after)),
    stages: paired(outcomesOf(runs.before), outcomesOf(runs.after)),
  };
}

/** The specification in a run's last checkpoint, or why there is none. */
async function specOf(folder: string): Promise<Spec | string> {
  const last = (await listCheckpoints(join(folder, "checkpoints"))).at(-1);
  if (last === undefined) return `${folder} has no checkpoint`;
  try {
    return (await savedSpecification(last)).spec;
  } catch (error) {
    if (error instanceof VlmoError) return error.message;
    throw error;
  }
}

/** The options in `run.json`; its other fields differ between any two runs. */
const optionNames = ["set", "engine", "precision", "threads", "workers", "processes", "keep", "vlmo"] as const;

function optionsOf(before: RunInfo, after: RunInfo): OptionDiff[] {
  return optionNames
    .map((name) => ({ name, before: optionText(before[name]), after: optionText(after[name]) }))
    .filter((option) => option.before !== option.after);
}

function optionText(value: unknown): string | null {
  if (value === undefined) return null;
  return Array.isArray(value) ? value.join(" ") : String(value);
}

type Keyed<T, U> = { readonly key: string; readonly of: U; readonly had: T };

/** The entries of two runs, paired by key: in the order of the first, then those of the second alone. */
function paired<T, U extends object>(before: readonly Keyed<T, U>[], after: readonly Keyed<T, U>[]): (U & Pair<T>)[] {
  const [old, now] = [before, after].map((list) => new Map(list.map((each) => [each.key, each])));
  const all = new Map([...after, ...before].map((each) => [each.key, each.of]));
  const keys = new Set([...before, ...after].map(({ key }) => key));
  return [...keys].flatMap((key) => {
    const of = all.get(key);
    return of === undefined ? [] : [{ ...of, before: old?.get(key)?.had ?? null, after: now?.get(key)?.had ?? null }];
  });
}

function resultsOf({ evaluations, stages }: RunRecord): Keyed<Reached, Omit<ResultPair, keyof Pair<Reached>>>[] {
  const last = evaluations.flatMap(({ name, stage, step, metrics }) =>
    metrics.map(({ name: metric, unit, value }) => ({
      key: [name, stage, metric].join("\n"),
      of: { evaluation: name, stage, metric, unit },
      had: { value, step },
    })),
  );
  const best = stages.flatMap((stage) => {
    if (stage.best === null) return [];
    const { by, value, step } = stage.best;
    const unit = unitOfBest(stage);
    return [
      {
        key: ["best", stage.name, by].join("\n"),
        of: { evaluation: null, stage: stage.name, metric: by, unit },
        had: { value, step },
      },
    ];
  });
  return [...last, ...best];
}

function outcomesOf({ stages }: RunRecord): Keyed<StageOutcome, { readonly stage: string }>[] {
  return stages.map(({ name, steps, seconds }) => {
    const last = steps.at(-1);
    return {
      key: name,
      of: { stage: name },
      had: { steps: last?.step ?? 0, seconds, loss: last?.loss["total"] ?? null },
    };
  });
}
