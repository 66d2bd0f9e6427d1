// Metrics of classifiers, from the logits of every item: they say how far up a right class stands, and of which class it is.
import { inputs, ruleOf, type HeadSpec } from "../../compiler/index.js";
import type { MetricValue } from "../train/listener.js";
import { maximum } from "../maximum.js";
import { countsIn, indicesOf, mean, outputsOf, rowsOf, tensorsOf, type Gathered } from "./gathered.js";
import type { Unnamed } from "./metric-names.js";

/** By class too: a mean hides a class that is never said. Guessing says the commonest classes. */
export function accuracyOfClasses(top: number, head: HeadSpec, gathered: Gathered): Unnamed {
  const choices = choicesOf(head, gathered);
  const right = choices.map((choice) => isAmong(choice, top));
  const counts = [...countsIn(choices.map((choice) => Int32Array.from(choice.right)))];
  const commonest = counts.sort((a, b) => b[1] - a[1]).slice(0, top);
  const guessed = new Set(commonest.map(([index]) => index));
  return {
    unit: "share",
    value: share(right),
    chance: share(choices.map((choice) => choice.right.some((index) => guessed.has(index)))),
    items: choices.length,
    noun: ruleOf(head).counted.noun,
    parts: byClass(choices, right, gathered),
  };
}

/** The share of right ones of each class that the data have; of several right answers the first counts. */
function byClass(choices: readonly Choice[], right: readonly boolean[], { dataSet }: Gathered) {
  const classes = new Map<number, boolean[]>();
  choices.forEach((choice, i) => {
    const [index] = choice.right;
    if (index === undefined) return;
    const known = classes.get(index) ?? [];
    known.push(right[i] === true);
    classes.set(index, known);
  });
  const names = dataSet.classes ?? dataSet.answers ?? [];
  return [...classes]
    .sort(([a], [b]) => a - b)
    .map(([index, own]) => ({ name: names[index] ?? String(index), value: share(own), items: own.length }));
}

/**
 * Share of the sentences that the head is right about for all images that they come with (NLVR2's eval/metrics.py).
 * Guessing is the better one of saying the commoner of true and false everywhere, which is never right about a sentence that
 * is true of one image and false of another, and of tossing a coin for every image.
 */
export function consistency(head: HeadSpec, gathered: Gathered): Unnamed {
  const choices = choicesOf(head, gathered);
  const labels = choices.map(({ right: [label = -1] }) => label);
  const counts = [...countsIn([Int32Array.from(labels)])];
  const [commonest] = counts.reduce((most, each) => (each[1] > most[1] ? each : most), [-1, 0]);
  return {
    unit: "share",
    value: shareOfSentences(
      choices.map((choice) => isAmong(choice, 1)),
      gathered,
    ),
    chance: Math.max(
      shareOfSentences(
        labels.map((label) => label === commonest),
        gathered,
      ),
      tossed(gathered),
    ),
    items: new Set(sentencesOf(gathered)).size,
    noun: "sentences",
  };
}

/** Of which every item is right. */
function shareOfSentences(right: readonly boolean[], gathered: Gathered): number {
  const whole = new Map<string, boolean>();
  sentencesOf(gathered).forEach((sentence, i) => {
    whole.set(sentence, (whole.get(sentence) ?? true) && right[i] === true);
  });
  return share([...whole.values()]);
}

/** The share of sentences that coins are right about for all of their images, to be expected. */
function tossed(gathered: Gathered): number {
  const images = new Map<string, number>();
  for (const sentence of sentencesOf(gathered)) images.set(sentence, (images.get(sentence) ?? 0) + 1);
  return mean([...images.values()].map((count) => 0.5 ** count));
}

/** What items share that are about one sentence: its identifier, or its words where the data give it none. */
function sentencesOf(gathered: Gathered): string[] {
  return indicesOf(gathered).map((index) => {
    const { sentence, text = "" } = gathered.dataSet.item(index);
    return sentence ?? text;
  });
}

/** What a classifier said of an item: its logits, and the classes that are right, the first of them by name. */
interface Choice {
  readonly logits: Float32Array;
  readonly right: readonly number[];
}

/** Of answers with scores those are right that score best; none where no answer of the item is among them. */
function choicesOf(head: HeadSpec, gathered: Gathered): Choice[] {
  const logits = rowsOf(outputsOf(gathered, `${head.name}.logits`));
  const scored = ruleOf(head).classes?.(head).of === "answers";
  const right = scored
    ? rowsOf(tensorsOf(gathered, inputs.answers)).map(bestIn)
    : tensorsOf(gathered, inputs.label).flatMap(({ data }) => Array.from(data, (label) => [label]));
  return logits.map((row, i) => ({ logits: row, right: right[i] ?? [] }));
}

function bestIn(scores: Float32Array): number[] {
  const most = maximum(scores);
  return most <= 0 ? [] : [...scores.keys()].filter((index) => scores[index] === most);
}

/** Whether a right class is among the `top` with the largest logits; of equal ones the first comes first. */
function isAmong({ logits, right }: Choice, top: number): boolean {
  return right.some((index) => {
    const own = logits[index] ?? Number.NaN;
    let before = 0;
    for (let i = 0; i < logits.length; i++) {
      const logit = logits[i] ?? 0;
      if (logit > own || (logit === own && i < index)) before++;
    }
    return !Number.isNaN(own) && before < top;
  });
}

function share(right: readonly boolean[]): number {
  return right.filter(Boolean).length / Math.max(1, right.length);
}

/** Mean score of the answer with the largest logit (`VQAScore` in the original's gadgets/my_metrics.py). */
export function vqaScore(head: HeadSpec, gathered: Gathered): Unnamed {
  const logits = rowsOf(outputsOf(gathered, `${head.name}.logits`));
  const targets = rowsOf(tensorsOf(gathered, inputs.answers));
  const scores = logits.map((row, i) => targets[i]?.[row.indexOf(maximum(row))] ?? 0);
  return {
    unit: "share",
    value: mean(scores),
    chance: bestColumn(targets),
    items: scores.length,
    noun: "questions",
    ...byType(scores, gathered),
  };
}

/** The mean of each type of answer that the data name, as the official evaluation has them (vqaEval.py). */
function byType(scores: readonly number[], gathered: Gathered): Pick<MetricValue, "parts"> {
  const types = new Map<string, number[]>();
  indicesOf(gathered).forEach((index, i) => {
    const { answerType: type } = gathered.dataSet.item(index);
    if (type === undefined) return;
    const known = types.get(type) ?? [];
    known.push(scores[i] ?? 0);
    types.set(type, known);
  });
  if (types.size === 0) return {};
  const named = [...types].sort(([a], [b]) => (a < b ? -1 : 1));
  return { parts: named.map(([name, own]) => ({ name, value: mean(own), items: own.length })) };
}

function bestColumn(targets: readonly Float32Array[]): number | null {
  const [first] = targets;
  if (first === undefined) return null;
  return maximum(Array.from(first, (_, column) => mean(targets.map((row) => row[column] ?? 0))));
}
