// Metrics of classifiers, from the logits of every item: the rank of the right class, and accuracy by class.
import { inputs, ruleOf, type HeadSpec } from "../../compiler/index.js";
import type { MetricValue } from "../train/listener.js";
import { maximum } from "../maximum.js";
import { countsIn, indicesOf, mean, outputsOf, rowsOf, tensorsOf, type Gathered } from "./gathered.js";
import type { Unnamed } from "./metric-names.js";

/** Accuracy, also by class: a mean hides a class that is never predicted. Chance level predicts the commonest classes. */
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

/** The accuracy of each class in the data; of several right answers the first one counts. */
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
 * Share of the sentences for which the head is right on all of their images (NLVR2's eval/metrics.py). Chance level is the
 * better of predicting the commoner of true and false everywhere, which is never right for a sentence that is true of one image
 * and false of another, and of predicting at random for every image.
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

/** Share of the sentences of which every item is right. */
function shareOfSentences(right: readonly boolean[], gathered: Gathered): number {
  const whole = new Map<string, boolean>();
  sentencesOf(gathered).forEach((sentence, i) => {
    whole.set(sentence, (whole.get(sentence) ?? true) && right[i] === true);
  });
  return share([...whole.values()]);
}

/** The expected share of sentences for which random predictions are right on all of their images. */
function tossed(gathered: Gathered): number {
  const images = new Map<string, number>();
  for (const sentence of sentencesOf(gathered)) images.set(sentence, (images.get(sentence) ?? 0) + 1);
  return mean([...images.values()].map((count) => 0.5 ** count));
}

/** The key that items with the same sentence share: its identifier, or its words where the data have no identifier. */
function sentencesOf(gathered: Gathered): string[] {
  return indicesOf(gathered).map((index) => {
    const { sentence, text = "" } = gathered.dataSet.item(index);
    return sentence ?? text;
  });
}

/** A classifier's prediction for an item: its logits, and the right classes, the first of them by name. */
interface Choice {
  readonly logits: Float32Array;
  readonly right: readonly number[];
}

/** Among answers with scores the best-scored ones are right; none where no answer of the item is a class. */
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

/** Whether a right class is among the `top` largest logits; ties go to the first class. */
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

/** The mean for each answer type in the data, as in the official evaluation (vqaEval.py). */
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
