// Words of other tools: every suggestion of the table is valid in the language, and each such word is reported with its
// replacement.
import { expect, test } from "vitest";
import { example, exampleAnd } from "../../../compiler/codes/example.js";
import { language, type Entry, type Key } from "../../../compiler/reference/language.js";
import { supplies } from "../../../compiler/schema/data.js";
import { formatNames } from "../../../compiler/schema/formats.js";
import { paramTypes } from "../../../compiler/resolve/param-types.js";
import { keySlips, nameSlips } from "../../../compiler/schema/slips.js";
import { createSource, parse, pathText, renderAll, type Block, type Expression } from "../../../grammar/index.js";
import { check } from "./check.js";

const groups = language();
const entriesOf = (kind: string): readonly Entry[] =>
  groups.filter((group) => group.kind === kind).flatMap(({ entries }) => entries);
const named = (entries: readonly Entry[], name: string): readonly Key[] =>
  entries.filter((entry) => entry.name === name).flatMap(({ keys }) => keys);

const keysOf: Readonly<Record<keyof typeof keySlips, readonly Key[]>> = {
  model: named(entriesOf("block"), "model"),
  stage: named(entriesOf("block"), "stage"),
  evaluate: named(entriesOf("block"), "evaluate"),
  head: entriesOf("head").flatMap(({ keys }) => keys),
  data: entriesOf("data").flatMap(({ keys }) => keys),
};

/** Keys of a block that are not in the schemas. */
function unknownIn(block: Block, keys: readonly Key[]): string[] {
  return block.entries.flatMap((entry): string[] => {
    if (entry.kind === "item") return ["an item"];
    const name = pathText(entry.key);
    const found = keys.filter((key) => key.name === name);
    if (found.length === 0) return [name];
    // Names of experts are chosen by the user.
    if (entry.kind === "section" && name === "experts")
      return entry.body.entries.flatMap((each) => (each.kind === "setting" ? unknownInCall(each.value, "expert") : []));
    if (entry.kind === "section")
      return unknownIn(
        entry.body,
        found.flatMap(({ section }) => section ?? []),
      );
    return found.flatMap(({ family }) => (family === null ? [] : unknownInCall(entry.value, family)));
  });
}

function unknownInCall(value: Expression, family: string): string[] {
  if (value.kind !== "call") return [];
  const arguments_ = named(groups.find(({ what }) => what === family)?.entries ?? [], pathText(value.callee));
  const names = value.args.flatMap(({ name }) => name?.text ?? []);
  return names.filter((name) => !arguments_.some((key) => key.name === name));
}

const forms = Object.entries(keySlips).flatMap(([block, slips]) => Object.keys(slips).map((form) => ({ block, form })));

test.each(forms)("the form `$form` of a $block exists in the language", ({ block, form }) => {
  const text = form.replace("…px", "4px").replace("…", "4");
  const { file, diagnostics } = parse(createSource("a.vlmo", `vlmo 1\nmodel a { ${text} }\n`));
  expect(renderAll(diagnostics)).toBe("");
  const [model] = file.declarations;
  if (model?.kind !== "model") throw new Error("no model was read");
  expect(unknownIn(model.body, keysOf[block as keyof typeof keySlips])).toEqual([]);
});

/** The existing names, by what V208 and V209 call them. */
const known: Readonly<Record<string, readonly string[]>> = {
  ...Object.fromEntries(groups.map(({ what, entries }) => [what, entries.map(({ name }) => name)])),
  head: entriesOf("head").map(({ name }) => name),
  "kind of data": Object.keys(supplies),
  format: formatNames,
  type: Object.keys(paramTypes),
};

/** The values of an enumerated key. */
function choices(key: string): readonly string[] {
  const all = groups.flatMap(({ entries }) => entries.flatMap(({ keys }) => keys)).filter(({ name }) => name === key);
  return all.flatMap(({ type }) => type.split(" | "));
}

