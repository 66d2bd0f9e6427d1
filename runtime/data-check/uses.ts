// Data against the stages and evaluations that read them: enough for a batch, the classes of the heads, one list of
// answers for all.
import type { DataSpec, EvaluationSpec, HeadSpec, StageSpec } from "../../compiler/index.js";
import { checkSupplies, type DataSet } from "../data/index.js";
import { needsOf, needsOfStage } from "../stage-data.js";
import { courseOf } from "../train/schedule.js";
import { mistakesIn, placedAt, vlmoError, type VlmoError } from "../vlmo-error.js";

type Opened = (spec: DataSpec) => DataSet | undefined;

/** What is wrong between a stage and its data, of which `all` is everything; null where some could not be opened. */
export function stageMistakes(stage: StageSpec, all: DataSet | null, opened: Opened): VlmoError[] {
  const heads = stage.learn.map(({ head }) => head);
  const fits = stage.data.flatMap((spec) => heads.flatMap((head) => classMistakes(head, spec, opened(spec))));
  return [...listMistakes(heads, stage.data, opened), ...fits, ...(all === null ? [] : feeding(stage, all))];
}

/** What is wrong between an evaluation, its data, and the data of the stage. */
export function evaluationMistakes(evaluation: EvaluationSpec, stage: StageSpec, opened: Opened): VlmoError[] {
  const { data, metrics } = evaluation;
  const heads = stage.heads.filter(({ name }) => metrics.some(({ head }) => head === name));
  const dataSet = opened(data);
  if (dataSet === undefined) return [];
  const needs = needsOf({ model: stage.model, heads, augment: [], tokenizer: null, images: data.images });
  const supplied = tried(evaluation.span, () => checkSupplies({ ...dataSet, name: data.name }, needs));
  const learnt = heads.filter((head) => stage.learn.some((term) => term.head.name === head.name));
  const lists = listMistakes(learnt, [...stage.data, data], opened);
  return [...lists, ...heads.flatMap((head) => classMistakes(head, data, dataSet)), ...supplied];
}

function feeding(stage: StageSpec, all: DataSet): VlmoError[] {
  const { batch, span } = stage;
  const data = stage.data.map(({ name }) => name).join(", ");
  const short = (): void => {
    if (all.length >= batch) return;
    const reason = `it has ${all.length} usable items, fewer than one batch of ${batch}`;
    throw vlmoError("V919", { data, reason });
  };
  const supplies = () => checkSupplies({ ...all, name: data }, needsOfStage(stage, null));
  return [...tried(span, short), ...tried(span, supplies), ...(all.length < batch ? [] : lasting(stage, all))];
}

/** V993 where a share of an epoch is less than a step. */
function lasting(stage: StageSpec, all: DataSet): VlmoError[] {
  const { batch, name, span, duration } = stage;
  if (courseOf(stage, Math.floor(all.length / batch)).total >= 1) return [];
  const items = all.length.toLocaleString("en");
  return [vlmoError("V993", { stage: name, duration: `${duration.value} ${duration.unit}`, items, batch }, { span })];
}

function tried(span: DataSpec["span"], look: () => void): VlmoError[] {
  try {
    look();
    return [];
  } catch (error) {
    return mistakesIn(error).map((mistake) => placedAt(mistake, span));
  }
}

/** The outputs of a classifier: null for another head. */
function classesOf(head: HeadSpec): number | null {
  return head.kind === "classify" || head.kind === "compare" ? head.classes : null;
}

const ONE = { classes: "class", answers: "answer" } as const;

function choosesAnswers(head: HeadSpec): boolean {
  return head.kind === "classify" && head.loss === "bce";
}

function classMistakes(head: HeadSpec, spec: DataSpec, dataSet: DataSet | undefined): VlmoError[] {
  const classes = classesOf(head);
  if (classes === null || dataSet === undefined) return [];
  const what = choosesAnswers(head) ? "answers" : "classes";
  const list = dataSet[what];
  if (list === undefined) return what === "classes" ? labelMistakes(head, spec, dataSet) : [];
  if (list.length === classes) return [];
  const found = `${list.length.toLocaleString("en")} ${list.length === 1 ? ONE[what] : what}`;
  const holes = { head: head.name, classes: classes.toLocaleString("en"), data: spec.name, found };
  const help =
    `write \`classes: ${list.length}\` in the head` +
    (what === "answers" ? ", or choose the answers by `answers` or `answer_count` in the data block" : "");
  return [vlmoError("V954", holes, { span: head.span, help })];
}

/** Data without a list of classes hold numbers. */
function labelMistakes(head: HeadSpec, { span }: DataSpec, dataSet: DataSet): VlmoError[] {
  const classes = classesOf(head) ?? 0;
  let first: { readonly item: string; readonly label: number } | undefined;
  let count = 0;
  for (let i = 0; i < dataSet.length; i++) {
    const { label, name: item } = dataSet.item(i);
    if (label === undefined || label < classes) continue;
    first ??= { item, label };
    count += 1;
  }
  if (first === undefined) return [];
  return [vlmoError("V955", { head: head.name, last: classes - 1, ...first, others: count - 1 }, { span })];
}

/** Blocks that one classifier reads must number their classes alike. */
function listMistakes(heads: readonly HeadSpec[], specs: readonly DataSpec[], opened: Opened): VlmoError[] {
  if (!heads.some((head) => classesOf(head) !== null)) return [];
  const what = heads.some(choosesAnswers) ? "answers" : "classes";
  const lists = specs.flatMap((spec) => {
    const list = opened(spec)?.[what];
    return list === undefined ? [] : [{ spec, list: list.join("\n") }];
  });
  const [first] = lists;
  return lists.flatMap(({ spec, list }) => {
    if (first === undefined || list === first.list) return [];
    const help = `write the same \`${what}: […]\` in both data blocks`;
    return [vlmoError("V957", { first: first.spec.name, second: spec.name, what }, { span: spec.span, help })];
  });
}
