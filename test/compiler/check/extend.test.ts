// `extends`, imports, params and `--set`: how values are resolved.
import { describe, expect, test } from "vitest";
import { example, exampleFiles } from "../../../compiler/codes/example.js";
import { check, codesOf, modelOf, specOf, stageOf } from "./check.js";

const child = (body: string) => modelOf(specOf(`${example()}\nmodel Child extends Small {\n${body}\n}`), "Child");

describe("a model that extends another", () => {
  test("inherits the keys it does not set", () => {
    expect(child("layers: 4")).toMatchObject({ layers: 4, width: 64, layerScale: 0.1, attention: { heads: 4 } });
  });

  test("merges sections key by key and replaces calls as a whole", () => {
    const { attention, text } = child("attention { position: relative }\ntext { length: 30 }");
    expect(attention).toMatchObject({ heads: 4, position: { kind: "relative", span: 196 } });
    expect(text).toMatchObject({ length: 30, tokenizer: { vocabulary: 1000 } });
  });

  test("moves an expert if only a placement is given", () => {
    expect(child("experts { fusion: on top 3 }").experts.find(({ name }) => name === "fusion")).toMatchObject({
      views: ["pair"],
      layers: [2, 3, 4],
    });
  });

  test("replaces an expert by a call, and adds one", () => {
    const { experts } = child("experts { fusion: ffn(pair, ratio: 2) on top 1, more: ffn(pair) on bottom 1 }");
    expect(experts.map(({ name, ratio, layers }) => [name, ratio, layers.length])).toEqual([
      ["vision", 4, 4],
      ["language", 4, 4],
      ["fusion", 2, 1],
      ["more", 4, 1],
    ]);
  });

  test("resolves params in the file that a value was written in", () => {
    const spec = specOf({
      "main.vlmo":
        'vlmo 1\nimport { Base } from "./base.vlmo"\nparam ratio: real = 9\nmodel Child extends Base { experts { v: on bottom 1 } }',
      "base.vlmo": `vlmo 1
param ratio: real = 3
model Base {
  layers: 2, width: 8
  attention { heads: 2 }
  experts { v: ffn(image, ratio: ratio) on all }
}`,
    });
    expect(modelOf(spec, "Child").experts[0]).toMatchObject({ ratio: 3, layers: [1] });
  });
});

describe("a stage that extends another", () => {
  const stage = (body: string) => stageOf(specOf(`${example()}\nstage child extends fusion {\n${body}\n}`), "child");

  test("replaces `steps` by `epochs`, and `freeze` by `train`", () => {
    expect(stage("epochs: 2").duration).toEqual({ unit: "epochs", value: 2 });
    const spec = specOf(`${example()}\nstage child extends language { train: experts.language }`);
    expect([...stageOf(spec, "child").trained].every((name) => name.includes("experts.language"))).toBe(true);
  });

  test("inherits `from` unless it sets its own", () => {
    expect(stage("batch: 16").from).toMatchObject({ kind: "stage", name: "language" });
    const spec = specOf(`${example()}\nstage child extends fusion from scratch { model: Small }`);
    expect(stageOf(spec, "child").from).toEqual({ kind: "scratch" });
  });
});

describe("--set", () => {
  const base = example(["width: 64", "width: size"]) + "\nparam size: count = 64\nparam rate: ratio = 10%\n";

  test("replaces a param", () => {
    expect(modelOf(specOf(base, ["size=128"]), "Small").width).toBe(128);
    expect(specOf(base, ["size = 2 * 64"]).params.get("size")).toBe(128);
  });

  test.each([
    ["size=12.5", "V207"],
    ['size="64"', "V204"],
    ["size=64px", "V205"],
    ["rate=130%", "V206"],
    ["siez=64", "V110"],
    ["size=65", "V301"],
    ["size", "V020"],
  ])("%s is checked like the file: %s", (option, code) => {
    expect(codesOf(check({ "example.vlmo": base }, [option]))).toContain(code);
  });

  test("reports the place within the option", () => {
    const [diagnostic] = check({ "example.vlmo": base }, ["size=12.5"]).diagnostics;
    expect(diagnostic?.span).toMatchObject({ start: 5, end: 9, file: { path: "--set", text: "size=12.5" } });
  });

  test("replaces params of an imported file", () => {
    const files = {
      "main.vlmo": 'vlmo 1\nimport { texts } from "./texts.vlmo"\ndata more extends texts { items: 5 }',
      "texts.vlmo": "vlmo 1\nparam world: count = 1\ndata texts: texts { format: shapes, seed: world }",
    };
    expect(specOf(files, ["world=7"]).data.get("more")?.settings).toMatchObject({ seed: 7, items: 5 });
  });
});

test("params may refer to each other; each of a chain of doublings is evaluated once", () => {
  const doublings = Array.from({ length: 40 }, (_, i) => `param p${i + 1}: real = p${i} + p${i}`).join("\n");
  expect(specOf(`vlmo 1\nparam p0: real = 1\n${doublings}`).params.get("p40")).toBe(2 ** 40);
});

/** The specification of several files, checked from one of them. */
function specFrom(entry: string, files: Readonly<Record<string, string>>) {
  return specOf({ [entry]: files[entry] ?? "", ...files });
}

test("of two stages with one name the one that the other depends on keeps it, whichever file is checked", () => {
  const files = {
    "main.vlmo": 'vlmo 1\nimport { fusion } from "./base.vlmo"\nstage language extends fusion from fusion { steps: 5 }',
    "other.vlmo":
      'vlmo 1\nimport { language } from "./main.vlmo"\nstage last extends language from language { steps: 6 }',
    "base.vlmo": example(),
    ...exampleFiles,
  };
  expect([...specFrom("main.vlmo", files).stages.keys()]).toEqual(["language", "fusion", "main.language"]);
  expect([...specFrom("other.vlmo", files).stages.keys()]).toEqual(["language", "fusion", "main.language", "last"]);
});

test("heads and stages keep their declared names, even if declarations in other files share them", () => {
  const model = example();
  const files = {
    // A model is imported from a file whose heads and stages have the same names but are not used here.
    "train.vlmo":
      'vlmo 1\nimport { Small, world } from "./base.vlmo"\nhead itc: contrastive(image.cls, text.cls)\n' +
      "stage fusion { model: Small, data: world, learn: itc, batch: 8, steps: 3, optimizer: adamw(lr: 1e-3) }",
    "measure.vlmo":
      'vlmo 1\nimport { fusion } from "./train.vlmo"\nimport { world } from "./base.vlmo"\n' +
      "evaluate itc on world using fusion { recall(1) }",
    "base.vlmo": model,
    ...exampleFiles,
  };
  for (const entry of ["train.vlmo", "measure.vlmo"]) {
    const stage = specFrom(entry, files).stages.get("fusion");
    expect(stage?.heads.map(({ name }) => name)).toEqual(["itc"]);
    expect([...(stage?.trained ?? [])].filter((name) => name.startsWith("heads."))).toContain("heads.itc.image.weight");
  }
});
