// Checks data against the stages and evaluations that read them: enough items for a batch, the classes of the heads, the same
// list of answers for all.
import {
  durationText,
  namesList,
  ruleOf,
  shareText,
  sharesOf,
  type DataSpec,
  type EvaluationSpec,
  type HeadSpec,
  type StageSpec,
} from "../../../compiler/index.js";
import { checkSupplies, recordsOf, type DataSet } from "../index.js";
import { needsOfEvaluation, needsOfStage } from "../stage-data.js";
import { courseOf, stepsOf } from "../../train/schedule.js";
import { mistakesIn, placedAt, vlmoError, type VlmoError } from "../../errors/vlmo-error.js";

type Opened = (spec: DataSpec) => DataSet | undefined;

/** Mistakes between a stage and its data. `all`: the data as one set; null if some could not be opened. */
export function stageMistakes(stage: StageSpec, all: DataSet | null, opened: Opened): VlmoError[] {
  const heads = stage.learn.map(({ head }) => head);
  const lists = listMistakes(heads, stage.data, opened);
  const fits = notDiffering(stage.data, lists).flatMap((spec) =>
    heads.flatMap((head) => classMistakes(head, spec, opened(spec), asManyAs)),
  );
  return [...lists, ...fits, ...(all === null ? [] : feeding(stage, all))];
}

/** A note on a stage that is not a mistake: why it learns less than it seems to, how often data are drawn. */
export interface Doubt {
  readonly data: string;
  readonly says: string;
}

/** All notes on a stage. */
export function stageDoubts(stage: StageSpec, all: DataSet): Doubt[] {
  const says = [unvalidated(stage, all), nothingWrong(stage, all)].filter((each) => each !== null);
  return [...says.flatMap((each) => stage.data.map(({ name }) => ({ data: name, says: each }))), ...drawn(stage, all)];
}

/** How often data in a mixture are drawn per epoch. */
function drawn({ name: stage, data, weights }: StageSpec, all: DataSet): Doubt[] {
  if (weights === null) return [];
  const shares = sharesOf(weights);
  return data.map(({ name }, i) => {
    const share = shares[i] ?? 0;
    const times = Number(((share * recordsOf(all)) / (all.parts?.[i]?.records ?? 1)).toPrecision(3));
    const says = `stage \`${stage}\` draws ${shareText(share)} of its samples from it: an item comes ${times} times an epoch on average`;
    return { data: name, says };
  });
}

/** Pairs without any negative, from which heads that distinguish right pairs from wrong ones learn nothing. */
function nothingWrong({ learn }: StageSpec, all: DataSet): string | null {
  const heads = learn.map(({ head }) => head).filter((head) => ruleOf(head).wants(head).matches === true);
  const one = heads.length === 0 ? null : allAlike(all);
  if (one === null) return null;
  const names = heads.map(({ name }) => `\`${name}\``).join(", ");
  return `all pairs have the same ${one}: none is wrong for another, and ${names} can learn nothing`;
}

/** Whether all pairs have the same image or text; null if not. */
function allAlike({ length, item }: DataSet): "image" | "text" | null {
  const keyOf = { image: (i: number) => item(i).images[0]?.key, text: (i: number) => item(i).text?.trim() } as const;
  const differs = (of: keyof typeof keyOf): boolean => {
    for (let i = 1; i < length; i++) if (keyOf[of](i) !== keyOf[of](0)) return true;
    return false;
  };
  if (!differs("image")) return "image";
  return differs("text") ? null : "text";
}

