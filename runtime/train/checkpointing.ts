// What happens between steps: saving checkpoints, running the evaluations of the stage.
import { stageMeaning, type EvaluationSpec, type Spec, type StageSpec } from "../../compiler/index.js";
import { createSaver, removeCheckpoint, type CheckpointContents, type Manifest } from "../checkpoint/index.js";
import type { DataSet, ImageLoader, Position, Tokenizer } from "../data/index.js";
import { evaluate } from "../evaluate/evaluate.js";
import { overlapOf } from "../evaluate/overlap.js";
import { storePictures } from "../evaluate/pictures.js";
import { VlmoError, withHelp } from "../errors/vlmo-error.js";
import { labelsFor } from "./labels.js";
import type { Learner } from "./learner.js";
import type { EvaluationEvent } from "./listener.js";
import { evaluatedAt, hashOf, latestOf } from "./run-folder.js";
import type { Course } from "./schedule.js";
import { bestAfter, bestText, hasWaited, scoreOf, valueOf, type BestSoFar } from "./score.js";
import type { Run } from "./run.js";

/** The evaluations of these stages. */
export function evaluationsOf(spec: Spec, stages: readonly StageSpec[]): EvaluationSpec[] {
  return [...spec.evaluations.values()].filter((evaluation) => stages.some((stage) => stage.name === evaluation.stage));
}

/** What the loop calls between steps and at the end. */
export interface Checkpointing {
  /** Does what was due after the step that the stage resumes from and is still missing, such as a validation. */
  begin(from: number): Promise<void>;
  /**
   * Whether something is due after `done` steps, so that they must finish before more are submitted. Called before the last of
   * them.
   */
  rests(done: number): boolean;
  /** Records the data position after the completed steps. */
  passed(position: Position): void;
  /** Does what is due after `done` steps, if `rests` returned true for them. */
  between(done: number): Promise<void>;
  save(done: number, finished: boolean): Promise<string>;
  /** Whether the stage ends after `done` steps: all are done, or `patience` is exhausted. */
  isOver(done: number): boolean;
  /** Runs the evaluations at the end of the stage, after saving its parameters; false if a request to stop came first. */
  evaluate(done: number): Promise<boolean>;
  /** The stage's best validation so far. */
  best(): BestSoFar;
  /** Runs work that reads data between steps. If it fails, parameters are saved first, and all processes fail. */
  reading<T>(done: number, read: () => Promise<T>): Promise<T>;
  /**
   * Runs work that needs the other processes. If they are gone, parameters are saved first, unless this process has only a
   * shard of the state.
   */
  sharing<T>(done: number, work: () => Promise<T>): Promise<T>;
  /** The stage's last checkpoint before `done` steps; one of `done` steps is removed: its parameters give no finite loss. */
  lastGood(done: number): Promise<string | null>;
}

/** The state that a checkpoint saves. */
export interface Kept {
  readonly learner: Pick<Learner, "read" | "handles">;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly images: ImageLoader;
  readonly course: Course;
  /** The provenance of what the stage was initialised from. */
  readonly earlier: Manifest["provenance"] | null;
  /** The checkpoint that the stage resumes from; null if it starts. */
  readonly resumed: Manifest | null;
  /** Steps that are completed and saved. */
  readonly from: number;
  /** The position of the first step's data. */
  readonly position: Position;
  /** Whether the stage is validated after `done` steps. */
  readonly isDue: (done: number) => boolean;
}

