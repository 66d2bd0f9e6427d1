// Caption metrics: published examples, and independent implementations of their formulas on random texts.
import { describe, expect, test } from "vitest";
import { bleu, cider, rouge, wordsOf, type Scored } from "../../../runtime/evaluate/caption-scores.js";
import { stream } from "../../../runtime/random.js";

const of = (said: string, ...references: string[]): Scored => ({
  said: wordsOf(said),
  references: references.map(wordsOf),
});

test.each([
  ["A man's dog isn't here.", ["a", "man", "'s", "dog", "is", "n't", "here"]],
  ["Two  black-and-white cats, sitting (again)!", ["two", "black-and-white", "cats", "sitting", "again"]],
  ["they’re 'so' good - 3 of 5", ["they", "'re", "so", "good", "3", "of", "5"]],
  ["", []],
])("%s is tokenised without punctuation", (text, words) => {
  expect(wordsOf(text)).toEqual(words);
});

// Papineni et al. 2002, example 1: candidate 1 has eighteen words, seventeen of them in the references, and 10 of its bigrams.
const party = [
  "It is a guide to action that ensures that the military will forever heed Party commands",
  "It is the guiding principle which guarantees the military forces always being under the command of the Party",
  "It is the practical guide for the army always to heed the directions of the party",
];

describe("published examples", () => {
  test("BLEU of Papineni's first candidate has the precisions 17/18, 10/17, 7/16 and 4/15", () => {
    const candidate = "It is a guide to action which ensures that the military always obeys the commands of the party";
    expect(bleu([of(candidate, ...party)])).toBeCloseTo(((17 / 18) * (10 / 17) * (7 / 16) * (4 / 15)) ** 0.25, 6);
  });

  test("BLEU clips repeated n-grams, and takes the closest reference length, the shorter of two", () => {
    // Without a matching 4-gram the score is close to 0.
    expect(bleu([of("the the the the the the the", "the cat is on the mat")])).toBeLessThan(1e-3);
    expect(bleu([of("a b c d", "a b c d e f", "a b")])).toBeCloseTo(1, 6);
    expect(bleu([of("a b c d", "a b c d e")])).toBeCloseTo(Math.exp(1 - 5 / 4), 6);
  });

  test("ROUGE-L of Lin's police example: a common subsequence of three of four words", () => {
    expect(rouge([of("police kill the gunman", "police killed the gunman")])).toBeCloseTo(3 / 4, 9);
    expect(rouge([of("the gunman kill police", "police killed the gunman")])).toBeCloseTo(2 / 4, 9);
    const [precision, recall] = [2 / 2, 2 / 4];
    const f = ((1 + 1.44) * precision * recall) / (recall + 1.44 * precision);
    expect(rouge([of("the gunman", "police killed the gunman")])).toBeCloseTo(f, 9);
    expect(rouge([of("nothing", "police killed the gunman"), of("a b", "a b")])).toBeCloseTo(1 / 2, 9);
  });

  test("CIDEr-D is 10 for the only reference itself, 0 without common words, and decreases with the length difference", () => {
    const [one, two] = ["a red ball on grass", "two blue cars in rain"];
    expect(cider([of(one, one), of(two, two)])).toBeCloseTo(10, 9);
    expect(cider([of(two, one), of(one, two)])).toBe(0);
    const longer = cider([of(`${one} ${one}`, one), of(two, two)]);
    expect(longer).toBeLessThan((10 * (1 + Math.exp(-25 / 72))) / 2);
    // Words in the references of all images have weight 0.
    expect(cider([of("same words again", "same words again"), of("same words again", "same words again")])).toBe(0);
  });

  test("an empty caption scores 0", () => {
    for (const score of [bleu, rouge, cider]) expect(score([of("", "a b c d"), of("", "e f")])).toBeCloseTo(0, 6);
  });
});

describe("agree with their definitions on random texts:", () => {
  const data = Array.from({ length: 12 }, (_, i): Scored => {
    const random = stream(9, "captions", i);
    const words = (least: number) =>
      Array.from({ length: least + random.integer(8) }, () => "abcdefg"[random.integer(7)] ?? "");
    return { said: words(4), references: Array.from({ length: 1 + random.integer(5) }, () => words(5)) };
  });
  const runs = (words: readonly string[], n: number) =>
    words
      .map((_, i) => words.slice(i, i + n))
      .filter((run) => run.length === n)
      .map((run) => run.join());
  const times = (list: readonly string[], run: string) => list.filter((each) => each === run).length;
  const sum = (values: readonly number[]) => values.reduce((a, b) => a + b, 0);
  const average = (values: readonly number[]) => sum(values) / values.length;

  test("BLEU-4", () => {
    const logs = [1, 2, 3, 4].map((n) => {
      const parts = data.map(({ said, references }) => {
        const own = runs(said, n);
        const most = (run: string) => Math.max(...references.map((words) => times(runs(words, n), run)));
        return { right: sum([...new Set(own)].map((run) => Math.min(times(own, run), most(run)))), made: own.length };
      });
      return Math.log(sum(parts.map(({ right }) => right)) / sum(parts.map(({ made }) => made)));
    });
    const said = sum(data.map((each) => each.said.length));
    const wanted = sum(
      data.map((each) => {
        const gaps = each.references.map((words) => [Math.abs(words.length - each.said.length), words.length] as const);
        return gaps.reduce((a, b) => (b[0] < a[0] || (b[0] === a[0] && b[1] < a[1]) ? b : a))[1];
      }),
    );
    expect(bleu(data)).toBeCloseTo(Math.exp(average(logs) + Math.min(0, 1 - wanted / said)), 6);
  });

  test("ROUGE-L", () => {
    const common = (a: readonly string[], b: readonly string[]): number => {
      const [x, y] = [a.at(-1), b.at(-1)];
      if (x === undefined || y === undefined) return 0;
      const [less, fewer] = [a.slice(0, -1), b.slice(0, -1)];
      return x === y ? 1 + common(less, fewer) : Math.max(common(less, b), common(a, fewer));
    };
    const short = data.map(({ said, references }) => ({
      said: said.slice(0, 6),
      references: references.map((words) => words.slice(0, 7)),
    }));
    const scores = short.map(({ said, references }) => {
      const p = Math.max(...references.map((words) => common(said, words) / said.length));
      const r = Math.max(...references.map((words) => common(said, words) / words.length));
      return p === 0 || r === 0 ? 0 : (2.44 * p * r) / (r + 1.44 * p);
    });
    expect(rouge(short)).toBeCloseTo(average(scores), 9);
  });

  test("CIDEr-D", () => {
    const holds = (run: string, n: number) =>
      data.filter(({ references }) => references.some((words) => runs(words, n).includes(run))).length;
    const scores = data.map(({ said, references }) =>
      average(
        references.map((words) =>
          average(
            [1, 2, 3, 4].map((n) => {
              const vocabulary = [...new Set([...runs(said, n), ...runs(words, n)])];
              const weigh = (list: readonly string[]) =>
                vocabulary.map((run) => times(runs(list, n), run) * Math.log(data.length / Math.max(1, holds(run, n))));
              const [a, b] = [weigh(said), weigh(words)];
              const norm = Math.sqrt(sum(a.map((x) => x * x)) * sum(b.map((x) => x * x)));
              const product = sum(a.map((x, i) => Math.min(x, b[i] ?? 0) * (b[i] ?? 0)));
              return norm === 0 ? 0 : (product / norm) * Math.exp(-((said.length - words.length) ** 2) / 72);
            }),
          ),
        ),
      ),
    );
    expect(cider(data)).toBeCloseTo(10 * average(scores), 9);
  });
});
