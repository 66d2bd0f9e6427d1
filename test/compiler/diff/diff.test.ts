// `vlmo diff`: differences in meaning, apart from differences in notation.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { example } from "../../../compiler/codes/example.js";
import {
  diffDeclarations,
  diffSpecs,
  diffText,
  showDeclaration,
  showText,
  type Spec,
} from "../../../compiler/index.js";
import { sameNames } from "../../../compiler/diff/pairs.js";
import { headProperties, settings } from "../../../compiler/diff/properties.js";
import { course } from "../../../compiler/diff/stage-properties.js";
import { headKinds } from "../../../compiler/heads/index.js";
import { optimizers } from "../../../compiler/optimizers/index.js";
import { createSource, parse } from "../../../grammar/index.js";
import { specOf as specOfFile } from "../../support/specs.js";
import { specOf } from "../check/check.js";

const root = join(import.meta.dirname, "../../..");
const base = specOf(example());
const titles = { before: "a.vlmo", after: "b.vlmo" };
const told = (after: string): string => diffText(diffSpecs(base, specOf(after)), titles);

describe("the diff does not report", () => {
  const inherited = example([
    "stage fusion from language {\n  data: world\n  learn: itc + itm\n  batch: 32\n  steps: 1000",
    "stage common from language {\n  data: world\n  learn: itc\n  batch: 8\n  epochs: 2\n  optimizer: adamw(lr: 1)\n}\n\nstage fusion extends common {\n  learn: itm + itc\n  batch: 32\n  steps: 1000",
  ]);

  test.each([
    ["layout and comments", example().replaceAll(": ", ":   ").replace("model Small", "// why\nmodel Small")],
    ["the order of keys", example(["  layers: 4\n  width: 64\n", "  width: 64\n  layers: 4\n"])],
    [
      "the order of declarations",
      example(["head words: masked_tokens(text.tokens)\n", ""]) + "head words: masked_tokens(text.tokens)\n",
    ],
    ["the order of a sum", example(["learn: itc + itm", "learn: itm + 1 * itc"])],
    ["a param", example(["width: 64", "width: wide"]) + "param wide: count = 32 * 2\n"],
    ["a default written out", example(["width: 64", "width: 64\n  drop_path: 0%"])],
    ["another notation of a placement", example(["ffn(pair) on top 1", "ffn(pair) on all - layers 1..3"])],
    ["an expectation", `${example()}expect "size" { parameters(Small) > 0 }\n`],
  ])("%s", (_, after) => {
    expect(told(after)).toBe("no difference in meaning\n");
  });

  test("`extends`, except for the declarations it needs", () => {
    expect(told(inherited)).toBe("a.vlmo → b.vlmo\n\nstage common: only in b.vlmo\n");
  });
});

test("the position of a declaration makes no difference, for any kind of head", () => {
  const text = readFileSync(join(root, "test/conformance/heads.vlmo"), "utf8");
  const [before, after] = [text, text.replace("model Tiny", "// A comment.\nmodel Tiny")].map((each) => specOf(each));
  if (before === undefined || after === undefined) throw new Error("two texts are two specifications");
  expect(diffText(diffSpecs(before, after), titles)).toBe("no difference in meaning\n");
});

describe("the diff reports", () => {
  test.each([
    ["a wider model", [["width: 64", "width: 128"]]],
    ["an expert in more layers", [["ffn(pair) on top 1", "ffn(pair, ratio: 2) on top 2"]]],
    ["what is frozen", [["freeze: attention, experts.vision", "freeze: attention[1..2], experts.vision, norm1"]]],
    [
      "optimizer, schedule and batch",
      [
        [
          "adamw(lr: 1e-3)\n}\n\nstage",
          "adamw(lr: 5e-4, clip: 1)\n  schedule: cosine(warmup: 10%)\n  micro: 8\n}\n\nstage",
        ],
      ],
    ],
    ["an objective that is gone", [["learn: itc + itm", "learn: 0.5 * itc"]]],
    [
      "a renamed stage",
      [
        ["stage language {", "stage words_alone {"],
        ["from language", "from words_alone"],
      ],
    ],
    [
      "a model for one stage",
      [["with { experts { fusion: on none } }", "with { experts { fusion: on none }, text { length: 12 } }"]],
    ],
    [
      "data, heads, evaluations",
      [
        ["data world: pairs { format: shapes, seed: 1 }", "data world: pairs { format: shapes, seed: 2 }"],
        ["itc: contrastive(image.cls, text.cls)", "itc: contrastive(image.cls, text.cls) { temperature: 0.1 }"],
        ["recall(1, 5, 10)", "recall(1)"],
      ],
    ],
  ] as const)("%s", async (title, changes) => {
    const file = join(root, "test/fixtures/diff", `${title.replaceAll(/\W+/g, "-")}.txt`);
    await expect(told(example(...changes))).toMatchFileSnapshot(file);
  });

  test("VLMo-Base against VLMo-Large", async () => {
    const [before, after] = ["vlmo-base", "vlmo-large"].map((name) => specOfFile(join(root, "specs", `${name}.vlmo`)));
    const diff = before === undefined || after === undefined ? undefined : diffSpecs(before, after);
    const text = diff === undefined ? "" : diffText(diff, { before: "vlmo-base.vlmo", after: "vlmo-large.vlmo" });
    await expect(text).toMatchFileSnapshot(join(root, "test/fixtures/diff/base-large.txt"));
  });

  test("two stages of one file", async () => {
    const diff = diffDeclarations(base, "language", "fusion");
    const text = diff === undefined ? "" : diffText(diff, { before: "language", after: "fusion" });
    await expect(text).toMatchFileSnapshot(join(root, "test/fixtures/diff/two-stages.txt"));
  });
});

