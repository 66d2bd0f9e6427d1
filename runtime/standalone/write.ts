// `vlmo build --emit torch --out DIR`: a folder that trains stages with Python and PyTorch alone. Decisions are in `plan.json`,
// computations in `programs/`; the rest is the Python code beside this module.
import { copyFile, cp, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Precision, Spec, StageSpec } from "../../compiler/index.js";
import {
  replaceFolder,
  specificationFile,
  specificationText,
  vocabularyFile,
  vocabularyText,
  type Labels,
} from "../checkpoint/index.js";
import type { Tokenizer } from "../data/index.js";
import { beforeTraining, inspectData } from "../data/check/inspect.js";
import { DataShelf, needsOfStage, openTokenizers } from "../data/stage-data.js";
import { feeding } from "../engines/backends.js";
import { scriptFolder } from "../engines/torch/worker.js";
import { refuse } from "../errors/vlmo-error.js";
import { entriesBelow } from "../formats/entries-below.js";
import { expectEmpty, makeFolder } from "../formats/make-folder.js";
import { writeSafetensors } from "../formats/safetensors.js";
import { labelsOf } from "../train/labels.js";
import { unshareable } from "../train/ranks.js";
import { hashOf } from "../train/run-folder.js";
import { learntIn, takenVocabularies, wrongVocabularies } from "../train/vocabularies.js";
import { beginningOf } from "./initial.js";
import { itemsOf } from "./items.js";
import { stagePlan } from "./plan.js";
import { programsOf } from "./programs.js";
import { readme } from "./readme.js";
import { unsupportedIn } from "./unsupported.js";

/** Options of the folder. */
export interface FolderOptions {
  readonly spec: Spec;
  /** The specification's file, for manifests. */
  readonly file: string;
  readonly stages: readonly StageSpec[];
  readonly out: string;
  /** The numbers of processes that programs are written for. */
  readonly devices: readonly number[];
  /** Whether the optimizer's state is sharded over several processes. */
  readonly shardOptimizer: boolean;
  readonly precision: Precision;
  readonly version: string;
  readonly set: readonly string[];
  /** Receives progress. */
  readonly report: (what: string, done: number, all: number) => void;
}

/** Files shared with the engine `torch`. */
const shared = ["worker.py", "memory.py", "ranks.py", "compiles.py"] as const;

/** Writes the folder, which must not exist or be empty. Throws V646, V647, V902, V923, V977, and the errors of the data. */
export async function writeFolder(options: FolderOptions): Promise<void> {
  const { stages, devices, out } = options;
  refuse([
    ...unsupportedIn(stages),
    ...devices.flatMap((ranks) => stages.flatMap((stage) => unshareable(stage, ranks))),
  ]);
  await expectEmpty(out);
  const opened = await openData(options);
  await replaceFolder(out, async (folder) => {
    for (const name of ["programs", "items", "initial", "texts"]) await makeFolder(join(folder, name));
    const plans: object[] = [];
    for (const stage of stages) plans.push(await writeStage(folder, stage, opened, options));
    await copyScripts(folder);
    const files = await sizesIn(folder);
    await writeFile(join(folder, "plan.json"), `${JSON.stringify({ ...planOf(plans, options), files })}\n`);
    await writeFile(join(folder, "README.md"), readme(options));
  });
}

/** Bytes of each file in a folder and its subfolders; null for scripts, which users may edit. */
async function sizesIn(folder: string): Promise<Record<string, number | null>> {
  const files = (await entriesBelow(folder)).filter(({ entry }) => entry.isFile());
  const sizes = files.map(async ({ name }) => {
    const isScript = !name.includes("/");
    return [name, isScript ? null : (await stat(join(folder, name))).size] as const;
  });
  return Object.fromEntries(await Promise.all(sizes));
}

function planOf(
  stages: readonly object[],
  { spec, file, devices, shardOptimizer, precision, version, set, ...options }: FolderOptions,
): object {
  const run = {
    spec: file,
    params: Object.fromEntries(spec.params),
    stages: options.stages.map((stage) => ({
      name: stage.name,
      hash: hashOf(stage),
      batch: stage.batch,
      seed: stage.seed,
    })),
    vlmo: version,
    ...(set.length > 0 && { set }),
  };
  const { ahead } = feeding.torch;
  return { format: "vlmo-folder", version: 2, devices, shards: shardOptimizer, precision, ahead, run, stages };
}

interface Opened {
  readonly shelf: DataShelf;
  readonly tokenizers: ReadonlyMap<string, Tokenizer | null>;
}

