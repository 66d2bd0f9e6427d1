// What a field of a record may hold: texts, labels, answers. Everything else is an error that says what was wanted.
import { vlmoError, type Place } from "../vlmo-error.js";
import type { ScoredAnswer } from "./data-set.js";
import { shown } from "./json-text.js";

/** A text with something in it. Throws V913, V914. */
export function textIn(value: unknown, field: string, place: Place): string {
  if (typeof value !== "string") throw vlmoError("V913", { field, wanted: "a text", got: shown(value) }, place);
  if (value.trim() === "") throw vlmoError("V914", { field }, place);
  return value;
}

/** A class index: a whole number, or the name of a class in any case, or true and false. Throws V913. */
export function labelOf(value: unknown, field: string, classes: readonly string[] | undefined, place: Place): number {
  const isName = typeof value === "string" || typeof value === "boolean";
  const named = isName && classes !== undefined ? classNamed(String(value), classes) : undefined;
  if (named !== undefined) return named;
  const most = classes === undefined ? Number.MAX_SAFE_INTEGER : classes.length - 1;
  if (typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= most) return value;
  const wanted =
    classes === undefined ? "a whole number (or name the classes in `classes`)" : `one of ${listed(classes)}`;
  throw vlmoError("V913", { field, wanted, got: shown(value) }, place);
}

/** The class of a name: as it is written, else in any case where only one is meant. */
function classNamed(name: string, classes: readonly string[]): number | undefined {
  const { exact, folded } = classNames.get(classes) ?? namesOf(classes);
  return exact.get(name.normalize()) ?? folded.get(name.normalize().toLowerCase()) ?? undefined;
}

interface ClassNames {
  readonly exact: ReadonlyMap<string, number>;
  /** Null: several classes differ in capitals alone. */
  readonly folded: ReadonlyMap<string, number | null>;
}

const classNames = new WeakMap<readonly string[], ClassNames>();

function namesOf(classes: readonly string[]): ClassNames {
  const exact = new Map(classes.map((name, i) => [name.normalize(), i]));
  const folded = new Map<string, number | null>();
  for (const [name, i] of exact) folded.set(name.toLowerCase(), folded.has(name.toLowerCase()) ? null : i);
  classNames.set(classes, { exact, folded });
  return { exact, folded };
}

/** Answers of several people count 0.3 each, at most 1 (VQA); one answer alone, not in a list, counts 1. */
const SHARE = 0.3;

/** The scored answers that are in the closed list; an answer that is not listed is no target. Throws V913. */
export function answersIn(value: unknown, field: string, answers: readonly string[], place: Place): ScoredAnswer[] {
  const given = answerTexts(value);
  if (given === undefined) {
    throw vlmoError("V913", { field, wanted: "an answer or a list of answers", got: shown(value) }, place);
  }
  const known = indexOf(answers);
  const scores = new Map<number, number>();
  for (const answer of given) {
    const index = known.get(answer);
    if (index !== undefined)
      scores.set(index, Math.min(1, (scores.get(index) ?? 0) + (Array.isArray(value) ? SHARE : 1)));
  }
  return [...scores].map(([index, score]) => ({ index, score: Math.round(score * 10) / 10 }));
}

/** Answers that occur at least `least` times, the commonest first, equal ones by their letters. */
export function commonAnswers(values: readonly unknown[], least: number): string[] {
  const counts = new Map<string, number>();
  for (const answer of values.flatMap((value) => answerTexts(value) ?? [])) {
    counts.set(answer, (counts.get(answer) ?? 0) + 1);
  }
  const order = ([a, countA]: [string, number], [b, countB]: [string, number]): number =>
    countB - countA || (a < b ? -1 : 1);
  return [...counts]
    .filter(([, count]) => count >= least)
    .sort(order)
    .map(([answer]) => answer);
}

function answerTexts(value: unknown): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter((entry) => typeof entry === "string").map((entry) => entry.trim().toLowerCase());
  return texts.length === list.length && list.length > 0 && texts.every((text) => text !== "") ? texts : undefined;
}

const indices = new WeakMap<readonly string[], ReadonlyMap<string, number>>();

function indexOf(answers: readonly string[]): ReadonlyMap<string, number> {
  const known = indices.get(answers) ?? new Map(answers.map((answer, i) => [answer.toLowerCase(), i]));
  indices.set(answers, known);
  return known;
}

/** Names in a message, of many the first. */
export function listed(names: readonly string[]): string {
  if (names.length === 0) return "none";
  const few = names.slice(0, 6).map((name) => `\`${name}\``);
  return few.join(", ") + (names.length > few.length ? ` and ${names.length - few.length} more` : "");
}
