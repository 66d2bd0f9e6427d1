// A run folder as the report reads it: `run.json` and the lines of `metrics.jsonl`, validated and sorted into stages and
// evaluations. A killed run leaves an incomplete last line, and a resumed one repeats steps: both are normal. A folder may come
// from anyone: invalid lines are left out and counted.
import { existsSync } from "node:fs";
import type { FileHandle } from "node:fs/promises";
import { join } from "node:path";
import { openRegular, readRegular } from "../formats/regular-file.js";
import { nearPath } from "../errors/near-path.js";
import { systemCode, systemError } from "../errors/system-error.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";
import {
  infoSchema,
  lineSchema,
  type EvaluationLine,
  type Line,
  type LineOf,
  type RunInfo,
  type StepLine,
} from "./log-lines.js";

export type { EvaluationLine, Metric, RunInfo, StepLine } from "./log-lines.js";

/** A stage in the log. */
export interface StageRecord {
  readonly name: string;
  /** In the order of steps, each step once. */
  readonly steps: readonly StepLine[];
  /** Evaluations during training and at the end, in the order of steps. */
  readonly evaluations: readonly EvaluationLine[];
  /** The planned number of steps; null where the log does not record it. */
  readonly planned: number | null;
  readonly trainedParameters: number | null;
  readonly allParameters: number | null;
  /** Seconds of training, over all sessions of a run that was resumed. */
  readonly seconds: number;
  /** Items left out under `on_error: skip`. */
  readonly skipped: number;
  /** The best evaluation so far, by the metric of the stage's `best`. */
  readonly best: LineOf<"best"> | null;
  /** Whether it stopped early, before its last step, since validation no longer improved. */
  readonly early: boolean;
  /** Texts truncated to the model's length, over all steps. */
  readonly textsCut: number;
  /** `under way` also for a killed run. */
  readonly state: "under way" | "stopped" | "finished";
}

/** A run folder as read, without the lines that a resumed run replaced. */
export interface RunRecord {
  readonly folder: string;
  readonly info: RunInfo;
  readonly stages: readonly StageRecord[];
  /** The last evaluation of each name and stage. */
  readonly evaluations: readonly EvaluationLine[];
  readonly samples: readonly LineOf<"samples">[];
  /** Lines that were left out. */
  readonly leftOut: number;
}

/** Reads a run folder. Throws V968 where it is none. */
export async function readRun(folder: string): Promise<RunRecord> {
  return createRunReader(folder).read();
}

/** Reads a running run repeatedly: the part of the log read before is not read again. */
export interface RunReader {
  /** The current state of the run; an unchanged stage is the same object. Throws V968. */
  read(): Promise<RunRecord>;
}

/** A new reader. */
export function createRunReader(folder: string): RunReader {
  let log = emptyLog(null);
  return {
    read: async () => {
      const file = await openLog(folder);
      try {
        const { ino, size } = await file.stat();
        if (ino !== log.file || size < log.read) log = emptyLog(ino);
        const added = await bytesFrom(file, log.read).catch((error: unknown) => {
          throw unusable(folder, systemError("V920", join(folder, "metrics.jsonl"), error));
        });
        readOn(log, added);
      } finally {
        await file.close();
      }
      const info = infoOf((await textOf(folder, "run.json")) ?? "{}", folder);
      return { folder, info, ...arranged(log), leftOut: log.leftOut };
    },
  };
}

/** The part of a log read so far. */
interface Log {
  /** The inode: a replaced file is read again. */
  readonly file: number | null;
  /** Bytes of complete lines read. */
  read: number;
  /** By stage. */
  readonly lines: Map<string, Line[]>;
  readonly evaluations: EvaluationLine[];
  readonly samples: LineOf<"samples">[];
  /** The text after the last line feed, a line being written; null where it is incomplete. */
  last: Line | null;
  leftOut: number;
  /** By stage: the record derived from its lines, and their number. */
  readonly stages: Map<string, { readonly count: number; readonly record: StageRecord }>;
}

function emptyLog(file: number | null): Log {
  return { file, read: 0, lines: new Map(), evaluations: [], samples: [], last: null, leftOut: 0, stages: new Map() };
}

async function openLog(folder: string): Promise<FileHandle> {
  try {
    return await openRegular(join(folder, "metrics.jsonl"), "V920");
  } catch (error) {
    if (!isMissing(error)) throw unusable(folder, error);
    const reason = existsSync(folder) ? "it has no metrics.jsonl" : "there is no such folder";
    throw vlmoError("V968", { folder, reason }, { help: nearPath(folder) });
  }
}

/** Reads appended lines. Only complete lines of a known kind count; others are incomplete, of newer versions, or foreign. */
function readOn(log: Log, added: Buffer): void {
  const whole = added.lastIndexOf(0x0a) + 1;
  for (const text of added.toString("utf8", 0, whole).split("\n")) {
    if (text === "") continue;
    const line = lineOf(text);
    if (line === null) log.leftOut += 1;
    else keep(log, line);
  }
  log.read += whole;
  log.last = lineOf(added.toString("utf8", whole));
}