/** Opens data and vocabularies as a training does. */
async function openData({ spec, stages }: FolderOptions): Promise<Opened> {
  const shelf = new DataShelf();
  const readers = { stages, evaluations: [], models: stages.map(({ model }) => model), look: beforeTraining };
  refuse((await inspectData(readers, shelf)).mistakes);
  const taken = await takenVocabularies(stages, spec);
  const corpus = { stages: [...spec.stages.values()], data: shelf, learnt: learntIn(taken) };
  const tokenizers = await openTokenizers(stages, corpus);
  refuse(wrongVocabularies(taken, tokenizers));
  return { shelf, tokenizers };
}

async function writeStage(
  folder: string,
  stage: StageSpec,
  { shelf, tokenizers }: Opened,
  options: FolderOptions,
): Promise<object> {
  const { spec, file, version } = options;
  const { name } = stage;
  const tokenizer = tokenizers.get(name) ?? null;
  const needs = needsOfStage(stage, tokenizer);
  const items = await itemsOf(stage, needs, shelf);
  await writeSafetensors(join(folder, "items", `${name}.safetensors`), items.tensors);
  const beginning = await beginningOf(stage, spec);
  await writeSafetensors(join(folder, "initial", `${name}.safetensors`), beginning.tensors);
  const texts = await writeTexts(folder, stage, { tokenizer, spec, labels: await labelsUpTo(stage, spec, shelf) });
  const known = { spec, file, version, stage, dataSet: await shelf.ofStage(stage), needs, tokenizer, beginning };
  return {
    ...stagePlan(known),
    initial: `initial/${name}.safetensors`,
    data: { items: `items/${name}.safetensors`, ...items.plan },
    texts,
    programs: await writePrograms(folder, stage, options),
  };
}

/** Writes the texts that checkpoints include, by their names there. */
async function writeTexts(
  folder: string,
  { name }: StageSpec,
  { tokenizer, spec, labels }: { readonly tokenizer: Tokenizer | null; readonly spec: Spec; readonly labels: Labels },
): Promise<Record<string, string>> {
  const texts = new Map([
    [specificationFile, specificationText({ spec, labels })],
    ...(tokenizer === null ? [] : [[vocabularyFile, vocabularyText(tokenizer.vocabulary)] as const]),
  ]);
  const places = [...texts.keys()].map((text) => [text, `texts/${name}.${text}`] as const);
  for (const [text, place] of places) await writeFile(join(folder, place), texts.get(text) ?? "");
  return Object.fromEntries(places);
}

/** The names of classes and answers in the data of a stage and of its predecessors. */
async function labelsUpTo(stage: StageSpec, spec: Spec, shelf: DataShelf): Promise<Labels> {
  const before = stage.from.kind === "stage" ? spec.stages.get(stage.from.name) : undefined;
  const earlier: Labels = before === undefined ? new Map() : await labelsUpTo(before, spec, shelf);
  const held = [...earlier].filter(([head]) => stage.heads.some(({ name }) => name === head));
  return new Map([...held, ...labelsOf(stage, await shelf.ofStage(stage))]);
}

async function writePrograms(
  folder: string,
  stage: StageSpec,
  { devices, shardOptimizer: shards, precision, report }: FolderOptions,
): Promise<object> {
  const wanted = devices.map((ranks) => [ranks, programsOf(stage, { ranks, shards, precision })] as const);
  const all = wanted.reduce((sum, [, programs]) => sum + programs.length, 0);
  const plans: [string, object[]][] = [];
  let number = 0;
  for (const [ranks, programs] of wanted) {
    const ofRanks: object[] = [];
    for (const build of programs) {
      const { sources, ...program } = build();
      const files = [...sources].map(([device, source]) => {
        const kind = device === "any" ? "" : `.${device}`;
        return { device, source, file: `programs/${stage.name}.${number}.${program.name}${kind}.py` };
      });
      for (const { file, source } of files) await writeFile(join(folder, file), source);
      ofRanks.push({ ...program, files: Object.fromEntries(files.map(({ device, file }) => [device, file])) });
      report(`programs of ${stage.name}`, ++number, all);
    }
    plans.push([String(ranks), ofRanks]);
  }
  return Object.fromEntries(plans);
}

async function copyScripts(folder: string): Promise<void> {
  await cp(join(import.meta.dirname, "python"), folder, { recursive: true });
  for (const name of shared) await copyFile(join(scriptFolder, name), join(folder, name));
}
