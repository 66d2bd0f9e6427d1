// `vlmo check --fix`: what it fixes, what it leaves, and that it never adds mistakes.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { example, exampleAnd } from "../../../compiler/codes/example.js";
import { compilerCodes } from "../../../compiler/codes.js";
import { applyFixes, type Fixed } from "../../../compiler/index.js";
import { grammarCodes, type Diagnostic } from "../../../grammar/index.js";
import { check } from "../check/check.js";

const messages = (texts: ReadonlyMap<string, string>, set: readonly string[] = []): readonly Diagnostic[] =>
  check(Object.fromEntries(texts), set).diagnostics;

function fixed(text: string): Fixed & { readonly text: string } {
  const result = applyFixes(new Map([["example.vlmo", text]]), (texts) => messages(texts));
  return { ...result, text: result.changed.get("example.vlmo") ?? text };
}

describe("--fix corrects", () => {
  const right = example();
  test.each([
    ["a misspelt key", example(["width: 64", "widht: 64"])],
    ["a misspelt name", example(["learn: itc + itm", "learn: itc + itmm"])],
    ["a misspelt constructor", example(["adamw(lr: 1e-3)\n}\n\nstage", "adam(lr: 1e-3)\n}\n\nstage"])],
    ["a misspelt import", example(["import { shapes_text }", "import { shape_text }"])],
    ["a misspelt feature", example(["text.cls", "text.cl"])],
    ["a misspelt part", example(["freeze: attention", "freeze: atention"])],
    ["a misspelt declaration", example(["model Small", "modle Small"])],
    ["a misspelt choice", example(["from: pool", "from: pol"])],
    ["a misspelt expert", example(["fusion: on none", "fusoin: on none"])],
    ["a missing unit", example(["size: 64px", "size: 64"])],
    [
      "a superfluous unit",
      example(["batch: 32\n  steps: 1000\n  optimizer", "batch: 32\n  steps: 1000 steps\n  optimizer"]),
    ],
    ["a key given twice with equal values", example(["width: 64", "width: 64\n  width: 64"])],
    ["a number in quotes", example(["width: 64", 'width: "64"'])],
    ["`=` for `:`", example(["width: 64", "width = 64"])],
    ["a missing comma", example(["image { size: 64px, patch: 16px }", "image { size: 64px patch: 16px }"])],
    ["a brace on the next line", example(["model Small {", "model Small\n{"])],
    ["a key in quotes", example(["width: 64", '"width": 64'])],
    [
      "five mistakes at once",
      example(
        ["width: 64", "widht: 64"],
        ["size: 64px", "size: 64"],
        ["text.cls", "text.cl"],
        ["from: pool", "from: pol"],
        ["learn: words", "lern: wrods"],
      ),
    ],
  ])("%s", (_, text) => {
    expect(fixed(text).text).toBe(right);
  });

  test("an unused import", () => {
    const text = exampleAnd('import { more } from "./data.vlmo"');
    const all = (texts: ReadonlyMap<string, string>) =>
      check({
        ...Object.fromEntries(texts),
        "data.vlmo":
          "vlmo 1\ndata shapes_text: texts { format: shapes, seed: 1 }\ndata more: texts { format: shapes, seed: 2 }\n",
      }).diagnostics;
    const { changed, applied } = applyFixes(new Map([["example.vlmo", text]]), all);
    expect(changed.get("example.vlmo")).toBe(`${example()}\n`);
    expect(applied).toMatchObject([
      { code: "V104", line: 45, before: 'import { more } from "./data.vlmo"\n', after: "" },
    ]);
    const both = text
      .replace("{ shapes_text }", "{ shapes_text, more }")
      .replace('import { more } from "./data.vlmo"', "");
    expect(applyFixes(new Map([["example.vlmo", both]]), all).changed.get("example.vlmo")).toContain(
      "{ shapes_text } from",
    );
  });
});

describe("--fix leaves", () => {
  test.each([
    [
      "a name equally close to two others",
      exampleAnd("head itx: contrastive(image.cls, text.cls)", ["learn: itc + itm", "learn: itc + itz"]),
    ],
    ["a key given twice with different values", example(["width: 64", "width: 64\n  width: 128"])],
    ["an unused import that a misspelt name may refer to", example(["data: shapes_text", "data: shpes_txt_x"])],
    [
      "a list that contains a comment",
      exampleAnd("param a = 1", ["import { shapes_text }", "import { shapes_text, // why\n  shapes_text }"]),
    ],
    ["a mistake with several remedies", example(["layers: 4", "layers: 0"])],
  ])("%s", (_, text) => {
    expect(fixed(text)).toMatchObject({ text, applied: [] });
  });

  test("files not given on the command line", () => {
    const text = example(["learn: itc + itm", "learn: itc + itmm"]);
    const result = applyFixes(new Map(), () => messages(new Map([["example.vlmo", text]])));
    expect(result).toMatchObject({ applied: [], diagnostics: [{ code: "V106" }] });
    expect(result.changed.size).toBe(0);
  });
});

test("mistakes uncovered by a fix are fixed too", () => {
  const twice = example(["text.cls", "text.cl"], ["head itc: contrastive", "head itc: contrastve"]);
  const { text, applied } = fixed(twice);
  expect(applied.map(({ before, after }) => `${before} → ${after}`)).toEqual([
    "contrastve → contrastive",
    "text.cl → text.cls",
  ]);
  expect(text).toBe(example());
});

/** Must hold for every file: if anything was fixed, fewer messages and no new codes; and a second run finds nothing to fix. */
function neverWorse(text: string, set: readonly string[] = []): number {
  const run = (of: string): Fixed => applyFixes(new Map([["example.vlmo", of]]), (texts) => messages(texts, set));
  const before = messages(new Map([["example.vlmo", text]]), set);
  const { changed, applied, diagnostics } = run(text);
  if (applied.length === 0) {
    expect(changed.size).toBe(0);
    return 0;
  }
  const codes = before.map(({ code }) => code);
  expect(diagnostics.length, text).toBeLessThan(before.length);
  expect(diagnostics.filter(({ code }) => !codes.includes(code))).toEqual([]);
  expect(run(changed.get("example.vlmo") ?? text).applied).toEqual([]);
  return applied.length;
}

const folders = ["compiler", "grammar"].map((name) => join(import.meta.dirname, "../../fixtures/diagnostics", name));
const fixtures = folders.flatMap((folder) =>
  readdirSync(folder)
    .filter((name) => name.endsWith(".vlmo"))
    .map((name) => readFileSync(join(folder, name), "utf8")),
);
const wrong = Object.values({ ...grammarCodes, ...compilerCodes }).map((page) => page.wrong);

test("fixtures and examples of pages never get new mistakes, and many lose some", () => {
  const texts = [...fixtures, ...wrong].filter((text) => text.length < 10_000);
  const mended = texts.filter((text) => neverWorse(text) > 0);
  expect(mended.length).toBeGreaterThan(25);
});

test("files with words exchanged never get new mistakes", () => {
  const words = example().match(/\w+|[^\s\w]/g) ?? [];
  const change = fc.record({ at: fc.nat(words.length - 1), put: fc.constantFrom(...words, "", "widht", "64", "\n") });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 4 }), (changes) => {
      let at = 0;
      const text = example().replace(/\w+|[^\s\w]/g, (word) => {
        const here = changes.find((each) => each.at === at);
        at += 1;
        return here?.put ?? word;
      });
      neverWorse(text);
    }),
    { seed: 1, numRuns: 60 },
  );
});
