// Implausible values and settings without effect. Each row varies the example in one place.
import { expect, test } from "vitest";
import { example, exampleAnd } from "../../../../compiler/codes/example.js";
import { check, codesOf } from "../check.js";

type Change = readonly [from: string, to: string];

const optimizer = (text: string): Change => ["adamw(lr: 1e-3)", text];
/** A key after the optimizer of `language`, a stage without images and without a contrast. */
const language = (text: string): Change => ["adamw(lr: 1e-3)", `adamw(lr: 1e-3)\n  ${text}`];
/** A key of `fusion`. */
const fusion = (text: string): Change => ["learn: itc + itm", `learn: itc + itm\n  ${text}`];

const rows: readonly [code: string, change: Change][] = [
  ["V207", optimizer("adamw(lr: 1e-3, betas: [0.9, 1])")],
  ["V529", optimizer("adamw(lr: 10)")],
  ["V207", optimizer("adamw(lr: 1e-3, layer_decay: 0%)")],
  ["V207", optimizer("adamw(lr: 1e-3, factors: { embed.text: 0x })")],
  ["V526", optimizer("adamw(lr: 1e-3, factors: { embed.text: 2x, embed: 2x })")],
  ["V527", optimizer("adamw(lr: 1e-3, factors: { attention: 2x })")],
  ["V206", language("schedule: linear(warmup: 120%)")],
  ["V511", language("schedule: linear(warmup: 2k steps)")],
  ["V523", language("schedule: cosine(end: 1)")],
  ["V207", language("validate: every 0 steps")],
  ["V524", language("validate: every 2k steps")],
  ["V527", language("augment: [flip]")],
  ["V527", language("cached: true")],
  ["V527", language("gather_gradient: local")],
  ["V207", fusion("augment: [resized_crop(100%..50%)]")],
  ["V207", fusion("augment: [resized_crop(0%..50%)]")],
  ["V202", fusion("augment: [flip, flip]")],
  ["V202", fusion("augment: [resized_crop(50%..100%), flip, resized_crop(80%..100%)]")],
  ["V527", fusion("init { experts.vision: copy(experts.language) }")],
  ["V202", ["data: world\n", "data: [world, world]\n"]],
  ["V205", ["itc + itm", "itc + 2px * itm"]],
  ["V409", ["itc + itm", "itc, itm"]],
  ["V207", ["masked_tokens(text.tokens)", "masked_tokens(text.tokens) { mask: 0% }"]],
  ["V207", ["masked_tokens(text.tokens)", "masked_tokens(text.tokens) { mask: 100% }"]],
  ["V210", ["masked_tokens(text.tokens)", "masked_tokens(features: text.tokens)"]],
  ["V207", ["width: 64", "width: 64\n  drop_path: 100%"]],
  ["V207", ["length: 24", "length: 24, dropout: 100%"]],
  ["V202", ["ffn(pair)", "ffn(pair, pair)"]],
  ["V312", ["ffn(text) on all", "ffn(text) on all + top 1"]],
  ["V312", ["ffn(pair) on top 1", "ffn(pair) on top 1 - layers 2"]],
  ["V204", ["from language {", 'from checkpoint("a.pt", layout: vlmo) { drop: 3 } {\n  model: Small']],
  ["V207", ["head itm", "head kind: classify(pair.pooled) { classes: 2, hidden: 12.5 }\nhead itm"]],
  ["V202", ["heads: 4", "heads: 4, bias: [query, query]"]],
  ["V202", ["recall(1, 5, 10)", "recall(1, 5, 5)"]],
];

test.each(rows)("%s: %j", (code, change) => {
  expect(codesOf(check(example(change)))).toEqual([code]);
});

test("an empty part of a placement is no mistake if it comes from a param", () => {
  const text = example(
    ["model Small", "param few: count = 0\nmodel Small"],
    ["on all\n    fusion", "on all - top few\n    fusion"],
  );
  expect(codesOf(check(text))).toEqual([]);
});

test("a micro-batch of one pair makes a pool of one", () => {
  const text = example(
    ["contrastive(image.cls, text.cls)", "contrastive(image.cls, text.cls) { pool: micro }"],
    ["learn: itc + itm", "learn: itc + itm\n  micro: 1"],
  );
  expect(codesOf(check(text))).toEqual(["V522"]);
});

test.each([
  ["the last one may be smaller", "micro: 20", []],
  ["none may be larger than the batch", "micro: 40", ["V510"]],
  ["with `mean: micro_batch` all have one size", "micro: 20\n  mean: micro_batch", ["V510"]],
])("micro-batches of a batch of 32: %s", (_, micro, codes) => {
  expect(codesOf(check(example(["learn: itc + itm", `learn: itc + itm\n  cached: true\n  ${micro}`])))).toEqual(codes);
});

test("a last micro-batch of one pair is a pool of one", () => {
  const text = example(
    ["contrastive(image.cls, text.cls)", "contrastive(image.cls, text.cls) { pool: micro }"],
    ["learn: itc + itm", "learn: itc + itm\n  micro: 31"],
  );
  expect(codesOf(check(text))).toEqual(["V522"]);
});

test("epochs of data whose items are counted at run time are accepted", () => {
  const real = 'data real: pairs { format: jsonl, records: "pairs.jsonl" }';
  const text = exampleAnd(real, ["data: world", "data: real\n  schedule: linear(warmup: 1 epochs)"]);
  expect(codesOf(check(text))).toEqual([]);
  expect(codesOf(check(text.replace(/\bsteps: [\d_k]+/, "epochs: 3\n  validate: every 1 epochs")))).toEqual([]);
});

