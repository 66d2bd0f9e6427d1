// Single arguments of an inherited value, changed by a path in the file or by `--set`.
import { describe, expect, test } from "vitest";
import { example } from "../../../compiler/codes/example.js";
import { check, modelOf, specOf, stageOf } from "./check.js";

const start = example(
  [
    "learn: itc + itm\n  batch: 32",
    "learn: itc + itm\n  augment: [resized_crop(60%..100%), rand_augment(2, 7)]\n  batch: 32",
  ],
  [
    "optimizer: adamw(lr: 1e-3)\n}\n\nevaluate",
    "optimizer: adamw(lr: 1e-3, clip: 1, factors: { heads.itc: 2x })\n}\n\nevaluate",
  ],
);
const child = (body: string): string => `${start}\nparam twice: real = 2e-3\nstage child extends fusion {\n${body}\n}`;
const stage = (body: string, set: readonly string[] = []) => stageOf(specOf(child(body), set), "child");
const model = (body: string) => modelOf(specOf(`${start}\nmodel Child extends Small {\n${body}\n}`), "Child");

describe("a path changes one argument and keeps the others", () => {
  test("of an optimizer, with params resolved in the file of the change", () => {
    const { factors, ...optimizer } = stage("optimizer.lr: twice").optimizer;
    expect(optimizer).toMatchObject({ lr: 2e-3, clip: 1, weightDecay: 0.01 });
    expect(new Set(factors.values())).toEqual(new Set([2]));
  });

  test("of a default", () => {
    expect(stage("schedule.warmup: 10 steps").schedule).toEqual({
      kind: "linear",
      warmup: { unit: "steps", value: 10 },
      end: 0,
    });
  });

  test("of one step of a list, also of a positional argument", () => {
    expect(stage("augment.rand_augment.magnitude: 3").augment).toEqual([
      { kind: "resized_crop", area: [0.6, 1] },
      { kind: "rand_augment", count: 2, magnitude: 3 },
    ]);
  });

  test("of a block passed as an argument, whose keys may have dots", () => {
    const { factors } = stage("optimizer.factors.heads.itm: 3x").optimizer;
    expect(new Set(factors.values())).toEqual(new Set([2, 3]));
  });

  test("of the value of a param", () => {
    const text = `${start.replaceAll("adamw(lr: 1e-3)", "slow")}\nparam slow = adamw(lr: 1e-4, clip: 2)`;
    const spec = specOf(`${text}\nstage child extends language { optimizer.lr: 1e-5 }`);
    expect(stageOf(spec, "child").optimizer).toMatchObject({ lr: 1e-5, clip: 2 });
  });

  test("of sections, experts, tokenizers and norms", () => {
    const { attention, text, normEps, experts } = model(
      "attention.heads: 8, text.tokenizer.vocabulary: 2000, norm.eps: 1e-5, experts.vision.ratio: 2\n" +
        "experts { language.activation: relu, fusion: on top 2 }\nattention.position.span: 50",
    );
    expect(attention).toMatchObject({ heads: 8, position: { kind: "relative", span: 50 } });
    expect([text?.tokenizer.vocabulary, text?.length, normEps]).toEqual([2000, 24, 1e-5]);
    expect(experts.map(({ ratio, activation, layers }) => [ratio, activation, layers.length])).toEqual([
      [2, "gelu", 4],
      [4, "relu", 4],
      [4, "gelu", 2],
    ]);
  });

  test("of heads", () => {
    const spec = specOf(`${child("learn: itc + near")}\nhead near extends itm { negatives.from: local }`);
    const near = stageOf(spec, "child").heads.find(({ name }) => name === "near");
    expect(near).toMatchObject({ negatives: { head: "itc", from: "local" } });
  });

  test("through several levels of `extends`, until one replaces the whole value", () => {
    const more = (body: string) =>
      stageOf(specOf(`${child("optimizer.lr: 5e-5")}\nstage more extends child { ${body} }`), "more").optimizer;
    expect(more("optimizer.clip: 3")).toMatchObject({ lr: 5e-5, clip: 3 });
    expect(more("optimizer.lr: 6e-5")).toMatchObject({ lr: 6e-5, clip: 1 });
    expect(more("optimizer: adamw(lr: 7e-5)")).toMatchObject({ lr: 7e-5, clip: null });
  });
});

test("in `init` and `factors` a dot is part of a name", () => {
  expect(model("init { all: beit, experts.language: bert }").initParts).toEqual(
    new Map([["experts.language", "bert"]]),
  );
  expect(model("init.experts.language: bert").initParts).toEqual(new Map([["experts.language", "bert"]]));
});

