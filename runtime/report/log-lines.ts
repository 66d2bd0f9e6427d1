// The files of a run folder as the report reads them: the lines of metrics.jsonl, and run.json.
import { z } from "zod";
import type { SampleOf } from "../evaluate/samples.js";

/** The language's syntax of names. It is used in file names, so nothing else may pass. */
const stageName = z.string().regex(/^[A-Za-z_][A-Za-z0-9_]*$/);

const count = z.int().nonnegative();

const metricSchema = z.object({
  name: z.string(),
  unit: z.enum(["share", "overlap", "number", "score"]).default("share"),
  value: z.number().nullable(),
  /** The chance level, where that is known. */
  chance: z.number().nullish(),
  items: z.number().nullish(),
  noun: z.string().default("examples"),
  candidates: z.number().optional(),
  /** The values it is the mean of. */
  parts: z
    .array(z.object({ name: z.string(), value: z.number().nullable(), items: z.number().optional() }))
    .readonly()
    .optional(),
});

/** One number of an evaluation. */
export type Metric = z.infer<typeof metricSchema>;

const query = { pictures: z.array(z.string()), text: z.string().optional() };

/** As made by evaluate/samples.ts, with pictures as paths in the run folder. */
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

/** A line of the log. */
export const lineSchema = z.discriminatedUnion("kind", [
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
    /** Since the start of this session of the stage. */
    seconds: z.number(),
    items_per_second: z.number().nullable(),
    data_seconds: z.number().optional(),
    /** Present where the stage clips. */
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
    /** Whether the stage is complete. */
    finished: z.boolean().optional(),
  }),
  z.object({ kind: z.literal("best"), stage: stageName, step: count, by: z.string(), value: z.number() }),
  z.object({ kind: z.literal("samples"), name: z.string(), stage: stageName, samples: z.array(sampleSchema) }),
]);

/** A validated line. */
export type Line = z.infer<typeof lineSchema>;
/** A line of a kind. */
export type LineOf<Kind extends Line["kind"]> = Extract<Line, { kind: Kind }>;
/** A line of the log: one optimizer step. */
export type StepLine = LineOf<"step">;
/** A line of the log: one evaluation. */
export type EvaluationLine = LineOf<"evaluation">;

/** Metadata of the run; any of it may be missing in a folder from another version. */
export const infoSchema = z.looseObject({
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
  /** How its last session ended; null where it was killed or is running, missing in runs of earlier versions. */
  ended: z
    .looseObject({
      status: z.enum(["finished", "interrupted", "failed"]),
      at: z.string(),
      error: z.object({ code: z.string().nullable(), message: z.string() }).optional(),
    })
    .nullish(),
});

/** The contents of `run.json`. */
export type RunInfo = z.infer<typeof infoSchema>;