/** Mistakes between an evaluation, its data, and the data of its stage. */
export function evaluationMistakes(evaluation: EvaluationSpec, stage: StageSpec, opened: Opened): VlmoError[] {
  const { data, metrics } = evaluation;
  const heads = stage.heads.filter(({ name }) => metrics.some(({ head }) => head === name));
  const dataSet = opened(data);
  if (dataSet === undefined) return [];
  const needs = needsOfEvaluation(evaluation, stage, null);
  const supplied = attempt(evaluation.span, () => checkSupplies({ ...dataSet, name: data.name }, needs));
  const learnt = heads.filter((head) => stage.learn.some((term) => term.head.name === head.name));
  const lists = listMistakes(learnt, [...stage.data, data], opened);
  const listOf = (head: HeadSpec, spec: DataSpec) => opened(spec)?.[choicesOf(head)?.of ?? "classes"];
  const isNumbered = (head: HeadSpec): boolean =>
    learnt.includes(head) && !stage.data.some((spec) => listOf(head, spec) !== undefined);
  const fits = notDiffering([data], lists).flatMap((spec) =>
    heads.flatMap((head) => classMistakes(head, spec, dataSet, isNumbered(head) ? asNumbered : asManyAs)),
  );
  return [...lists, ...fits, ...supplied];
}

/** Data without a reported list difference: if the list is wrong, its length is not compared as well. */
function notDiffering(specs: readonly DataSpec[], mistakes: readonly VlmoError[]): DataSpec[] {
  return specs.filter(({ span }) => !mistakes.some((mistake) => mistake.span === span));
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
  return [...attempt(span, short), ...attempt(span, supplies), ...(all.length < batch ? [] : lasting(stage, all))];
}

/** Mistakes that depend on the number of items: V993 if a share of an epoch is less than a step, V974. */
function lasting(stage: StageSpec, all: DataSet): VlmoError[] {
  const { batch, name, span, duration, schedule } = stage;
  const { total, warmup: up } = courseOf(stage, epochOf(stage, all));
  const items = recordsOf(all).toLocaleString("en");
  if (total < 1) return [vlmoError("V993", { stage: name, duration: durationText(duration), items, batch }, { span })];
  if (up <= total) return [];
  const [steps, most] = [up, total].map((count) => count.toLocaleString("en"));
  const holes = { stage: name, warmup: durationText(schedule.warmup), steps: steps ?? "", total: most ?? "", items };
  return [vlmoError("V974", holes, { span })];
}

/** Steps per epoch. */
function epochOf({ batch }: StageSpec, all: DataSet): number {
  return Math.floor(recordsOf(all) / batch);
}

/** A note if a stage ends before its first validation. */
function unvalidated(stage: StageSpec, all: DataSet): string | null {
  if (stage.validate === null || stage.validate.every.unit === stage.duration.unit) return null;
  const { total } = courseOf(stage, epochOf(stage, all));
  if (stepsOf(stage.validate.every, total, epochOf(stage, all)) <= total) return null;
  const every = durationText(stage.validate.every);
  return `stage \`${stage.name}\` ends after ${total.toLocaleString("en")} steps, before its first validation after ${every}`;
}

function attempt(span: DataSpec["span"], look: () => void): VlmoError[] {
  try {
    look();
    return [];
  } catch (error) {
    return mistakesIn(error).map((mistake) => placedAt(mistake, span));
  }
}

const ONE = { classes: "class", answers: "answer" } as const;

/** The number of classes or answers of a head; null for other heads. */
export function choicesOf(head: HeadSpec): { readonly count: number; readonly of: "classes" | "answers" } | null {
  return ruleOf(head).classes?.(head) ?? null;
}

/** What the data have, unlike the head. */
interface Found {
  readonly count: number;
  readonly what: "classes" | "answers";
}

type Advice = (head: HeadSpec, data: DataSpec, found: Found) => string | undefined;

function classMistakes(head: HeadSpec, spec: DataSpec, dataSet: DataSet | undefined, help: Advice): VlmoError[] {
  const choices = choicesOf(head);
  if (choices === null || dataSet === undefined) return [];
  const { count: classes, of: what } = choices;
  const list = dataSet[what];
  if (list === undefined) return what === "classes" ? labelMistakes(head, spec, dataSet) : [];
  if (list.length === classes) return [];
  const found = `${list.length.toLocaleString("en")} ${list.length === 1 ? ONE[what] : what}`;
  const holes = { head: head.name, classes: classes.toLocaleString("en"), data: spec.name, found };
  return [vlmoError("V954", holes, { span: head.span, help: help(head, spec, { count: list.length, what }) })];
}

