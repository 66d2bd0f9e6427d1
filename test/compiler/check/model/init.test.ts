// `init`: how new weights are initialised, for the whole model and by part.
import { expect, test } from "vitest";
import type { Initial } from "../../../../compiler/spec/parameter.js";
import { parametersOf } from "../../../../compiler/spec/parameter-list.js";
import { check, codesOf, modelOf, specOf } from "../check.js";

const model = (init: string): string => `vlmo 1
model M {
  layers: 2, width: 48
  attention { heads: 2 }
  image { size: 32px }
  text { tokenizer: wordpiece(vocabulary: 50) }
  experts { vision: ffn(image), language: ffn(text) }
  ${init}
}`;

const watched = {
  trunk: "layers.1.attention.qkv.weight",
  vision: "layers.1.experts.vision.fc1.weight",
  language: "layers.2.experts.language.fc2.weight",
  words: "embed.text.word.weight",
};

const drawn = (init: string) => {
  const list = parametersOf(modelOf(specOf(model(init)), "M"), []);
  const initial = (name: string): Initial | undefined => list.find((parameter) => parameter.name === name)?.initial;
  return Object.fromEntries(Object.entries(watched).map(([part, name]) => [part, initial(name)]));
};

const scaled = 0.02 * Math.sqrt(768 / 48);
const cut = (std: number) => ({ kind: "truncated", std });
const normal = (std: number) => ({ kind: "normal", std });

test.each([
  ["", { trunk: cut(scaled), vision: cut(scaled), language: cut(scaled), words: normal(scaled) }],
  ["init: beit", { trunk: cut(0.02), vision: cut(0.02), language: cut(0.02), words: normal(0.02) }],
  ["init: bert", { trunk: normal(0.02), vision: normal(0.02), language: normal(0.02), words: normal(0.02) }],
  [
    "init { all: beit, experts.language: bert }",
    { trunk: cut(0.02), vision: cut(0.02), language: normal(0.02), words: normal(0.02) },
  ],
  [
    "init { experts: bert, experts.vision: beit }",
    { trunk: cut(scaled), vision: cut(0.02), language: normal(0.02), words: normal(scaled) },
  ],
])("`%s`", (init, wanted) => {
  expect(drawn(init)).toEqual(wanted);
});

test("constant tensors are not affected", () => {
  const list = parametersOf(modelOf(specOf(model("init { attention: bert }")), "M"), []);
  expect(list.find(({ name }) => name === "layers.1.attention.query_bias")?.initial).toEqual({
    kind: "constant",
    value: 0,
  });
});

test.each([
  ["init { experts.visoin: bert }", ["V201"]],
  ["init { experts.vision: burt }", ["V208"]],
  ["init: burt", ["V208"]],
])("`%s` is reported", (init, codes) => {
  expect(codesOf(check(model(init)))).toEqual(codes);
});
