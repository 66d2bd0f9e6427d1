// Runs scaled-down specifications: every stage in order, on synthetic data, in a temporary folder; interrupted once and
// resumed, and evaluated as in a full run. A stage that several of them import runs once.
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  narrowSpec,
  parametersOf,
  type ModelSpec,
  type NarrowOptions,
  type Spec,
  type StageSpec,
} from "../../compiler/index.js";
import { vocabularyText, writeCheckpoint } from "../checkpoint/index.js";
import type { Engine } from "../engines/index.js";
import { timed } from "./timed.js";
import { writeTextAtomically } from "../formats/atomic.js";
import { drawAll } from "../train/draw.js";
import { headsCopied, isFromFile } from "../train/from-file.js";
import { silent, type EvaluationEvent, type Listener, type StageStart, type StepEvent } from "../train/listener.js";
import { train } from "../train/train.js";
import { untrainedFacts } from "../train/untrained.js";
import { historyOf, takeOver } from "./same-stage.js";
import { StandIns, standInVocabulary } from "./stand-ins.js";

/** The specification to rehearse, and its reduced sizes. */
export interface RehearseOptions extends NarrowOptions {
  readonly spec: Spec;
  readonly file: string;
  /** Names of the stages, in their order. */
  readonly stages: readonly string[];
  readonly engine: Engine;
  readonly threads: number;
  readonly version: string;
  /** Called with each stage when it is done; the next one waits. */
  readonly done: (stage: RehearsedStage) => Promise<void> | void;
}

/** The outcome of a rehearsed stage. */
export interface RehearsedStage {
  /** The stage as declared, and as it was run. */
  readonly written: StageSpec;
  readonly stage: StageSpec;
  readonly start: StageStart;
  /** The last step. */
  readonly last: StepEvent;
  readonly times: StepTimes;
  /** Whether it was interrupted after a step and resumed. */
  readonly resumed: boolean;
  readonly evaluations: readonly EvaluationEvent[];
  readonly seconds: number;
  /** The specification with which the same stage was rehearsed before, whose results are reported again; null for none. */
  readonly before: string | null;
}

/** Times in seconds. */
export interface StepTimes {
  /** Of the first step, including building and loading its programs; and the median of the later ones. */
  readonly first: number;
  readonly later: number | null;
  /** The mean time of each program in a later step. */
  readonly programs: Readonly<Record<string, number>>;
  /** Time spent waiting for data, over all steps. */
  readonly data: number;
}

/** Rehearses specifications one after another. */
export interface Rehearsals {
  /** Rehearses one. Throws as `train`. */
  rehearse(options: RehearseOptions): Promise<RehearsedStage[]>;
  /** Removes the temporary files. */
  close(): Promise<void>;
}

/** Creates an empty set of rehearsals; the caller closes it. */
export async function createRehearsals(): Promise<Rehearsals> {
  const folder = await mkdtemp(join(tmpdir(), "vlmo-rehearsal-"));
  const finished: Finished = new Map();
  let specifications = 0;
  return {
    rehearse: async (options) => {
      const own = join(folder, String(++specifications));
      await mkdir(own);
      return rehearseIn({ own, shared: folder }, options, finished);
    },
    close: () => rm(folder, { recursive: true, force: true }),
  };
}

/** A stage as it was run, independent of the specification that declares it. */
type Ran = Omit<RehearsedStage, "written" | "before">;

/** The outcome of each stage's history, with the specification and the run folder. */
type Finished = Map<string, { readonly file: string; readonly out: string; readonly rehearsed: Ran }>;

/** A specification's own folder, and the shared one. */
interface Folders {
  readonly own: string;
  readonly shared: string;
}

async function rehearseIn(folders: Folders, options: RehearseOptions, finished: Finished): Promise<RehearsedStage[]> {
  const { file, done } = options;
  const spec = await withStandIns(narrowSpec(options.spec, options), folders);
  const data = new StandIns(spec);
  const out = join(folders.own, "run");
  const all: RehearsedStage[] = [];
  for (const [i, name] of options.stages.entries()) {
    const written = options.spec.stages.get(name);
    if (written === undefined) throw new Error(`internal: no stage ${name}`);
    const history = historyOf(spec, name);
    const known = finished.get(history);
    if (known !== undefined) await takeOver(name, known.out, out);
    const rehearsed =
      known?.rehearsed ?? (await rehearseStage(spec, name, { ...options, data, out, isFirst: i === 0 }));
    if (known === undefined) finished.set(history, { file, out, rehearsed });
    const stage = { ...rehearsed, written, before: known?.file ?? null };
    all.push(stage);
    await done(stage);
  }
  return all;
}

