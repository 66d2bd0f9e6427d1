// Answers to questions: normalisation, vocabulary and scores.
import { describe, expect, it, test } from "vitest";
import { stream } from "../../../../runtime/random.js";
import { AnswerList, commonAnswers, normalisedAnswer } from "../../../../runtime/data/sources/answers.js";

test.each([
  ["red", "red"],
  ["RED.", "red"],
  ["The red", "red"],
  [" a  red ", "red"],
  ["red!", "red"],
  ["two", "2"],
  ["Ten dogs", "10 dogs"],
  ["none", "0"],
  ["1,000", "1000"],
  ["2.5", "2.5"],
  ["2.", "2"],
  ["dont know", "don't know"],
  ["Don't know", "don't know"],
  ["wont", "won't"],
  ["couldnt've", "couldn't've"],
  ["couldn'tve", "couldn't've"],
  ["yall'd've", "y'all'd've"],
  ["lets", "lets"],
  ["black/white", "black white"],
  ["black / white", "black white"],
  ["t-shirt", "t shirt"],
  ["(left)", "left"],
  ["it's\ta cat\n", "it's cat"],
  ["The", ""],
  ["cafe\u0301", "caf\u00e9"],
  ["\u200bred\ufeff", "red"],
])("%j is normalised to %j", (answer, normal) => {
  expect(normalisedAnswer(answer)).toBe(normal);
});

describe("the list of answers", () => {
  const ten = (answer: string, times: number, other: string): string[] => [
    ...Array.from({ length: times }, () => answer),
    ...Array.from({ length: 10 - times }, () => other),
  ];
  const questions = [...Array.from({ length: 9 }, () => ten("red", 9, "dunno")), ten("weird", 9, "dunno")];

  it("has every answer, ordered by the number of questions whose most common answer it is", () => {
    expect(commonAnswers(questions, undefined)).toEqual(["red", "weird", "dunno"]);
  });

  it("counts questions, not annotators, for the minimum count", () => {
    expect(commonAnswers(questions, 9)).toEqual(["red"]);
    expect(commonAnswers(questions, 1)).toEqual(["red", "weird"]);
  });

  it("merges spellings of one answer, and drops one that is only an article", () => {
    expect(commonAnswers([["Two", "2", "the two"], "2", ["The"]], undefined)).toEqual(["2"]);
  });

  it.each([["\u200b"], ["['red', 'red']"], ['["red"]'], [""], [[]], [["red", 2]]])("refuses %j as answers", (value) => {
    const list = new AnswerList(["red"], { file: "x.jsonl" });
    expect(() => list.scored(value, "answers", {})).toThrow(/should be an answer or a list of answers/);
  });

  it("refuses two answers with one normal form", () => {
    expect(() => new AnswerList(["two", "red", "2"], { file: "x.jsonl" })).toThrow(/`two` and `2`/);
  });
});

test.each([
  { given: "Red.", scores: [1, 0] },
  { given: ["red"], scores: [1, 0] },
  { given: ["red", "blue"], scores: [1 / 2, 1 / 2] },
  { given: ["red", "red", "green"], scores: [2 / 3, 0] },
  { given: ["blue", "blue", "blue"], scores: [0, 1] },
  { given: ["red", "a red", "RED", "blue"], scores: [(3 * (2 / 3) + 1) / 4, 1 / 4] },
  { given: [...Array<string>(9).fill("other"), "red"], scores: [0.3, 0] },
  { given: [...Array<string>(8).fill("other"), "red", "Red"], scores: [0.6, 0] },
  { given: [...Array<string>(7).fill("other"), "red", "Red", "red."], scores: [0.9, 0] },
  { given: [...Array<string>(6).fill("blue"), ...Array<string>(4).fill("red")], scores: [1, 1] },
])("$given score $scores for red and blue", ({ given, scores }) => {
  const scored = new AnswerList(["red", "blue"], {}).scored(given, "answer", {});
  expect([0, 1].map((index) => scored.find((entry) => entry.index === index)?.score ?? 0)).toEqual(
    scores.map((score) => expect.closeTo(score, 12)),
  );
});

test("for ten annotators an answer scores the mean, leaving each one out, of min(1, agreeing others / 3)", () => {
  const random = stream(3, "people");
  const ways = [["red", "Red.", "the red"], ["2", "two"], ["blue"], ["black white", "black/white"]];
  for (let question = 0; question < 200; question++) {
    const people = Array.from({ length: 10 }, () => random.integer(1 + random.integer(ways.length)));
    const said = people.map((answer) => ways[answer]?.[random.integer(ways[answer].length)]);
    const scored = new AnswerList(["red", "2", "blue", "black white"], {}).scored(said, "answer", {});
    for (const [answer] of ways.entries()) {
      let sum = 0;
      for (let left = 0; left < 10; left++) {
        const agree = people.filter((other, i) => i !== left && other === answer).length;
        sum += agree >= 3 ? 1 : agree / 3;
      }
      expect(scored.find(({ index }) => index === answer)?.score ?? 0).toBeCloseTo(sum / 10, 12);
    }
  }
});

test.each([[null], [3], [[]], [["red", 3]], [["red", " "]]])("%j is not an answer", (value) => {
  expect(() => new AnswerList(["red"], {}).scored(value, "answer", {})).toThrow(/an answer or a list of answers/);
});