test("a metric needs data with its targets and a head with its outputs", () => {
  const more = `data labels: labelled_images { format: shapes, seed: 1 }
head kind: classify(image.cls) { classes: 28 }
stage kinds extends fusion from fusion { data: labels, learn: kind }
evaluate kinds_right on labels using kinds { accuracy }
evaluate sentences_right on labels using kinds { consistency }
evaluate answers_right on labels using kinds { vqa_score }`;
  const { diagnostics } = check(exampleAnd(more));
  expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
    "V502 `labels` cannot feed `consistency`: it has no truth labels",
    "V640 `vqa_score` cannot be measured of `kind`: it learns a single right class, and the metric needs answers with scores",
  ]);
});

test.each([
  ["images: 2, grid { cells: 3, columns: 2 }", []],
  ["images: 2", ["V519"]],
  ["grid { cells: 1, columns: 1 }", []],
  ["images: 2, grid { cells: 1, columns: 1 }", ["V207"]],
  ["images: 2, grid { cells: 3, colums: 2 }", ["V201"]],
  ["images: 3", ["V207"]],
])("a plain `pair` accepts two images only in one grid: %s", (settings, codes) => {
  const more = `data truths: statements { format: shapes, ${settings} }
head truth: classify(pair.pooled) { classes: 2 }
stage truths_stage extends fusion from fusion { data: truths, learn: truth }`;
  expect(codesOf(check(exampleAnd(more)))).toEqual(codes);
});

test.each([
  ["pair.pooled", "one", []],
  ["pair.pooled", "two", ["V519", "V519", "V519"]],
  ["pair[1].pooled", "one", ["V519", "V519", "V519"]],
  ["pair[1].pooled", "two", []],
  ["text.cls", "two", []],
])(
  "a stage, a test and an evaluation agree whether `classify(%s)` fits statements about %s",
  (features, data, codes) => {
    const more = `data one: statements { format: shapes }
data two: statements { format: shapes, images: 2 }
head truth: classify(${features}) { classes: 2 }
stage learnt extends fusion from fusion { data: ${data}, learn: truth }
stage fitting extends fusion from fusion { data: ${features.includes("[") ? "two" : "one"}, learn: truth }
test "it" {
  train fitting for 2 steps on ${data}
  loss.last < 9
}
evaluate right on ${data} using fitting { accuracy }`;
    expect(codesOf(check(exampleAnd(more)))).toEqual(codes);
  },
);

test("a number in place of a range is reported with its notation as a range", () => {
  const { diagnostics } = check(example(fusion("augment: [resized_crop(50%)]")));
  expect(diagnostics.map(({ code, help }) => [code, help])).toEqual([["V204", "write `50%..50%` for this one value"]]);
});

test("inherited keys are not reported as having no effect", () => {
  const more = "stage words_again extends fusion from fusion { data: shapes_text, learn: words }";
  expect(codesOf(check(exampleAnd(more, fusion("augment: [flip]\n  cached: true\n  micro: 4"))))).toEqual([]);
});

test("a second `--set` for one param is an error, whatever its value", () => {
  const text = exampleAnd("param wide: count = 128\nmodel Wide extends Small { width: wide }");
  expect(codesOf(check(text, ["wide=256", "wide=256"]))).toEqual(["V115"]);
});

test("a param counts as used in a call, a weight or an expectation", () => {
  const more =
    'param weight: real = 2\nparam rate: real = 1e-4\nparam many: count = 32\nexpect "it" { pool(fusion, itc) == many }';
  const text = exampleAnd(more, ["itc + itm", "itc + weight * itm"], optimizer("adamw(lr: rate)"));
  expect(codesOf(check(text))).toEqual([]);
});

test.each([
  ["adamw(learning_rate: 1e-3)", ["V210"], "a misnamed argument is not also reported as missing"],
  ["adamw()", ["V211"], "a missing argument is reported"],
])("%s gives %j: %s", (call, codes) => {
  expect(codesOf(check(example(optimizer(call))))).toEqual(codes);
});

test("an unknown key of a model that a stage changes is reported once", () => {
  expect(codesOf(check(example(["width: 64", "width: 64\n  dept: 3"])))).toEqual(["V201"]);
});

test.each([
  ["parameters(Small, attentoin) < 1M", "V505 `attentoin` selects nothing in model `Small`"],
  ["trainable(Small) == 1", "V107 `Small` is a model, and a stage belongs here"],
  ["flops(Small) < 1B", "V211 `flops` needs the argument `view`"],
  [
    "pool(fusion, words) == 3",
    "V204 `pool` wants a contrastive or matching head that `fusion` learns, and this is the name `words`",
  ],
  ["flops(fusion) in 3..1", "V207 `in` must be a range that runs upwards, not 3..1"],
  ["parameters(Small)", "V029 an expectation needs a comparison"],
])("expect %s: %s", (line, message) => {
  const { diagnostics } = check(exampleAnd(`expect "it" {\n  ${line}\n}`));
  expect(diagnostics.map((each) => `${each.code} ${each.message}`)).toEqual([message]);
});

test.each([
  ["acuracy", "V209"],
  ["12", "V209"],
  ["recall(0)", "V207"],
  ["mean_iou", "V528"],
  ["accuracy(words)", "V528"],
  ["accuracy(nobody)", "V106"],
])("`best: %s` is %s", (metric, code) => {
  expect(codesOf(check(example(fusion(`validate: every 100 steps\n  best: ${metric}`))))).toEqual([code]);
});