test.each(Object.entries(nameSlips))("the names suggested for `%s` exist in the language", (what, names) => {
  const there = known[what] ?? choices(what);
  const meant = Object.keys(names).map((name) => (name as string).replace(/\(.*/, ""));
  expect(meant.filter((name) => !there.includes(name))).toEqual([]);
});

test("no word is its own replacement, and no word is listed twice for one block, except for a number and for a file", () => {
  const twice = [...Object.values(keySlips), ...Object.values(nameSlips)].flatMap((table) => {
    const forms = Object.entries(table).filter(([name]) => !name.includes("(file: "));
    const words = forms.flatMap(([name, list]) => [...list.split(" "), ...(/^\w+$/.test(name) ? [name] : [])]);
    const plain = words.map((word) => word.toLowerCase().replace(/[-_]/g, ""));
    return plain.filter((word, i) => plain.indexOf(word) !== i);
  });
  expect(twice).toEqual([]);
});

type Change = readonly [from: string, to: string];
const stage = (text: string): Change => ["steps: 1000\n  optimizer", `steps: 1000\n  ${text}\n  optimizer`];
const data = (text: string): Change => ["format: shapes, seed: 1", `format: jsonl, records: "r.jsonl", ${text}`];
const model = (text: string): Change => ["width: 64", `width: 64\n  ${text}`];

const rows: readonly [change: Change, code: string, help: string][] = [
  [stage("learning_rate: 1e-3"), "V201", "write `optimizer: adamw(lr: 1e-3)`"],
  [stage("lr: 1e-3"), "V201", "write `optimizer: adamw(lr: 1e-3)`"],
  [stage("weight_decay: 0.05"), "V201", "write `optimizer: adamw(weight_decay: 0.05)`"],
  [stage("max_grad_norm: 1.0"), "V201", "write `optimizer: adamw(clip: 1.0)`"],
  [stage("warmup_steps: 500"), "V201", "write `schedule: linear(warmup: 500 steps)`"],
  [stage("warmup_steps: 500 steps"), "V201", "write `schedule: linear(warmup: 500 steps)`"],
  [stage("warmupEpochs: 5"), "V201", "write `schedule: linear(warmup: 5 epochs)`"],
  [stage("min_lr: 1e-5"), "V201", "write `schedule: linear(end: 1e-5)`"],
  [stage("batch_size: 64"), "V201", "write `batch: 64`"],
  [stage("max_steps: 10k"), "V201", "write `steps: 10k`"],
  [stage("gpus: 8"), "V201", "its keys are"],
  [stage("from: vision"), "V201", "write it before the brace: `stage NAME from vision`"],
  [stage('pretrained: "a.pt"'), "V201", 'write it before the brace: `stage NAME from checkpoint("a.pt")`'],
  [stage("optimizer { lr: 1e-3 }"), "V214", "write `optimizer: adamw(…)`"],
  [["adamw(lr: 1e-3)", '"adamw"'], "V204", "write `adamw(lr: …)`"],
  [["adamw(lr: 1e-3)", '"adma"'], "V204", "write"],
  [["adamw(lr: 1e-3)", "adamw"], "V211", "write `adamw(lr: …)` (Peak learning rate)"],
  [["adamw(lr: 1e-3)", 'adamw(lr: "1e-3")'], "V204", "write `1e-3`"],
  [["ffn(image)", "ffn"], "V211", "write `ffn(image)` (The views whose tokens it processes)"],
  [["ffn(image)", "ffn()"], "V211", "write `ffn(image)` (The views whose tokens it processes)"],
  [["ffn(image)", "image"], "V209", "there is `ffn(image)`"],
  [["hard(itc, from: pool)", "hard"], "V211", "write `hard(…)` (The contrastive head)"],
  [["learn: ", "learn: nan * "], "V106", "`weight` wants"],
  [stage("num_workers: 4"), "V201", "write `vlmo train … --workers N` on the command line"],
  [stage("hidden_size: 768"), "V201", "write `width: 768` in the model"],
  [stage("image_size: 224"), "V201", "write `image { size: 224px }` in the model"],
  [stage("eval_steps: 100"), "V201", "write `validate: every 100 steps`"],
  [model("num_layers: 12"), "V201", "write `layers: 12`"],
  [model("n_heads: 12"), "V201", "write `attention { heads: 12 }`"],
  [model("heads: 12"), "V201", "write `attention { heads: 12 }`"],
  [model("patch_size: 16px"), "V201", "write `image { patch: 16px }`"],
  [model("dropout: 0.1"), "V201", "write `text { dropout: 0.1 }`"],
  [model("mlp_ratio: 4"), "V201", "write `experts { vision: ffn(image, ratio: 4) }`"],
  [model("vocab: 1000"), "V201", "write `text { tokenizer: wordpiece(vocabulary: 1000) }`"],
  [model('vocab: "words.txt"'), "V201", 'write `text { tokenizer: wordpiece(file: "words.txt") }`'],
  [["model: Small", 'model: "Small"'], "V204", "write `Small`"],
  [["data: world", 'data: "world"'], "V204", "write `world`"],
  [["hard(itc, from", 'hard("itc", from'], "V204", "write `itc`"],
  [["steps: 1000\n  optimizer", "steps: 3 epochs\n  optimizer"], "V205", "write `epochs: 3`"],
  [["steps: 1000\n  optimizer", "epochs: 100 steps\n  optimizer"], "V205", "write `steps: 100`"],
  [["adamw(lr: 1e-3)", "adamw(lr: 1,5e-3)"], "V212", "write `1.5e-3`: a decimal point, no comma"],
  [["adamw(lr: 1e-3)", "adamw(1e-3, clip: 1)"], "V212", "write `lr: 1e-3`"],
  [
    ["vision: ffn(image) on all", "vision: ffn(image) on all\n    image { patch: 8px }"],
    "V201",
    "it belongs in the model",
  ],
  [
    ["steps: 1000\n  optimizer", "steps: 1000\n  best: recall(1)\n  optimizer"],
    "V527",
    "write `validate: every … steps`",
  ],
  [model("vocab_size: 30522"), "V201", "write `text { tokenizer: wordpiece(vocabulary: 30522) }`"],
  [model("vocab: 1000"), "V201", "write `text { tokenizer: wordpiece(vocabulary: 1000) }`"],
  [model('vocab: "words.txt"'), "V201", 'write `text { tokenizer: wordpiece(file: "words.txt") }`'],
  [model("batch_size: 64"), "V201", "write `batch: 64` in the stage"],
  [model("epochs: 3"), "V201", "write `epochs: 3` in the stage"],
  [model("seed: 3"), "V201", "write `seed: 3` in the stage"],
  [["heads: 4,", "num_heads: 4,"], "V201", "write `heads: 4`"],
  [["size: 64px", "img_size: 64"], "V201", "write `size: 64px`"],
  [["adamw(lr: 1e-3)", "adamw(learning_rate: 1e-3)"], "V210", "write `lr: 1e-3`"],
  [["adamw(lr: 1e-3)", "adamw(lr: 1e-3, warmup: 10%)"], "V210", "write `schedule: linear(warmup: 10%)` in the stage"],
  [["adamw(lr: 1e-3)", "adam(lr: 1e-3)"], "V209", "write `adamw`"],
  [["adamw(lr: 1e-3)", "AdamW(lr: 1e-3)"], "V209", "did you mean `adamw`?"],
  [
    ["adamw(lr: 1e-3)", "rmsprop(lr: 1e-3)"],
    "V209",
    "there are `adamw(lr: …)`, `sgd(lr: …)`, `lion(lr: …)`, `lamb(lr: …)`",
  ],
  [["recall(1, 5, 10)", "r1"], "V209", "write `recall(1)`"],
  [["recall(1, 5, 10)", "R@5"], "V001", "write `recall(5)`"],
  [["recall(1, 5, 10)", "recall@10"], "V001", "write `recall(10)`"],
  [["recall(1, 5, 10)", "acc@1"], "V001", "a metric is written as a call, such as `recall(1)`, or `accuracy`"],
  [["recall(1, 5, 10)", "top1"], "V209", "write `accuracy`"],
  [["recall(1, 5, 10)", "acc"], "V209", "write `accuracy`"],
  [["recall(1, 5, 10)", "accuracy(itc)"], "V516", "it holds `words` (`accuracy`, `perplexity`), `itc` (`recall`)"],
  [["masked_tokens(text", "mlm(text"], "V209", "write `masked_tokens`"],
  [["world: pairs", "world: captions"], "V209", "write `pairs`"],
  [["format: shapes", "format: json"], "V208", "write `jsonl`"],
  [["from language", "from pretrained"], "V106", '`from checkpoint("FILE")`'],
  [["itc + itm", "itc + 0,25 * itm"], "V409", "write `0.25`: a decimal point, no comma"],
  [["adamw(lr: 1e-3)", "adamw(lr: 1e-3, clip: 0,5)"], "V212", "write `0.5`: a decimal point, no comma"],
  [model("drop_path: 0,1"), "V204", "write `0.1`: a decimal point, no comma"],
  [["width: 64", "hidden_size: 64"], "V201", "write `width: 64`"],
  [["adamw(lr: 1e-3)", "adamw(lr: 0,25, clip: 1)"], "V212", "write `0.25`: a decimal point, no comma"],
  [["adamw(lr: 1e-3)", "adamw(lr: 1e-3, betas: (0,9, 0,98))"], "V020", "in brackets, as in `[0.9, 0.98]`"],
  [["steps: 1000\n  optimizer", "steps: 1,024\n  optimizer"], "V204", "write `1024`: digits are not parted by commas"],
  [["steps: 1000\n  optimizer", "steps: 0,024\n  optimizer"], "V204", "write `0.024`: a decimal point, no comma"],
  [["adamw(lr: 1e-3)", "adamw(lr: 0.1%)"], "V205", "write `0.001`"],
  [["adamw(lr: 1e-3)", "adamw(lr: true)"], "V204", "write it as in `0.1`"],
  [["adamw(lr: 1e-3)", "adamw(lr: 1.)"], "V020", "write `1.0`"],
  [["adamw(lr: 1e-3)", "adamw(lr: 1.e-3, clip: 1)"], "V020", "write `1.0e-3`"],
  [["adamw(lr: 1e-3)", "adamw(lr: .5)"], "V021", "write `0.5`"],
  [["width: 64", "width: 0x40"], "V006", "numbers are decimal: write `64`"],
  [model("layer_scale: None"), "V204", "write `none`"],
  [model("layer_scale: null"), "V204", "write `none`"],
  [model("layer_scale: False"), "V204", "write `none`"],
  [model("layer_scale: false"), "V204", "write `none`"],
  [model('layer_scale: "none"'), "V204", "write `none`"],
  [stage("warmup: 10"), "V201", "write `schedule: linear(warmup: 10 steps)`"],
  [stage("warmup: 10%"), "V201", "write `schedule: linear(warmup: 10%)`"],
  [stage("warmup_ratio: 0.1"), "V201", "write `schedule: linear(warmup: 10%)`"],
  [stage("schedule: linear()\n  warmup: 5"), "V201", "where `schedule` stands already, `warmup: 5 steps` in it"],
  [stage("eval_every: 500"), "V201", "write `validate: every 500 steps`"],
  [stage("val_check_interval: 0.25"), "V201", "write `validate: every 0.25 epochs`"],
  [stage("optim: adam"), "V201", "write `optimizer: adamw(lr: …)`"],
  [stage('opt: "AdamW"'), "V201", "write `optimizer: adamw(lr: …)`"],
  [stage("scheduler: cosine_annealing"), "V201", "write `schedule: cosine`"],
  [["adamw(lr: 1e-3)", "adam"], "V209", "write `adamw(lr: …)`"],
];

/** Words of earlier versions of the language. */
const former: typeof rows = [
  [data("tiles { boxes: [[0, 0, 8, 8]], columns: 1 }"), "V201", "write `crop_grid { boxes: … }`"],
  [data('together: "text"'), "V201", 'write `group_by: "text"`'],
  [["format: shapes, seed: 1", "format: shapes, grid { cells: 3, columns: 2, places: 3 }"], "V201", "its keys are"],
  [
    stage('augment: [swap_colours("red #ff0000", "blue #0000ff")]'),
    "V209",
    "it is gone: write images in other colours",
  ],
  [stage("augment: [flip, shuffle_tiles(flip: 50%)]"), "V209", "it is gone: lay the boxes of an image out"],
  [["relative(span: 40)", "absolute(image, text, resize: tile)"], "V210", "leave it out"],
];

test.each([...rows, ...former])("%j is reported as %s: %s", (change, code, help) => {
  const said = check(example(change)).diagnostics.filter((each) => each.code === code);
  expect(said.map((each) => each.help).join("\n")).toContain(help);
});

/** A value as other tools write it, by the type of the corresponding key; undefined where the notation is the same. */
function sampleOf(block: keyof typeof keySlips, key: string): string | undefined {
  const sections = groups.filter(({ kind }) => kind !== "head" && kind !== "data").flatMap(({ entries }) => entries);
  const keys = allKeys([...keysOf[block], ...sections.flatMap((entry) => entry.keys)]);
  const types = keys.filter(({ name }) => name === key).map(({ type }) => type);
  return key === "channels" ? "4" : types.flatMap((type) => samples.find(([form]) => form.test(type))?.[1] ?? [])[0];
}

const samples: readonly (readonly [RegExp, string])[] = [
  [/^(count|width|factor)/, "8"],
  [/^px/, "32"],
  [/^(real|ratio)/, "0.1"],
  [/^duration/, "10"],
  [/^true or false/, "true"],
  [/^optimizer/, "adam"],
  [/^schedule/, "cosine"],
];

function allKeys(keys: readonly Key[]): readonly Key[] {
  return keys.flatMap((key) => [key, ...allKeys(key.section ?? [])]);
}

const opening = { stage: "stage language {", model: "model Small {" } as const;

const proposed = (["stage", "model"] as const).flatMap((block) =>
  Object.entries(keySlips[block]).flatMap(([form, words]) => {
    const [, leaf = ""] = /(\w+): (?:every )?…/.exec(form) ?? [];
    const value = sampleOf(block, leaf);
    return value === undefined ? [] : words.split(" ").map((word) => ({ block, word, value }));
  }),
);

/** Expected mistakes about the other keys of the section that the suggestion replaces. */
const besides: ReadonlySet<string> = new Set(["V202", "V203", "V211"]);

test.each(proposed)("the suggestion for `$word: $value` in a $block parses", ({ block, word, value }) => {
  const given = `${word}: ${value}`;
  const text = example([opening[block], `${opening[block]}\n  ${given}`]);
  const said = check(text).diagnostics.find(({ code }) => code === "V201");
  const [, written = ""] = /^write `([^`]+)`/.exec(said?.help ?? "") ?? [];
  expect(written).not.toBe("");
  const changed = withEntry(text, { block, given, written: written.replace("…", "1e-3") });
  expect(
    check(changed)
      .diagnostics.filter(({ code }) => /^V(0|20|21)/.test(code) && !besides.has(code))
      .map(({ message }) => message),
  ).toEqual([]);
});

/** The text with the suggestion in place of the given entry and of an existing entry of that key. */
function withEntry(
  text: string,
  { block, given, written }: { block: keyof typeof opening; given: string; written: string },
): string {
  const begin = text.indexOf(opening[block]) + opening[block].length;
  const end = text.indexOf("\n}\n", begin);
  const [first = ""] = /^\w+/.exec(written) ?? [];
  const isOther = (line: string): boolean => !new RegExp(`^  ${first}(:| \\{.*\\}$)`).test(line);
  const lines = text
    .slice(begin, end)
    .split("\n")
    .map((line) => (line.trim() === given ? "" : line));
  return `${text.slice(0, begin)}\n  ${written}${lines.filter(isOther).join("\n")}${text.slice(end)}`;
}

test.each([
  ["a key under another name is not also reported as missing", ["width: 64", "hidden_size: 64"], ["V201"]],
  ["nor is the section it belongs in", ["attention { heads: 4, position: relative(span: 40) }", "heads: 4"], ["V201"]],
  ["nor is the optimizer", ["adamw(lr: 1e-3)", "adamw(learning_rate: 1e-3)"], ["V210"]],
] as const)("%s", (_, change, codes) => {
  expect(check(example(change)).diagnostics.map(({ code }) => code)).toEqual(codes);
});

test("a list is not read as a number with a decimal comma", () => {
  const { diagnostics } = check(exampleAnd("head more: masked_tokens(pair.text) { mask: [0, 25] }"));
  expect(diagnostics.map(({ help }) => help)).not.toContain("write `0.25`: a decimal point, no comma");
});