test.each([
  ["optimzer.lr: 1e-4", "V201", "optimzer", "did you mean `optimizer`?"],
  ["optimizer.lrr: 1e-4", "V210", "lrr", "did you mean `lr`?"],
  ["optimizer.lr: 1px", "V205", "1px", "write `1`"],
  ["optimizer.betas: [0.9]", "V207", "betas", "within these bounds"],
  ["optimizer.lr: 3", "V529", "lr", "power of ten"],
  ["schedule.end: 1", "V523", "end", "below"],
  ["optimizer.lr: 1e-3, optimizer.lr: 2e-3", "V202", "lr", "keep one of the two"],
  ["optimizer: adamw(lr: 1e-4), optimizer.clip: 1", "V650", "optimizer.clip", "keep one of the two"],
  ["batch.size: 4", "V651", "batch.size", "write the whole value"],
  ["augment.flip.rate: 1", "V651", "flip", "write the whole value"],
  ["augment.rand_augment: 1", "V651", "rand_augment", "write the whole value"],
  ["optimizer.lr.x: 4", "V651", "x", "write the whole value"],
])("%s is reported as %s at `%s`", (body, code, place, help) => {
  const { diagnostics } = check(child(`steps: 500\n${body}`));
  const [found] = diagnostics.filter((each) => each.code !== "V114");
  expect(found?.code).toBe(code);
  expect(found?.span.file.text.slice(found.span.start, found.span.end)).toContain(place);
  expect(found?.help).toContain(help);
});

test("a value that is neither inherited nor a default cannot be changed", () => {
  const text = `${start}\nstage alone { model: Small, data: world, learn: itc, batch: 8, steps: 5, optimizer.lr: 1 }`;
  expect(check(text).diagnostics.map(({ code, message }) => [code, message])).toEqual([
    ["V651", "`optimizer.lr` changes nothing: no `optimizer` is inherited"],
  ]);
});

describe("--set NAME.key=value", () => {
  const set = (...options: string[]) => specOf(`${start}\nmodel Other extends Small { layers: 2 }`, options);

  test("changes the declaration, and with it what its children inherit", () => {
    const spec = set("Small.width=96", "fusion.batch=16", "fusion.optimizer.lr=2e-4", "fusion.steps = 2 * 5");
    expect(["Small", "Other"].map((name) => modelOf(spec, name).width)).toEqual([96, 96]);
    expect(stageOf(spec, "fusion")).toMatchObject({
      batch: 16,
      duration: { unit: "steps", value: 10 },
      optimizer: { lr: 2e-4, clip: 1 },
    });
  });

  test("replaces mutually exclusive keys, and accepts blocks, lists and whole calls", () => {
    const {
      duration,
      augment,
      model: narrow,
    } = stageOf(
      set("fusion.epochs=2", "world.items=100", "fusion.augment=[flip]", "fusion.with.text.length=30"),
      "fusion",
    );
    expect(duration).toEqual({ unit: "epochs", value: 2 });
    expect(augment).toEqual([{ kind: "flip" }]);
    expect(narrow.text?.length).toBe(30);
  });

  test("strings need no quotes", () => {
    const text = 'vlmo 1\nparam folder = "a"\ndata d: pairs { format: jsonl, records: "x", images: "y" }';
    const settings = (option: string) => specOf(text, [option]).data.get("d")?.settings;
    expect(settings("d.records=/disk/my file.jsonl")).toMatchObject({ records: "/disk/my file.jsonl" });
    expect(settings("d.records=data/x.jsonl")).toMatchObject({ records: "data/x.jsonl" });
    expect(settings('d.records=folder + "/x"')).toMatchObject({ records: "a/x" });
    expect(settings("d.records=folder")).toMatchObject({ records: "a" });
  });

  test("the keyword of a kind stands for its only declaration", () => {
    const only = specOf(start, ["model.width=96", "evaluate.batch=3", "data.seed=4"]);
    expect(modelOf(only, "Small").width).toBe(96);
    expect(only.evaluations.get("retrieval")?.batch).toBe(3);
    expect(only.data.get("world")?.settings).toMatchObject({ seed: 4 });
  });

  test.each([
    ["fusion.optimzer.lr=1e-4", "V201", "optimzer", "did you mean `optimizer`?"],
    ["fusion.optimizer.lr=fast", "V106", "fast", "`lr` wants a plain number"],
    ["fusion.batch=3.5", "V207", "3.5", "write it as in"],
    ["fusion.batch=", "V021", "", "an option is written `--set name=value` or `--set stage.key=value`"],
    ["fusion.batch", "V204", "fusion.batch", "an option is written"],
    ["fusoin.batch=4", "V106", "fusoin", "did you mean `fusion`?"],
    ["stage.batch=4", "V106", "stage", "there are `language`, `fusion`"],
    [
      "fusion.batch=4,fusion.steps=2",
      "V117",
      "fusion.batch=4,fusion.steps=2",
      "--set fusion.batch=4 --set fusion.steps=2",
    ],
    ["fusion.batch=4 wide=2", "V117", "fusion.batch=4 wide=2", "repeat it"],
  ])("%s is reported as %s at `%s` of the option", (option, code, place, help) => {
    const [found] = check(start, [option]).diagnostics;
    expect(found?.code).toBe(code);
    expect(found?.span.file.path).toBe("--set");
    expect(found?.span.file.text.slice(found.span.start, found.span.end)).toBe(place);
    expect(found?.help).toContain(help);
  });

  test("reports two options for one key, also within a path", () => {
    for (const options of [
      ["fusion.batch=4", "fusion.batch=4"],
      ["fusion.optimizer.lr=1e-4", "fusion.optimizer.lr=2e-4"],
    ])
      expect(check(start, options).diagnostics.map(({ code }) => code)).toEqual(["V115"]);
    expect(check(start, ["fusion.optimizer.lr=1e-4", "fusion.optimizer.clip=2"]).diagnostics).toEqual([]);
  });
});