interface StageOptions extends RehearseOptions {
  readonly data: StandIns;
  readonly out: string;
  readonly isFirst: boolean;
}

/** Only the first stage is interrupted after its first step: one proof that a checkpoint can be resumed is enough. */
async function rehearseStage(spec: Spec, name: string, options: StageOptions): Promise<Ran> {
  const stage = spec.stages.get(name);
  if (stage === undefined) throw new Error(`internal: no stage ${name}`);
  const { threads, version, file, data, out, isFirst } = options;
  const began = performance.now();
  const seen = createRecord();
  const engine = timed(options.engine, seen.ran);
  const run = async (resume: boolean, stepped: (stop: AbortController) => void): Promise<void> => {
    const stop = new AbortController();
    const { signal } = stop;
    const listener = seen.listener(() => stepped(stop));
    await train({ spec, file, stages: [stage], engine, threads, out, resume, signal, listener, version, data });
  };
  const stops = isFirst && stage.duration.value > 1;
  if (stops) await run(false, (stop) => stop.abort());
  await run(stops || !isFirst, () => undefined);
  const seconds = (performance.now() - began) / 1000;
  return { stage, resumed: stops, seconds, ...seen.facts() };
}

/** Records the events of a stage, over all sessions. */
function createRecord() {
  let start: StageStart | undefined;
  let last: StepEvent | undefined;
  let before = 0;
  /** Steps that load their programs (one per session), and the others. */
  const [firsts, others]: [number[], number[]] = [[], []];
  let times = firsts;
  const programs = new Map<string, number>();
  const evaluations: EvaluationEvent[] = [];
  let data = 0;
  return {
    ran: (program: string, seconds: number): void => {
      if (times === others) programs.set(program, (programs.get(program) ?? 0) + seconds);
    },
    listener: (stepped: () => void): Listener => ({
      ...silent,
      stageStart: (event) => {
        start ??= event;
        times = firsts;
        before = performance.now();
      },
      step: (event) => {
        last = event;
        data += event.dataSeconds;
        times.push((performance.now() - before) / 1000);
        times = others;
        before = performance.now();
        stepped();
      },
      evaluated: (event) => void evaluations.push(event),
    }),
    facts: (): Pick<RehearsedStage, "start" | "last" | "times" | "evaluations"> => {
      const [first] = firsts;
      if (start === undefined || last === undefined || first === undefined)
        throw new Error("internal: nothing was run");
      const later = others.sort((a, b) => a - b)[Math.floor(others.length / 2)] ?? null;
      const shares = Object.fromEntries([...programs].map(([name, seconds]) => [name, seconds / others.length]));
      return { start, last, times: { first, later, programs: shares, data }, evaluations };
    },
  };
}

/** Generates the files that the specification names: vocabularies, and checkpoints that stages are initialised from. */
async function withStandIns(spec: Spec, { own, shared }: Folders): Promise<Spec> {
  const words = join(shared, "vocabulary.txt");
  await writeTextAtomically(words, vocabularyText(standInVocabulary));
  const model = (old: ModelSpec): ModelSpec => ({ ...old, text: old.text && withVocabulary(old.text, words) });
  const stages = new Map<string, StageSpec>();
  for (const [name, stage] of spec.stages) {
    const named = { ...stage, model: model(stage.model) };
    stages.set(name, { ...named, from: await originOf(named, spec, own) });
  }
  return { ...spec, stages };
}

function withVocabulary(text: NonNullable<ModelSpec["text"]>, words: string): NonNullable<ModelSpec["text"]> {
  const { tokenizer } = text;
  return { ...text, tokenizer: { ...tokenizer, vocabulary: standInVocabulary.length, file: tokenizer.file && words } };
}

/**
 * A newly initialised checkpoint of the trunk and of heads that others are copied from; other heads start as where a file has
 * none.
 */
async function originOf(stage: StageSpec, spec: Spec, folder: string): Promise<StageSpec["from"]> {
  const { from, model, name, seed } = stage;
  if (!isFromFile(stage) || from.kind !== "checkpoint") return from;
  const path = join(folder, `begin-${name}`);
  const parameters = await drawAll(parametersOf(model, headsCopied(stage, spec)), seed);
  const facts = untrainedFacts(stage, { vlmo: "rehearsal", spec: null, made: "stand-in", imported: null });
  const vocabulary = model.text === null ? null : standInVocabulary;
  await writeCheckpoint(path, { facts, parameters, optimizer: new Map(), vocabulary, specification: null });
  return { ...from, path, layout: "vlmo_ts", nest: null, drop: [] };
}
