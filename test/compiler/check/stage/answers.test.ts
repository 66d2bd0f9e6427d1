// The minimum count of an answer: a head's `min` and the `answer_count` of its data must agree.
import { expect, test } from "vitest";
import { exampleAnd } from "../../../../compiler/codes/example.js";
import { check } from "../check.js";

const rows: readonly (readonly [head: string, data: string, said: readonly string[]])[] = [
  ["min: 9", "answer_count: 9", []],
  ["min: 1", "", []],
  ["", "answer_count: 9", []],
  ["", "", []],
  ["min: 9", "answer_count: 5", ["V207 `answer_count` must be 9, as the head `vqa` says, not 5"]],
  ["min: 9", "", ["V207 `answer_count` must be 9, as the head `vqa` says, not 1"]],
  ["min: 9", "answers: from(others)", []],
  ["min: 8", "answers: from(others)", ["V207 `answer_count` must be 8, as the head `vqa` says, not 9"]],
  [
    "min: 9",
    'answers: ["yes", "no"]',
    ["V527 `min` has no effect in stage `asking`: `asked` has a list of answers of its own"],
  ],
];

test.each(rows)("answers(%s) of data with %s", (min, listed, said) => {
  const more = `data others: questions { format: jsonl, records: "o.jsonl", answer_count: 9 }
data asked: questions { format: jsonl, records: "q.jsonl"${listed === "" ? "" : `, ${listed}`} }
head vqa: classify(pair.pooled) { answers: answers(${[...(min === "" ? [] : [min]), "count: 2"].join(", ")}), loss: bce }
stage asking extends fusion from fusion { data: asked, learn: vqa }`;
  const { diagnostics } = check(exampleAnd(more));
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual(said);
});

test("data of a format with a fixed list of answers take no minimum count", () => {
  const more = `data asked: questions { format: shapes }
head vqa: classify(pair.pooled) { answers: answers(min: 2, count: 29), loss: bce }
stage asking extends fusion from fusion { data: asked, learn: vqa }`;
  expect(check(exampleAnd(more)).diagnostics.map(({ code }) => code)).toEqual(["V527"]);
});