/** Saves and validates between steps. */
export function createCheckpointing(run: Run, stage: StageSpec, kept: Kept): Checkpointing {
  const { learner, dataSet, tokenizer, course, earlier, from, isDue } = kept;
  const evaluator = createEvaluator(run, stage, kept);
  const labels = labelsFor(run, stage, dataSet);
  const saver = createSaver(run.folder.checkpoints);
  let { position } = kept;
  let saved = { step: from, at: performance.now() };
  const save = async (done: number, finished: boolean): Promise<string> => {
    const { parameters, state } = await learner.read();
    const { folder } = await saver(
      {
        facts: factsOf(run, stage, {
          done,
          finished,
          position,
          ...evaluator.measured(done),
          earlier,
          dataSet,
          course,
        }),
        parameters,
        optimizer: state,
        vocabulary: tokenizer?.vocabulary ?? null,
        specification: { spec: run.spec, labels: await labels },
      },
      // Two while a stage trains: the latest parameters may have diverged, which only the loss of the next step shows.
      { keep: Math.max(run.keep ?? 1, finished ? 1 : 2) },
    );
    saved = { step: done, at: performance.now() };
    run.listener.saved({ stage: stage.name, step: done, folder });
    return folder;
  };
  const saveNew = async (done: number): Promise<void> => void (done > saved.step && (await save(done, false)));
  const reading = savingFirst(run, stage, { course, saveNew });
  return {
    save,
    reading,
    sharing: reading,
    isOver: (done) => done >= course.total || hasWaited(evaluator.best(), stage),
    best: evaluator.best,
    begin: async (from) => {
      if (!isDue(from) || evaluator.isAt(from)) return;
      const made = await evaluatedAt(run.folder, stage.name, from);
      await reading(from, () => evaluator.evaluate(from, null, made));
      if ((stage.validate?.best ?? null) !== null) await save(from, false);
    },
    evaluate: async (done) => {
      if (evaluator.evaluations.length === 0 || evaluator.isAt(done)) return true;
      await saveNew(done);
      return unlessStopped(run.signal, () => reading(done, () => evaluator.evaluate(done, run.signal)));
    },
    lastGood: (done) => lastGoodOf(run, stage, done),
    rests: (done) => isDue(done) || performance.now() - saved.at > (run.saveSeconds ?? 300) * 1000,
    passed: (next) => (position = next),
    between: async (done) => {
      // A request to stop interrupts the evaluation at the end, but not a validation.
      if (isDue(done)) await reading(done, () => evaluator.evaluate(done, null));
      if (done < course.total) await save(done, false);
    },
  };
}

type Made = Awaited<ReturnType<typeof evaluatedAt>>;

interface Evaluator {
  readonly evaluations: readonly EvaluationSpec[];
  /** Runs the evaluations one after another, except those already `made`; a signal ends it early. */
  evaluate(done: number, signal: AbortSignal | null, made?: Made): Promise<void>;
  /** Whether all evaluations have run on the parameters after `done` steps. */
  isAt(done: number): boolean;
  /** The latest values of all, by `evaluation: metric`, and the score if it was measured after `done` steps. */
  measured(done: number): Pick<Manifest, "metrics" | "score" | "best">;
  best(): BestSoFar;
}

function createEvaluator(
  run: Run,
  stage: StageSpec,
  { learner, dataSet, tokenizer, images, resumed }: Kept,
): Evaluator {
  const evaluations = evaluationsOf(run.spec, [stage]);
  const seen = remembering((evaluated) => overlapOf(evaluated, dataSet));
  const metrics = new Map<string, number>();
  for (const [name, value] of Object.entries(resumed?.metrics ?? {})) if (value !== null) metrics.set(name, value);
  const by = stage.validate?.best ?? null;
  let best = resumed?.best ?? null;
  let score = resumed?.score ?? null;
  // Without a score nothing records whether this step was evaluated: it is evaluated again.
  let at = score === null ? null : (resumed?.step ?? null);
  const keep = (name: string, values: readonly Made[number]["metrics"][number][]): void =>
    values.forEach((metric) => metrics.set(`${name}: ${metric.name}`, metric.value ?? NaN));
  const judge = (done: number): void => {
    at = done;
    score = by === null ? null : scoreOf(by, Object.fromEntries(metrics));
    const before = best;
    best = bestAfter(best, done, score);
    if (by === null || best === null || best.step !== done || best === before) return;
    run.folder.log({ kind: "best", stage: stage.name, step: done, by: bestText(by), value: valueOf(by, best.score) });
  };
  return {
    evaluations,
    isAt: (done) => at === done,
    best: () => best,
    measured: (done) => ({ metrics: Object.fromEntries(metrics), score: at === done ? score : null, best }),
    evaluate: async (done, signal, made = []) => {
      made.forEach(({ name, metrics: values }) => keep(name, values));
      for (const evaluation of evaluations.filter(({ name }) => made.every((each) => each.name !== name))) {
        const evaluated = await run.data.open([evaluation.data]);
        const moment = { learner, tokenizer, images, done, signal, seen: seen(evaluated) };
        const event = await evaluateOne(run, stage, evaluation, { ...moment, dataSet: evaluated });
        keep(event.name, event.metrics);
      }
      judge(done);
    },
  };
}

/** If reading data fails between steps, unsaved steps are saved before the error is reported. */
function savingFirst(
  { signal }: Run,
  stage: StageSpec,
  { course: { total }, saveNew }: { readonly course: Course; readonly saveNew: (done: number) => Promise<void> },
): Checkpointing["reading"] {
  return async (done, read) => {
    try {
      return await read();
    } catch (error) {
      if (done === 0 || error === signal.reason) throw error;
      await saveNew(done);
      throw withSteps(error, stage, { done, total });
    }
  };
}

