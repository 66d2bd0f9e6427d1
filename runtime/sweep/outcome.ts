// The results of a sweep: for each setting the mean over its seeds, and their standard deviation.
import { metricRule, type EvaluationSpec, type MetricName, type StageSpec } from "../../compiler/index.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { headOf, valueNames } from "../evaluate/metric-names.js";
import { readRun, type Metric, type RunRecord } from "../report/run.js";
import { shortName } from "../report/words.js";
import { resultOf } from "../runs/summary.js";
import type { MeasuredAs } from "./course.js";
import type { Setting } from "./space.js";
import { settingsText, type Trial } from "./trials.js";

/** A trial with its result; null where there is none (yet). */
export interface Outcome {
  readonly trial: Trial;
  readonly run: RunRecord | null;
  readonly value: number | null;
  /** The metric of the result. */
  readonly of: MeasuredAs | null;
}

/** The trials of one choice of settings. */
export interface Group {
  readonly settings: readonly Setting[];
  readonly outcomes: readonly Outcome[];
  /** Over the trials that have a value; null where none has. */
  readonly mean: number | null;
  /** Standard deviation; null for fewer than two. */
  readonly deviation: number | null;
}

/** The results of a sweep, the best settings first. */
export interface Results {
  /** The metric; null where nothing has been measured. */
  readonly metric: Pick<Metric, "name" | "unit"> | null;
  readonly better: "higher" | "lower";
  readonly groups: readonly Group[];
  /** V961 where no run has the metric that was named: the results are then those of `resultOf` (runs/summary.ts). */
  readonly misnamed: VlmoError | null;
}

/** Reads the runs. `best` names a metric, by part of its name; null for the results of `resultOf`. */
export async function resultsOf(trials: readonly Trial[], best: string | null): Promise<Results> {
  const runs = await Promise.all(trials.map(async (trial) => ({ trial, run: await runOrNull(trial.folder) })));
  const all = runs.flatMap(({ run }) => run ?? []);
  const isKnown = best === null || all.some((run) => measuredIn(run, best).length > 0);
  return { ...comparedBy(runs, isKnown ? best : null), misnamed: isKnown ? null : noMetric(best, all) };
}

function comparedBy(runs: readonly Pick<Outcome, "trial" | "run">[], best: string | null): Omit<Results, "misnamed"> {
  const [first] = runs.flatMap(({ run }) => (run === null ? [] : measuredIn(run, best)));
  const outcomes = runs.map(({ trial, run }): Outcome => {
    const own = run === null ? undefined : measuredIn(run, best).find(({ name }) => name === first?.name);
    return { trial, run, value: own?.value ?? null, of: own?.of ?? null };
  });
  const better = first === undefined ? "higher" : betterOf(first);
  const sign = better === "higher" ? -1 : 1;
  const groups = grouped(outcomes).sort((a, b) => rank(a, sign) - rank(b, sign));
  return { metric: first ?? null, better, groups };
}

function rank({ mean }: Group, sign: number): number {
  return mean === null ? Infinity : sign * mean;
}

async function runOrNull(folder: string): Promise<RunRecord | null> {
  try {
    return await readRun(folder);
  } catch (error) {
    // Nothing has been trained yet.
    if (error instanceof VlmoError && error.code === "V968") return null;
    throw error;
  }
}

type Measured = Pick<Metric, "name" | "unit" | "value"> & { readonly of: MeasuredAs };

function measuredIn(run: RunRecord, best: string | null): Measured[] {
  const result = best === null ? resultOf(run) : null;
  if (result !== null) return [{ ...result, of: { metric: result.name, evaluation: result.evaluation } }];
  if (best === null) return [];
  return allIn(run).filter(({ name, of }) => isMeant(best, name, of.metric));
}

/** Matches a part of its name: as displayed, `R@1 image→text`, or as in a specification, `recall`. */
function isMeant(best: string, ...names: readonly string[]): boolean {
  return names.some((name) => name.toLowerCase().includes(best.toLowerCase()));
}

/** All results, by `evaluation: metric`. */
function allIn({ evaluations }: RunRecord): Measured[] {
  return evaluations.flatMap(({ name, metrics }) =>
    metrics.map((metric) => ({
      ...metric,
      name: nameIn(name, metric.name),
      of: { metric: metric.name, evaluation: name },
    })),
  );
}

function nameIn(evaluation: string, metric: string): string {
  return `${evaluation}: ${shortName(metric)}`;
}

/** Stages with their evaluations. */
interface Measuring {
  readonly stages: readonly StageSpec[];
  readonly evaluations: readonly EvaluationSpec[];
}

/** Throws V961, before any training, where no evaluation of the stages has a metric of that name. */
export function expectMetric(best: string, { stages, evaluations }: Measuring): void {
  const all = stages.flatMap((stage) =>
    evaluations
      .filter((evaluation) => evaluation.stage === stage.name)
      .flatMap(({ name, metrics }) =>
        metrics.flatMap((metric) => valueNames(metric, headOf(metric, stage)).map((own) => ({ name, metric: own }))),
      ),
  );
  if (all.some(({ name, metric }) => isMeant(best, nameIn(name, metric), metric))) return;
  const names = all.map(({ name, metric }) => nameIn(name, metric));
  throw unknownMetric(best, names, {
    known: names.length === 0 ? "no `evaluate` block measures what is trained" : `measured will be ${names.join(", ")}`,
    help: "give `--best` one of these, or a part of its name",
  });
}

function noMetric(best: string, runs: readonly RunRecord[]): VlmoError {
  const names = [...new Set(runs.flatMap(allIn).map(({ name }) => name))];
  return unknownMetric(best, names, {
    known: names.length === 0 ? "nothing has been measured" : `measured are ${names.join(", ")}`,
    help: "give `--best` one of these, or a part of its name: nothing is trained again",
  });
}

function unknownMetric(
  best: string,
  names: readonly string[],
  { known, help }: { readonly known: string; readonly help: string },
): VlmoError {
  return vlmoError("V961", { missing: `metric \`${best}\``, known }, { help: names.length === 0 ? undefined : help });
}

/**
 * The better direction of a metric: that of the stage's `best`, else by its unit: plain numbers are perplexities and errors.
 */
function betterOf({ name, unit }: Pick<Metric, "name" | "unit">): "higher" | "lower" {
  const [, called] = /^(\w+)/.exec(name) ?? [];
  // Boundary: other names start with that of an evaluation.
  const rule: Pick<ReturnType<typeof metricRule>, "better"> | undefined = metricRule(called as MetricName);
  return rule?.better ?? (unit === "number" ? "lower" : "higher");
}

function grouped(outcomes: readonly Outcome[]): Group[] {
  const groups = new Map<string, Outcome[]>();
  for (const outcome of outcomes) {
    const key = settingsText(outcome.trial.settings);
    groups.set(key, [...(groups.get(key) ?? []), outcome]);
  }
  return [...groups.values()].map((own) => {
    const values = own.flatMap(({ value }) => value ?? []);
    const mean = values.length === 0 ? null : values.reduce((sum, value) => sum + value, 0) / values.length;
    return { settings: own[0]?.trial.settings ?? [], outcomes: own, mean, deviation: deviationOf(values, mean) };
  });
}

function deviationOf(values: readonly number[], mean: number | null): number | null {
  if (mean === null || values.length < 2) return null;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
}