/**
 * Help for making the number of classes of a head and of its data equal. The head's specification does not tell which of its
 * keys sets that number: some heads have one for classes and one for answers.
 */
function asManyAs(head: HeadSpec, { format }: DataSpec, { count, what }: Found): string {
  const classes = `\`classes: ${count}\``;
  if (what === "answers") {
    const chosen = namesList(format, what)
      ? "; or choose the answers by `answers` or `answer_count` in the data block"
      : "";
    return `write \`answers: answers(count: ${count})\` in the head, ${classes} where it has that key${chosen}`;
  }
  if (count < 2) return "with one class there is nothing to choose: name data that have at least two";
  const mayHaveAnswers = Object.hasOwn(ruleOf(head).schema.shape, "answers");
  const mayLack = count < (choicesOf(head)?.count ?? 0) && namesList(format, what);
  const other = mayLack ? "; or list all in `classes` of the data, which may lack some" : "";
  return `write ${classes} in the head${mayHaveAnswers ? ", in place of `answers` where it has that key" : ""}${other}`;
}

/** Help for data with a list, evaluated on a head that was trained on class indices and keeps them. */
function asNumbered({ name }: HeadSpec, { format }: DataSpec, { what }: Found): string | undefined {
  if (!namesList(format, what)) return undefined;
  return `\`${name}\` learns numbers: list in \`${what}\` of these data what each of them means, from 0, whether it occurs or not`;
}

/** Data without a list of classes have class indices: V955 if one is out of range. */
function labelMistakes(head: HeadSpec, { span }: DataSpec, dataSet: DataSet): VlmoError[] {
  const classes = choicesOf(head)?.count ?? 0;
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

/** Blocks that one classifier reads must number their classes alike: V957. */
function listMistakes(heads: readonly HeadSpec[], specs: readonly DataSpec[], opened: Opened): VlmoError[] {
  const choices = heads.flatMap((head) => choicesOf(head) ?? []);
  if (choices.length === 0) return [];
  const what = choices.some(({ of }) => of === "answers") ? "answers" : "classes";
  const lists = specs.flatMap((spec) => {
    const list = opened(spec)?.[what];
    return list === undefined ? [] : [{ spec, list }];
  });
  const [first] = lists;
  return lists.flatMap(({ spec, list }) => {
    if (first === undefined || list.join("\n") === first.list.join("\n")) return [];
    const difference = differenceOf(first, { spec, list });
    const holes = { first: first.spec.name, second: spec.name, what, difference };
    return [vlmoError("V957", holes, { span: spec.span, help: oneList(what, first.spec, spec) })];
  });
}

interface Listed {
  readonly spec: DataSpec;
  readonly list: readonly string[];
}

function differenceOf(first: Listed, second: Listed): string {
  const alone = (one: Listed, other: Listed): string[] => {
    const names = new Set(other.list);
    const own = one.list.filter((name) => !names.has(name));
    const others = own.length > 3 ? ` and ${(own.length - 3).toLocaleString("en")} more` : "";
    const shown = own.slice(0, 3).map((name) => `\`${name}\``);
    return own.length === 0 ? [] : [`only \`${one.spec.name}\` has ${shown.join(", ")}${others}`];
  };
  const parts = [...alone(first, second), ...alone(second, first)];
  return parts.length === 0 ? "they are the same in another order" : parts.join(", ");
}

/** Help for giving two blocks the same list: the later one takes the list of the first, if its format can. */
function oneList(what: "classes" | "answers", first: DataSpec, second: DataSpec): string | undefined {
  const [taker, giver] = namesList(second.format, what) ? [second, first] : [first, second];
  if (!namesList(taker.format, what)) return undefined;
  const file = `\`${what}: "${what}.txt"\``;
  return `write \`${what}: from(${giver.name})\` in \`${taker.name}\`, or ${file} in both, a file of one a line`;
}