/** A data error, whose help adds which steps are saved. */
function withSteps(error: unknown, { name }: StageSpec, { done, total }: { done: number; total: number }): unknown {
  if (!(error instanceof VlmoError)) return error;
  const where = done < total ? `stopped after ${done} of ${total} steps` : `has done its ${total} steps`;
  return withHelp(
    error,
    `${error.help}; stage \`${name}\` ${where}, which are saved: \`--resume\` continues from there`,
  );
}

/** False if the signal stopped it. */
async function unlessStopped(signal: AbortSignal, work: () => Promise<void>): Promise<boolean> {
  try {
    await work();
    return true;
  } catch (error) {
    if (!signal.aborted || error !== signal.reason) throw error;
    return false;
  }
}

/** The stage's last checkpoint before `done` steps; one of `done` steps is removed. */
async function lastGoodOf({ folder }: Run, { name }: StageSpec, done: number): Promise<string | null> {
  const last = await latestOf(folder, name);
  if (last?.manifest.step !== done) return last?.folder ?? null;
  await removeCheckpoint(last);
  return (await latestOf(folder, name))?.folder ?? null;
}

/** Data do not change during a run: one comparison serves all validations. */
function remembering<T>(look: (dataSet: DataSet) => T): (dataSet: DataSet) => T {
  const known = new WeakMap<DataSet, { readonly found: T }>();
  return (dataSet) => {
    const answer = known.get(dataSet) ?? { found: look(dataSet) };
    known.set(dataSet, answer);
    return answer.found;
  };
}

interface Moment {
  readonly learner: Kept["learner"];
  readonly tokenizer: Tokenizer | null;
  readonly images: ImageLoader;
  readonly done: number;
  readonly dataSet: DataSet;
  /** How many of its items are training data of the stage; null if not known. */
  readonly seen: number | null;
  /** Stops it early; null if nothing does. */
  readonly signal: AbortSignal | null;
}

async function evaluateOne(
  run: Run,
  stage: StageSpec,
  evaluation: EvaluationSpec,
  moment: Moment,
): Promise<EvaluationEvent> {
  const { learner, tokenizer, images, done, seen, dataSet, signal } = moment;
  const began = performance.now();
  const { metrics, samples, leftOut } = await evaluate({
    evaluation,
    stage,
    dataSet,
    tokenizer,
    engine: run.engine,
    parameters: await learner.handles(),
    images,
    ...(signal !== null && { signal }),
  });
  const event = {
    name: evaluation.name,
    stage: stage.name,
    step: done,
    metrics,
    seconds: (performance.now() - began) / 1000,
    seen,
    items: dataSet.length,
    leftOut,
  };
  run.folder.log({ kind: "evaluation", ...event });
  if (samples.length > 0) {
    const shown = await storePictures(samples, { folder: run.folder.path, name: evaluation.name });
    run.folder.log({ kind: "samples", name: evaluation.name, stage: stage.name, step: done, samples: shown });
  }
  run.listener.evaluated(event);
  return event;
}

interface StageState {
  readonly done: number;
  readonly finished: boolean;
  readonly position: Position;
  readonly metrics: Manifest["metrics"];
  readonly score: number | null;
  readonly best: BestSoFar;
  readonly earlier: Manifest["provenance"] | null;
  readonly dataSet: DataSet;
  readonly course: Course;
}

function factsOf(
  run: Run,
  stage: StageSpec,
  { done, finished, position, metrics, score, best, earlier, dataSet, course }: StageState,
): CheckpointContents["facts"] {
  return {
    vlmo: run.version,
    spec: { file: run.file, hash: hashOf(stage), meaning: stageMeaning(stage) },
    course: { ...stage.schedule, ...course },
    stage: stage.name,
    data: [...dataSet.digests].map(([name, digest]) => ({ name, ...digest })),
    step: done,
    finished,
    seeds: { stage: stage.seed },
    counters: {},
    position: { ...position },
    engine: {
      name: run.engine.name,
      version: run.engine.description,
      threads: run.threads,
      precision: run.engine.precision,
    },
    provenance: {
      data: [...new Set([...(earlier?.data ?? []), ...stage.data.map(({ name }) => name)])],
      stages: [...(earlier?.stages ?? []), { stage: stage.name, steps: done }],
      imported: earlier?.imported ?? null,
    },
    metrics,
    score,
    best,
  };
}