test("swapping the sides of a diff swaps before and after in the same rows", () => {
  const after = specOf(example(["width: 64", "width: 128"], ["learn: itc + itm", "learn: itc"]));
  const rows = (diff: ReturnType<typeof diffSpecs>) =>
    diff.declarations.flatMap(({ changes }) => changes.map(({ what, before: a, after: b }) => [what, a, b]));
  const back = rows(diffSpecs(after, base)).map(([what, a, b]) => [what, b, a]);
  expect(back.toSorted()).toEqual(rows(diffSpecs(base, after)).toSorted());
});

test("settings are named by their keys, for every kind of head and every optimizer", () => {
  const heads = [...specOfFile(join(root, "test/conformance/heads.vlmo")).heads.values()];
  expect(new Set(heads.map(({ kind }) => kind))).toEqual(new Set(headKinds));
  const ofHeads = heads.flatMap((head) => headProperties(head, sameNames));
  const ofStages = Object.keys(optimizers).flatMap((kind) => {
    const stage = specOf(example(["adamw(lr: 1e-3)\n}\n\nevaluate", `${kind}(lr: 1e-3)\n}\n\nevaluate`])).stages.get(
      "fusion",
    );
    expect(stage?.optimizer.kind).toBe(kind);
    return stage === undefined ? [] : settings(course(stage));
  });
  const called = [...ofHeads, ...ofStages].map(({ what }) => what);
  expect(called).toEqual(expect.arrayContaining(["label_smoothing", "optimizer.weight_decay"]));
  expect(called.filter((what) => /[A-Z]/.test(what))).toEqual([]);
});

test("a list taken from renamed data is no difference; a list taken from other data is one", () => {
  const spec = (name: string, taken: string) =>
    specOf(`vlmo 1
data ${name}: questions { format: jsonl, records: "train.jsonl" }
data world: questions { format: shapes }
data rest: questions { format: jsonl, records: "rest.jsonl", answers: from(${taken}) }
`);
  const changes = (after: Spec) =>
    diffSpecs(spec("train", "train"), after).declarations.flatMap((each) => each.changes);
  expect(changes(spec("learnt", "learnt"))).toEqual([]);
  expect(changes(spec("train", "world"))).toMatchObject([
    { what: "answers", before: "from(train)", after: "from(world)" },
  ]);
});

test("unknown names and declarations of different kinds have no diff", () => {
  expect(diffDeclarations(base, "fusion", "Small")).toBeUndefined();
  expect(diffDeclarations(base, "fusion", "fusoin")).toBeUndefined();
});

// `show` against `diff`: replacing every declaration by what `show` prints does not change the meaning.
test.each(["quickstart.vlmo", "parity.vlmo", "bench-pair.vlmo"])(
  "the output of `show` for every declaration of %s has the meaning of %s",
  (file) => {
    const path = join(root, "specs", file);
    const text = readFileSync(path, "utf8");
    const { declarations } = parse(createSource(path, text)).file;
    const access = {
      read: (name: string) => (name === file ? text : null),
      resolvePath: (_: string, to: string) => to,
    };
    const shown = declarations.flatMap((node) => {
      if (!("name" in node)) return [];
      const found = showDeclaration(file, node.name.text, access).shown;
      return found === null ? [] : [showText(found, { origins: false })];
    });
    const again = specOf({ [file]: `vlmo 1\n\n${shown.join("\n")}` });
    expect(diffText(diffSpecs(specOfFile(path), again), titles)).toBe("no difference in meaning\n");
  },
);

test.each(readdirSync(join(root, "specs")).filter((name) => name.endsWith(".vlmo")))(
  "%s has no difference from itself",
  (name) => {
    const path = join(root, "specs", name);
    expect(diffSpecs(specOfFile(path), specOfFile(path))).toEqual({ same: true, declarations: [] });
  },
);