async function bytesFrom(file: FileHandle, start: number): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of file.createReadStream({ start, autoClose: false })) parts.push(part);
  return Buffer.concat(parts);
}

function keep(log: Log, line: Line): void {
  const own = log.lines.get(line.stage);
  if (own === undefined) log.lines.set(line.stage, [line]);
  else own.push(line);
  if (line.kind === "evaluation") log.evaluations.push(line);
  if (line.kind === "samples") log.samples.push(line);
}

function lineOf(text: string): Line | null {
  const line = lineSchema.safeParse(jsonOr(text));
  return line.success ? line.data : null;
}

/** The text of a file of the run; null where there is none. */
async function textOf(folder: string, name: string): Promise<string | null> {
  try {
    return (await readRegular(join(folder, name), "V920")).toString("utf8");
  } catch (error) {
    if (isMissing(error)) return null;
    throw unusable(folder, error);
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof VlmoError && systemCode(error.cause) === "ENOENT";
}

function unusable(folder: string, error: unknown): unknown {
  if (!(error instanceof VlmoError)) return error;
  return vlmoError("V968", { folder, reason: error.message }, { cause: error });
}

function infoOf(text: string, folder: string): RunInfo {
  try {
    return infoSchema.parse(JSON.parse(text));
  } catch {
    throw vlmoError("V968", { folder, reason: "its run.json is not as `vlmo train` writes it" });
  }
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function arranged(log: Log): Pick<RunRecord, "stages" | "evaluations" | "samples"> {
  const { last } = log;
  const lines = new Map(log.lines);
  if (last !== null) lines.set(last.stage, [...(lines.get(last.stage) ?? []), last]);
  const all = [...log.evaluations, ...log.samples, ...(last === null ? [] : [last])];
  const key = ({ name, stage }: { readonly name: string; readonly stage: string }) => `${name}\n${stage}`;
  return {
    stages: [...lines].filter(([, own]) => own.some(isOfTraining)).map(([name, own]) => recordOf(log, name, own)),
    evaluations: lastOf(of("evaluation", all), key),
    samples: lastOf(of("samples", all), key),
  };
}

/** Whether a line shows that a stage was trained: a stage only evaluated has no such lines. */
function isOfTraining({ kind }: Line): boolean {
  return kind !== "evaluation" && kind !== "best";
}

/** The record of a stage, recomputed if lines were added. */
function recordOf({ stages }: Log, name: string, lines: readonly Line[]): StageRecord {
  const before = stages.get(name);
  if (before?.count === lines.length) return before.record;
  const record = stageOf(name, lines);
  stages.set(name, { count: lines.length, record });
  return record;
}

function of<Kind extends Line["kind"]>(kind: Kind, lines: readonly Line[]): LineOf<Kind>[] {
  return lines.filter((line): line is LineOf<Kind> => line.kind === kind);
}

function stageOf(name: string, own: readonly Line[]): StageRecord {
  const logged = of("step", own);
  const start = of("stage_start", own).at(-1);
  const ascending = (a: { readonly step: number }, b: { readonly step: number }) => a.step - b.step;
  const steps = lastOf(logged, ({ step }) => String(step)).sort(ascending);
  return {
    name,
    steps,
    evaluations: lastOf(of("evaluation", own), (line) => `${line.name}\n${line.step}`).sort(ascending),
    planned: start?.steps ?? null,
    trainedParameters: start?.trained_parameters ?? null,
    allParameters: start?.parameters ?? null,
    seconds: secondsOf(logged),
    skipped: of("stage_end", own).at(-1)?.skipped ?? 0,
    best: of("best", own).at(-1) ?? null,
    early: of("stage_end", own).at(-1)?.early === true,
    textsCut: steps.reduce((sum, { texts_cut: cut = 0 }) => sum + cut, 0),
    state: stateOf(own.at(-1), start?.steps ?? Infinity),
  };
}

function stateOf(last: Line | undefined, planned: number): StageRecord["state"] {
  if (last?.kind !== "stage_end") return "under way";
  const { step, early = false, finished = early || step >= planned } = last;
  return finished ? "finished" : "stopped";
}

/** The clock of step lines restarts whenever the stage is resumed. */
function secondsOf(steps: readonly StepLine[]): number {
  return steps.reduce((sum, { seconds }, i) => {
    const next = steps[i + 1];
    return next === undefined || next.seconds < seconds ? sum + seconds : sum;
  }, 0);
}

function lastOf<T>(lines: readonly T[], key: (line: T) => string): T[] {
  return [...new Map(lines.map((line) => [key(line), line])).values()];
}
