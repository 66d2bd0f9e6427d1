// A run folder as the report sees it: `run.json` and the lines of `metrics.jsonl`, checked and sorted into stages and
// evaluations. A run that was killed leaves a torn last line, and one that was resumed repeats steps: both are normal. A
// folder may come from anyone: what is not as we write it is left out and counted.
import { join } from "node:path";
import { z } from "zod";
import type { SampleOf } from "../evaluate/samples.js";
import { readRegular } from "../formats/regular-file.js";
import { systemCode } from "../errors/system-error.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";

/** As names are in the language. Files are called by it, so it must be nothing else. */
const stageName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const count = z.int().nonnegative();

const metricSchema = z.object({
  name: z.string(),
  unit: z.enum(["share", "overlap", "number", "score"]).default("share"),
  value: z.number().nullable(),
  /** What guessing gets, where that is known. */
  chance: z.number().nullish(),
  items: z.number().nullish(),
  noun: z.string().default("examples"),
  candidates: z.number().optional(),
  /** What it is the mean of. */
  parts: z
    .array(z.object({ name: z.string(), value: z.number().nullable(), items: z.number().optional() }))
    .readonly()
    .optional(),
});

/** One number of an evaluation. */
export type Metric = z.infer<typeof metricSchema>;

const query = { pictures: z.array(z.string()), text: z.string().optional() };

