// Answers to questions, normalised and scored as by the official evaluation of VQA (Antol et al., ICCV 2015; vqaEval.py):
// punctuation, articles, number words and apostrophes do not matter, and an answer that several people gave scores higher.
import { vlmoError, type Location } from "../../errors/vlmo-error.js";
import type { ScoredAnswer } from "./data-set.js";
import { shown } from "./json-text.js";

const NUMBERS = ["none zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];
const ARTICLES: ReadonlySet<string> = new Set(["a", "an", "the"]);

const numberOf = new Map(NUMBERS.flatMap((words, number) => words.split(" ").map((word) => [word, String(number)])));

/** Contractions that are often written without their apostrophe. */
const CONTRACTIONS =
  "ain't aren't can't could've couldn't couldn't've didn't doesn't don't hadn't hadn't've hasn't haven't he'd he'd've he's " +
  "how'd how'll how's isn't it'd it'd've it'll ma'am mightn't mightn't've might've mustn't must've needn't not've " +
  "o'clock oughtn't 'ow's'at shan't she'd've should've shouldn't shouldn't've somebody'd somebody'd've somebody'll somebody's " +
  "someone'd someone'd've someone'll someone's something'd something'd've something'll that's there'd there'd've " +
  "there're there's they'd they'd've they'll they're they've 'twas wasn't we'd've we've weren't what'll what're what's " +
  "what've when's where'd where's where've who'd who'd've who'll who's who've why'll why're why's won't would've wouldn't " +
  "wouldn't've y'all y'all'll y'all'd've you'd you'd've you'll you're you've";

/** Contractions by their spelling without an apostrophe; `couldnt've` and `couldn'tve` lack one of two. */
const contractionOf = new Map(
  CONTRACTIONS.split(" ").flatMap((word) =>
    [...word.matchAll(/'/g)].map(({ index }) => [word.slice(0, index) + word.slice(index + 1), word] as const),
  ),
);

const PUNCTUATION = [...';/[]"{}()=+\\_-><@`,?!'];

/** The normalised form, in which answers are compared: `The red.` becomes `red`, `two` becomes `2`. */
export function normalisedAnswer(answer: string): string {
  const plain = answer
    .normalize()
    .replace(/[\n\t]/g, " ")
    .replace(/^[\s\p{Cf}]+|[\s\p{Cf}]+$/gu, "");
  const numeric = /\d,\d/.test(plain);
  const spaced = PUNCTUATION.reduce((text, mark) => {
    const loose = plain.includes(`${mark} `) || plain.includes(` ${mark}`) || numeric;
    return text.replaceAll(mark, loose ? "" : " ");
  }, plain);
  return spaced
    .replace(/\.(?!\d)/g, "")
    .toLowerCase()
    .split(/\s+/)
    .map((word) => numberOf.get(word) ?? word)
    .filter((word) => word !== "" && !ARTICLES.has(word))
    .map((word) => contractionOf.get(word) ?? word)
    .join(" ");
}

/** Memoized, since the same answers occur again and again. */
function remembering(): (answer: string) => string {
  const known = new Map<string, string>();
  return (answer) => {
    const normal = known.get(answer) ?? normalisedAnswer(answer);
    known.set(answer, normal);
    return normal;
  };
}

/** A closed list of answers by normalised form. Throws V990 if two of them are equal. */
export class AnswerList {
  private readonly indices = new Map<string, number>();
  private readonly normalise = remembering();

  constructor(
    readonly answers: readonly string[],
    place: Location,
  ) {
    answers.forEach((answer, index) => {
      const normal = this.normalise(answer);
      const before = answers[this.indices.get(normal) ?? index] ?? answer;
      if (this.indices.has(normal)) throw vlmoError("V990", { first: before, second: answer, normal }, place);
      this.indices.set(normal, index);
    });
  }

  /** The scored answers that are in the list; answers outside the list are no targets. Throws V913. */
  scored(value: unknown, field: string, place: Location): ScoredAnswer[] {
    const given = answersOf(value, this.normalise);
    if (given === undefined) {
      throw vlmoError("V913", { field, wanted: "an answer or a list of answers", got: shown(value) }, place);
    }
    return [...countsOf(given)].flatMap(([answer, count]) => {
      const index = this.indices.get(answer);
      return index === undefined ? [] : [{ index, score: scoreOf(count, given.length) }];
    });
  }
}

/**
 * The score of an answer that `count` of `all` people gave: three of the other nine make it right, averaged over who is left
 * out (0.3, 0.6, 0.9, 1 for one, two, three and more of ten). With fewer than four people, their share.
 */
function scoreOf(count: number, all: number): number {
  if (all < 4) return count / all;
  const agreed = (others: number): number => Math.min(1, others / 3);
  return (count * agreed(count - 1) + (all - count) * agreed(count)) / all;
}

/** The most people in a list that stands for given scores. */
const MOST_PEOPLE = 100;

/**
 * A list of answers to which `scored` gives these scores, with as few people as possible. The others in it answer `other`,
 * which must not be listed. Null if there is no such list.
 */
export function givenAnswers(
  scores: readonly ScoredAnswer[],
  answers: readonly string[],
  other: string,
): string[] | null {
  for (let all = Math.max(1, scores.length); all <= MOST_PEOPLE; all++) {
    const counts = scores.map(({ score }) => countOf(score, all));
    const said = counts.reduce((sum: number, count) => sum + (count ?? Infinity), 0);
    if (said > all) continue;
    const given = scores.flatMap(({ index }, i) =>
      Array.from({ length: counts[i] ?? 0 }, () => answers[index] ?? other),
    );
    return [...given, ...Array.from({ length: all - said }, () => other)];
  }
  return null;
}

/** The smallest number of `all` people that gives a score. */
function countOf(score: number, all: number): number | undefined {
  for (let count = 1; count <= all; count++) if (Math.abs(scoreOf(count, all) - score) < 1e-9) return count;
  return undefined;
}

/**
 * The answers to some questions, most frequent first, ties sorted. With `least` only those that are the own answer of at least
 * that many questions: the most frequent one that people gave (3,129 of VQA v2 with 9).
 */
export function commonAnswers(values: readonly unknown[], least: number | undefined): string[] {
  const normalise = remembering();
  const questions = values.flatMap((value) => {
    const given = answersOf(value, normalise);
    return given === undefined ? [] : [countsOf(given)];
  });
  const own = countsOf(questions.map(commonest));
  const given = least === undefined ? questions.flatMap((counts) => [...counts.keys()]) : [];
  const all = new Map([...given.map((answer) => [answer, 0] as const), ...own]);
  return [...all]
    .filter(([answer, count]) => answer !== "" && count >= (least ?? 0))
    .sort(([a, countA], [b, countB]) => countB - countA || (a < b ? -1 : 1))
    .map(([answer]) => answer);
}

/** The first of the largest counts. */
function commonest(counts: ReadonlyMap<string, number>): string {
  const most = Math.max(...counts.values());
  return [...counts].find(([, count]) => count === most)?.[0] ?? "";
}

function countsOf(answers: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const answer of answers) counts.set(answer, (counts.get(answer) ?? 0) + 1);
  return counts;
}

/** The normalised answers to a question; undefined unless the value is a text with visible characters or a list of such. */
function answersOf(value: unknown, normalise: (answer: string) => string): string[] | undefined {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  const texts = list.filter(isAnswer);
  return texts.length === list.length && list.length > 0 ? texts.map(normalise) : undefined;
}

function isAnswer(value: unknown): value is string {
  return typeof value === "string" && /[^\s\p{Cf}]/u.test(value) && !listAsText.test(value);
}

/** A list that a table holds as text, as Python prints it: `['red', 'blue']`. */
const listAsText = /^\s*\[\s*(['"]).*\1\s*\]\s*$/s;
