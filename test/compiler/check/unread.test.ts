// One mistake, one message: what could not be parsed is reported at its place, and not again as missing.
import { describe, expect, test } from "vitest";
import { example } from "../../../compiler/codes/example.js";
import { check, codesOf } from "./check.js";

const rows: readonly [what: string, from: string, to: string, code: string][] = [
  ["a full-width colon", "width: 64", "width： 64", "V001"],
  ["a dash in a number", "lr: 1e-3", "lr: 1e–3", "V001"],
  ["a key in quotes", "width: 64", '"width": 64', "V027"],
  ["two colons", "width: 64", "width:: 64", "V021"],
  ["a missing comma", "hard(itc, from: pool)", "hard(itc from: pool)", "V020"],
  ["a number without its leading zero", "lr: 1e-3", "lr: .5", "V021"],
  ["a unit separated from its number", "size: 64px", "size: 64 px", "V024"],
  ["an unknown unit", "size: 64px", "size: 64pixels", "V006"],
  ["a hexadecimal number", "width: 64", "width: 0x40", "V006"],
  ["a trailing dot", "model: Small", "model: Small.", "V024"],
  ["an invalid placement", "on top 1", "on upper 2", "V020"],
  ["an import without braces", "{ shapes_text }", "shapes_text", "V020"],
  ["an import under another name", "{ shapes_text }", "{ shapes_text as text }", "V020"],
  ["a head without its colon", "head itm: matching", "head itm matching", "V025"],
  ["a data set without its colon", "data world: pairs", "data world = pairs", "V025"],
];

test.each(rows)("%s gives one message", (_, from, to, code) => {
  expect(codesOf(check(example([from, to])))).toEqual([code]);
});

test("other mistakes in the block are still reported", () => {
  const text = example(["width: 64", "width:: 64\n  dept: 3"]);
  expect(codesOf(check(text))).toEqual(["V021", "V201"]);
});

test("a child of a block that could not be parsed gets no messages about missing keys", () => {
  expect(codesOf(check(`${example(["width: 64", "width:: 64"])}\nmodel Large extends Small { layers: 8 }`))).toEqual([
    "V021",
  ]);
});

describe("an import", () => {
  const files = (other: string) => ({ "main.vlmo": example(["./data.vlmo", "./other"]), other });

  test.each([
    ["JSON", '{ "shapes_text": [1, 2] }', "V010"],
    ["an image", "\u0089PNG\r\n\u001a\n\u0000", "V001"],
    ["nothing", "", "V010"],
  ])("of a file containing %s gives one message", (_, other, code) => {
    expect(codesOf(check(files(other)))).toEqual([code]);
  });

  test("of a name declared in an unparsed part of the file is not reported as missing", () => {
    expect(codesOf(check(files("vlmo 1\ndata shapes_text = texts { format: shapes }\n")))).toEqual(["V025"]);
  });
});

test("a second block is reported once, with the contents of the first", () => {
  const text = example(["stage fusion from language {", "stage fusion from language { fresh: heads.itc } {"]);
  expect(codesOf(check(text))).toEqual(["V201", "V025"]);
});

describe("what the numbers of a right model have to do with each other is not told of one that could not be read:", () => {
  /** Numbers that fit each other and neither the defaults nor those of the parent alone. */
  const model = `vlmo 1
model Base {
  layers: 3
  width: 30
  attention { heads: 5, position: relative(span: 9) }
  image { size: 36px, patch: 12px }
  text { tokenizer: wordpiece(vocabulary: 120), length: 9 }
  experts { vision: ffn(image, ratio: 0.1) on bottom 2, upper: ffn(image, ratio: 0.2) on layers 3..3 }
}
model Wide extends Base {
  width: 40
  attention { heads: 8, position: relative(span: 11) }
  image { size: 50px, patch: 25px }
  text { length: 11 }
}
`;
  const about = /^V30[1-6]|^V31[13]/;

  test("the model is right", () => expect(codesOf(check(model))).toEqual([]));

  test.each<[how: string, broken: (word: string) => string]>([
    ["is followed by another number", (word) => `${word} 3`],
    ["is followed by a name", (word) => `${word} more`],
    ["is a colon", () => ":"],
    ["is left out", () => ""],
  ])("any word %s", (_, broken) => {
    const said = [...model.matchAll(/[a-z]\w*|[\d.]+(?:px)?|[:(]/g)].flatMap(({ 0: word, index }) => {
      const codes = codesOf(check(model.slice(0, index) + broken(word) + model.slice(index + word.length)));
      const isBroken = codes.some((code) => code.startsWith("V0"));
      return isBroken ? codes.filter((code) => about.test(code)).map((code) => `${code} by ${word} at ${index}`) : [];
    });
    expect(said).toEqual([]);
  });
});
