// Frequencies of classes and answers in a data set, most frequent first.
import { sampled, filesOf, NO_CLASS, type DataSet } from "../index.js";
import { orNull } from "../../errors/vlmo-error.js";
import type { LocalLoader } from "../images/image.js";

/** Counts by name, including names of the list that do not occur. */
export interface Frequencies {
  /** What is counted: items with a class, items for which an answer is right, pixels of masks. */
  readonly of: "items" | "questions" | "pixels";
  /** For masks, which must be decoded: how many were, and how many there are. */
  readonly looked: { readonly masks: number; readonly all: number } | null;
  readonly counts: readonly { readonly name: string; readonly count: number; readonly share: number }[];
}

/** Masks that are decoded: a few seconds. */
const MASKS = 200;

/** Class or answer frequencies of a data set; null if it has neither. Unreadable masks are skipped. */
export async function frequenciesOf(dataSet: DataSet, loader: LocalLoader): Promise<Frequencies | null> {
  const { supplies } = dataSet;
  if (supplies.has("label")) return ofItems(dataSet);
  if (supplies.has("answers")) return ofAnswers(dataSet);
  return supplies.has("mask") ? ofPixels(dataSet, loader) : null;
}

function ofItems({ length, item, classes = [] }: DataSet): Frequencies {
  const counts = new Map<number, number>(classes.map((_, label) => [label, 0]));
  for (let i = 0; i < length; i++) {
    const { label } = item(i);
    if (label !== undefined) counts.set(label, (counts.get(label) ?? 0) + 1);
  }
  return { of: "items", looked: null, counts: named(counts, classes, length) };
}

function ofAnswers({ length, item, answers = [] }: DataSet): Frequencies {
  const counts = new Map<number, number>(answers.map((_, index) => [index, 0]));
  for (let i = 0; i < length; i++)
    for (const { index } of item(i).answers ?? []) counts.set(index, (counts.get(index) ?? 0) + 1);
  return { of: "questions", looked: null, counts: named(counts, answers, length) };
}

async function ofPixels(dataSet: DataSet, loader: LocalLoader): Promise<Frequencies> {
  const { classes = [], length, item } = dataSet;
  const counts = new Map<number, number>(classes.map((_, label) => [label, 0]));
  const files = filesOf(dataSet).filter(({ holds }) => holds === "mask");
  const masks =
    files.length > 0
      ? sampled(files, MASKS).map(({ file }) => file)
      : Array.from({ length: Math.min(length, MASKS) }, (_, i) => item(i).mask).flatMap((mask) => mask ?? []);
  let pixels = 0;
  for (const mask of masks) {
    const found = await orNull(loader.loadClasses(mask, DRAWN));
    for (const label of found?.data ?? []) {
      if (label === NO_CLASS) continue;
      counts.set(label, (counts.get(label) ?? 0) + 1);
      pixels += 1;
    }
  }
  const looked = { masks: masks.length, all: files.length > 0 ? files.length : length };
  return { of: "pixels", looked, counts: named(counts, classes, pixels) };
}

/** Width and height of drawn masks, which have no size of their own. */
const DRAWN = 48;

function named(counts: ReadonlyMap<number, number>, names: readonly string[], all: number): Frequencies["counts"] {
  return [...counts]
    .sort(([a, first], [b, second]) => second - first || a - b)
    .map(([index, count]) => ({ name: names[index] ?? String(index), count, share: all === 0 ? 0 : count / all }));
}
