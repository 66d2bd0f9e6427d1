// The text of a specification for a data set found in a folder.
import path from "node:path";
import type { DataFormat, DataKind } from "../../compiler/index.js";
import { counted, createSource, formatSource, stringText } from "../../grammar/index.js";
import type { Chosen } from "./choose.js";
import { shellWord } from "../printable.js";
import { renamed, withKnown } from "./known-heads.js";
import type { ModelText } from "./model.js";
import type { Source } from "./source.js";
import { tasks, type Facts, type Task } from "./tasks.js";

/** Where the specification will be, and the folder its data paths are relative to. */
export interface Places {
  readonly folder: string;
  readonly out: string;
}

/** The training settings. */
export interface Training {
  readonly model: ModelText;
  readonly batch: number;
  readonly steps: number;
}

/** The data blocks alone: samples are counted with them before anything else is decided. */
export function dataText({ learnt, unseen }: Chosen, places: Places): string {
  const [own, other] = "learnt" in unseen ? [unseen.learnt, block(learnt, unseen.unseen)] : [{}, block(unseen, {})];
  const list = listOf(learnt);
  return [
    "/// The folder of the data, relative to this file.",
    `param data: string = ${stringText(relative(places))}`,
    "",
    `data learnt: ${learnt.kind} {`,
    ...block(learnt, own),
    "}",
    "",
    "/// Held out: nothing is learnt from these.",
    `data unseen: ${learnt.kind} {`,
    ...other,
    ...(list === null || Object.hasOwn(learnt.settings, list) ? [] : [`  ${list}: from(learnt)`]),
    "}",
  ].join("\n");
}

/** Formats whose classes are numbers or are named by settings: there is no list to take from the first block. */
const numbered: Partial<Readonly<Record<DataKind, readonly DataFormat[]>>> = {
  labelled_images: ["jsonl", "csv", "webdataset", "parquet", "arrow"],
  masks: ["folder", "jsonl", "csv", "webdataset", "parquet", "arrow"],
};

/** The list that both blocks number alike, if the first block has one. */
function listOf({ kind, format }: Source): "classes" | "answers" | null {
  return numbered[kind]?.includes(format) === true ? null : tasks[kind].list;
}

function relative({ folder, out }: Places): string {
  const way = path.relative(path.dirname(out), folder).replaceAll(path.sep, "/");
  return way === "" ? "." : way;
}

function block({ format, paths, settings }: Source, more: Readonly<Record<string, string>>): string[] {
  const located = Object.entries(paths).map(
    ([key, file]) => `  ${key}: ${file === "" ? "data" : `data + ${stringText(`/${file}`)}`}`,
  );
  const others = Object.entries({ ...settings, ...more }).map(([key, value]) =>
    value.startsWith("{") ? `  ${key} ${value}` : `  ${key}: ${value}`,
  );
  return [`  format: ${format}`, ...located, ...others];
}

/** The whole specification. */
export function specText(chosen: Chosen, facts: Facts, training: Training, places: Places): string {
  const { learnt } = chosen;
  const task = tasks[learnt.kind];
  const name = path.basename(places.out);
  const text = [
    "vlmo 1",
    "",
    `// Learns ${task.learns}, from ${facts.items.toLocaleString("en")} ${learnt.kind.replace("_", " ")} (format \`${learnt.format}\`).`,
    "//",
    `//   vlmo check ${shellWord(name)} --data`,
    ...nextCommands(name, relative(places), learnt, facts).map((command) => `//   ${command}`),
    "",
    dataText(chosen, places),
    "",
    ...training.model.declaration,
    "",
    ...withKnown(task.heads(facts, training.model), training.model.heads),
    "",
    ...stageLines(task, facts, training),
    "",
    ...evaluationLines(task.metrics(facts).map((metric) => renamed(metric, training.model.heads))),
  ].join("\n");
  return canonical(text);
}

/** The name of the generated stage. */
export const STAGE = "fitted";

/** The commands that train a specification and query the result. */
export function nextCommands(file: string, folder: string, { kind, holdsImages }: Source, facts: Facts): string[] {
  const images = holdsImages === true ? "IMAGES" : shellWord(folder);
  const run = shellWord(`runs/${path.basename(file, ".vlmo")}`);
  return [`vlmo train ${shellWord(file)} --out ${run}`, `vlmo ${tasks[kind].ask(run, images, facts)}`];
}

function stageLines(task: Task, { items }: Facts, { model, batch, steps }: Training): string[] {
  const epochs = (steps * batch) / items;
  const every = Math.max(1, Math.floor(steps / VALIDATIONS));
  return [
    `/// ${counted(steps, "step", "steps")} of ${batch} are ${epochs < 10 ? epochs.toFixed(1) : Math.round(epochs)} epochs.`,
    `${model.from === "" ? "stage" : "finetune"} ${STAGE}${model.from} {`,
    `  model: ${model.name}`,
    ...model.entries.map((entry) => `  ${entry}`),
    "  data: learnt",
    `  learn: ${renamed(task.learn, model.heads)}`,
    "  train: all",
    `  batch: ${batch}`,
    `  steps: ${steps}`,
    `  optimizer: adamw(lr: ${model.lr}, weight_decay: 0.05, clip: 1)`,
    `  schedule: cosine(warmup: ${Math.max(1, Math.round(steps / 20))} steps)`,
    ...(task.augment === null ? [] : [`  augment: ${task.augment}`]),
    ...(task.best === null ? [] : [`  validate: every ${every} steps`, `  best: ${task.best}`]),
    "}",
  ];
}

function evaluationLines(metrics: readonly string[]): string[] {
  if (metrics.length === 0) return [];
  return [`evaluate held_out on unseen using ${STAGE} {`, ...metrics.map((metric) => `  ${metric}`), "}"];
}

/** Evaluations during a stage. */
const VALIDATIONS = 5;

function canonical(text: string): string {
  const { text: formatted, diagnostics } = formatSource(createSource("", text));
  if (formatted === undefined) throw new Error(`internal: ${diagnostics[0]?.message ?? ""}\n${text}`);
  return formatted;
}
