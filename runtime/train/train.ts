// Trains stages of a spec one after another into a run folder, and evaluates what they give.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { EvaluationSpec, Spec, StageSpec } from "../../compiler/index.js";
import type { DataSet, Tokenizer } from "../data/index.js";
import type { Engine } from "../engines/index.js";
import { openData, openTokenizer, textsOf } from "../stage-data.js";
import { evaluationsOf } from "./keeper.js";
import type { Listener } from "./listener.js";
import { hashOf, openRunFolder, type RunFolder } from "./run-folder.js";
import { trainStage } from "./stage-run.js";

export interface TrainOptions {
  readonly spec: Spec;
  /** The spec's file, for the manifest. */
  readonly file: string;
  /** Stages to train, in this order. */
  readonly stages: readonly StageSpec[];
  readonly engine: Engine;
  readonly threads: number;
  readonly out: string;
  readonly resume: boolean;
  /** Asks the run to finish its step, save and return. */
  readonly signal: AbortSignal;
  readonly listener: Listener;
  /** Seconds between checkpoints besides those at validations and ends; default 300. */
  readonly saveSeconds?: number;
  readonly version: string;
}

export interface TrainResult {
  /** `interrupted` when the signal stopped it: `--resume` goes on. */
  readonly status: "finished" | "interrupted";
  readonly folder: string;
  /** The last checkpoint of every stage that ran or had run. */
  readonly checkpoints: ReadonlyMap<string, string>;
}

/** A run under way. */
export interface Run extends TrainOptions {
  readonly folder: RunFolder;
  readonly openDataSet: (stage: StageSpec | EvaluationSpec) => Promise<DataSet>;
  readonly tokenizers: ReadonlyMap<string, Tokenizer | null>;
}

/** Throws VlmoError, VlmoError for what a user can mend. */
export async function train(options: TrainOptions): Promise<TrainResult> {
  const folder = await openRunFolder(options.out, options.resume);
  const run = await prepare(options, folder);
  const checkpoints = new Map<string, string>();
  for (const stage of options.stages) {
    const { done, checkpoint } = await trainStage(run, stage);
    checkpoints.set(stage.name, checkpoint);
    if (!done) return { status: "interrupted", folder: folder.path, checkpoints };
  }
  return { status: "finished", folder: folder.path, checkpoints };
}

/** Opens data and tokenizers of every stage before the first step: all that is wrong with them shows at once. */
async function prepare(options: TrainOptions, folder: RunFolder): Promise<Run> {
  const { spec, stages, listener } = options;
  listener.preparing("data");
  const opened = new Map<string, Promise<DataSet>>();
  const openDataSet = (owner: StageSpec | EvaluationSpec): Promise<DataSet> => {
    const list = Array.isArray(owner.data) ? owner.data : [owner.data];
    const key = list.map((data) => data.name).join("+");
    const known = opened.get(key) ?? openData(list);
    opened.set(key, known);
    return known;
  };
  await Promise.all([...stages, ...evaluationsOf(spec, stages)].map(openDataSet));
  const tokenizers = await openTokenizers([...spec.stages.values()], openDataSet);
  for (const stage of stages) {
    const learnt = tokenizers.get(stage.name);
    if (learnt && stage.model.text?.tokenizer.file === null) {
      await writeFile(join(folder.path, "vocabulary.txt"), `${learnt.vocabulary.join("\n")}\n`);
    }
  }
  await writeFile(join(folder.path, "run.json"), `${JSON.stringify(describe(options), null, 2)}\n`);
  return { ...options, folder, openDataSet, tokenizers };
}

function describe({ file, stages, engine, threads, version, spec }: TrainOptions): object {
  return {
    spec: file,
    params: Object.fromEntries(spec.params),
    stages: stages.map((stage) => ({ name: stage.name, hash: hashOf(stage), batch: stage.batch, seed: stage.seed })),
    engine: engine.description,
    threads,
    vlmo: version,
    started: new Date().toISOString(),
  };
}

/** A tokenizer per stage; a learnt vocabulary is learnt once, from the texts of every stage of the spec. */
export async function openTokenizers(
  stages: readonly StageSpec[],
  openDataSet: (stage: StageSpec) => Promise<DataSet>,
): Promise<Map<string, Tokenizer | null>> {
  const tokenizers = new Map<string, Tokenizer | null>();
  const known = new Map<string, Promise<Tokenizer | null>>();
  for (const stage of stages) {
    const text = stage.model.text;
    const key = text === null ? "" : `${text.tokenizer.file ?? ""} ${text.tokenizer.vocabulary}`;
    const tokenizer =
      known.get(key) ?? openTokenizer(stage.model, async () => textsOf(await Promise.all(stages.map(openDataSet))));
    known.set(key, tokenizer);
    tokenizers.set(stage.name, await tokenizer);
  }
  return tokenizers;
}