/** As evaluate/samples.ts makes them, with pictures as paths in the run folder. */
const sampleSchema = z.discriminatedUnion("form", [
  z.object({
    form: z.literal("ranked"),
    ...query,
    ranked: z.array(
      z.object({
        text: z.string().optional(),
        picture: z.string().optional(),
        rank: z.number(),
        right: z.boolean(),
      }),
    ),
  }),
  z.object({
    form: z.literal("words"),
    ...query,
    words: z.array(z.object({ text: z.string(), truth: z.string().optional(), joined: z.boolean().optional() })),
  }),
  z.object({ form: z.literal("answer"), ...query, said: z.string(), truth: z.string(), sure: z.number() }),
  z.object({ form: z.literal("reconstructed"), ...query, made: z.string() }),
  z.object({ form: z.literal("caption"), ...query, said: z.string(), references: z.array(z.string()) }),
  z.object({
    form: z.literal("regions"),
    ...query,
    said: z.string(),
    truth: z.string(),
    legend: z.array(z.object({ name: z.string(), colour: z.string().regex(/^#[0-9a-f]{6}$/) })),
  }),
]) satisfies z.ZodType<SampleOf<string>>;

const lineSchema = z.discriminatedUnion("kind", [
  z.object({
    kind: z.literal("stage_start"),
    stage: stageName,
    steps: count,
    trained_parameters: count.optional(),
    parameters: count.optional(),
  }),
  z.object({
    kind: z.literal("step"),
    stage: stageName,
    step: count,
    loss: z.record(z.string(), z.number().nullable()),
    lr: z.number(),
    /** Since this session of the stage began. */
    seconds: z.number(),
    items_per_second: z.number().nullable(),
    data_seconds: z.number().optional(),
    /** Where the stage clips. */
    gradient_norm: z.number().nullish(),
    texts_cut: z.number().optional(),
  }),
  z.object({
    kind: z.literal("evaluation"),
    name: z.string(),
    stage: stageName,
    step: count,
    metrics: z.array(metricSchema),
    items: z.number().optional(),
    seen: z.number().nullish(),
    leftOut: z
      .object({ count, such: z.array(z.object({ item: z.string(), reason: z.string() })).readonly() })
      .optional(),
  }),
  z.object({
    kind: z.literal("stage_end"),
    stage: stageName,
    step: count,
    skipped: count.optional(),
    early: z.boolean().optional(),
    /** Whether nothing of it is left to be done. */
    finished: z.boolean().optional(),
  }),
  z.object({ kind: z.literal("best"), stage: stageName, step: count, by: z.string(), value: z.number() }),
  z.object({ kind: z.literal("samples"), name: z.string(), stage: stageName, samples: z.array(sampleSchema) }),
]);

type Line = z.infer<typeof lineSchema>;
type LineOf<Kind extends Line["kind"]> = Extract<Line, { kind: Kind }>;
/** A line of the log: one optimizer step. */
export type StepLine = LineOf<"step">;
/** A line of the log: one evaluation. */
export type EvaluationLine = LineOf<"evaluation">;

/** What is known of the run as a whole; anything may be missing in a folder that another version wrote. */
const infoSchema = z.looseObject({
  spec: z.string().optional(),
  engine: z.string().optional(),
  threads: z.number().optional(),
  vlmo: z.string().optional(),
  started: z.string().optional(),
  /** The command line that resumes the run. */
  resume: z.string().optional(),
  params: z.record(z.string(), z.unknown()).optional(),
  /** The texts of `--set`. */
  set: z.array(z.string()).optional(),
  stages: z.array(z.looseObject({ name: stageName })).optional(),
  precision: z.string().optional(),
  workers: z.number().optional(),
  processes: z.number().optional(),
  keep: z.number().optional(),
  /** How its last session ended; null where that was killed or goes on, missing where an earlier version wrote it. */
  ended: z
    .looseObject({
      status: z.enum(["finished", "interrupted", "failed"]),
      at: z.string(),
      error: z.object({ code: z.string().nullable(), message: z.string() }).optional(),
    })
    .nullish(),
});

/** What `run.json` says. */
export type RunInfo = z.infer<typeof infoSchema>;

/** What the log says of a stage. */
export interface StageRecord {
  readonly name: string;
  /** In the order of steps, each step once. */
  readonly steps: readonly StepLine[];
  /** What was measured during training and at the end, in the order of steps. */
  readonly evaluations: readonly EvaluationLine[];
  /** Steps the stage is to have; null where the log does not say. */
  readonly planned: number | null;
  readonly trainedParameters: number | null;
  readonly allParameters: number | null;
  /** Seconds of training, over all sessions of a run that was resumed. */
  readonly seconds: number;
  /** Items left out under `on_error: skip`. */
  readonly skipped: number;
  /** Where the stage was best so far, by the metric of its `best`. */
  readonly best: LineOf<"best"> | null;
  /** Whether it ended before its last step, for want of a better validation. */
  readonly early: boolean;
  /** Texts that were cut to the model's length, over all steps. */
  readonly textsCut: number;
  /** `under way` also of one that was killed. */
  readonly state: "under way" | "stopped" | "finished";
}

/** A run folder as read; lines that a resumed run replaced are gone. */
export interface RunRecord {
  readonly folder: string;
  readonly info: RunInfo;
  readonly stages: readonly StageRecord[];
  /** The last of each name and stage. */
  readonly evaluations: readonly EvaluationLine[];
  readonly samples: readonly LineOf<"samples">[];
  /** Lines that were left out. */
  readonly leftOut: number;
}

/** Reads a run folder. Throws V968 where it is none. */
export async function readRun(folder: string): Promise<RunRecord> {
  const text = await textOf(folder, "metrics.jsonl");
  if (text === null) throw vlmoError("V968", { folder, reason: "it has no metrics.jsonl" });
  const { lines, leftOut } = linesOf(text);
  return { folder, info: infoOf((await textOf(folder, "run.json")) ?? "{}", folder), ...arranged(lines), leftOut };
}

/** The text of a file of the run; null where there is none. */
async function textOf(folder: string, name: string): Promise<string | null> {
  try {
    return (await readRegular(join(folder, name), "V920")).toString("utf8");
  } catch (error) {
    if (!(error instanceof VlmoError)) throw error;
    if (systemCode(error.cause) === "ENOENT") return null;
    throw vlmoError("V968", { folder, reason: error.message }, { cause: error });
  }
}

function infoOf(text: string, folder: string): RunInfo {
  try {
    return infoSchema.parse(JSON.parse(text));
  } catch {
    throw vlmoError("V968", { folder, reason: "its run.json is not as `vlmo train` writes it" });
  }
}

/** The lines that are whole and of a kind known here; others are torn, of newer versions, or nobody's. */
function linesOf(text: string): Pick<RunRecord, "leftOut"> & { readonly lines: readonly Line[] } {
  const written = text.split("\n");
  // What follows the last line feed is a line under way.
  const torn = written.pop() ?? "";
  const last = lineSchema.safeParse(jsonOr(torn));
  const parsed = written.map((line) => lineSchema.safeParse(jsonOr(line)));
  const lines = [...parsed, last].flatMap((line) => (line.success ? [line.data] : []));
  return { lines, leftOut: parsed.filter(({ success }, i) => !success && written[i] !== "").length };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function arranged(lines: readonly Line[]): Pick<RunRecord, "stages" | "evaluations" | "samples"> {
  const names = [
    ...new Set(lines.filter((line) => line.kind !== "evaluation" && line.kind !== "best").map(({ stage }) => stage)),
  ];
  return {
    stages: names.map((name) => stageOf(name, lines)),
    evaluations: lastOf(of("evaluation", lines), ({ name, stage }) => `${name}\n${stage}`),
    samples: lastOf(of("samples", lines), ({ name, stage }) => `${name}\n${stage}`),
  };
}

function of<Kind extends Line["kind"]>(kind: Kind, lines: readonly Line[]): LineOf<Kind>[] {
  return lines.filter((line): line is LineOf<Kind> => line.kind === kind);
}

function stageOf(name: string, lines: readonly Line[]): StageRecord {
  const own = lines.filter(({ stage }) => stage === name);
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

/** The clock of step lines starts again whenever the stage is resumed. */
function secondsOf(steps: readonly StepLine[]): number {
  return steps.reduce((sum, { seconds }, i) => {
    const next = steps[i + 1];
    return next === undefined || next.seconds < seconds ? sum + seconds : sum;
  }, 0);
}

function lastOf<T>(lines: readonly T[], key: (line: T) => string): T[] {
  return [...new Map(lines.map((line) => [key(line), line])).values()];
}
