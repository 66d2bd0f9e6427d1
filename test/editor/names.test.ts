// Hover, definitions, references and renaming, within a file and across files.
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { describe, expect, test } from "vitest";
import type { TextEdit } from "vscode-languageserver-types";
import { checkSpec, planOf, planText } from "../../compiler/index.js";
import { oneOf } from "../support/long.js";
import { applied, mark, open, uriOf } from "./open.js";
import { both, changed, data, main } from "./spec.js";

describe("hover", () => {
  test.each<[what: string, from: string, to: string, says: readonly (string | RegExp)[]]>([
    ["a key", "width: 32", `wid${mark}th: 32`, ["`width`: count, required", "Features of a token."]],
    ["a key of a section", "heads: 2", `${mark}heads: 2`, ["Number of attention heads"]],
    ["an argument", "lr: 1e-3", `l${mark}r: 1e-3`, ["`lr`: real, required"]],
    ["a constructor", "adamw(", `ada${mark}mw(`, ["adamw(lr: …", "`weight_decay`: real, by default 0.01"]],
    ["a kind of head", "matching(", `match${mark}ing(`, ["head NAME: matching(…)"]],
    ["a value of an enumeration", "from: pool", `from: po${mark}ol`, ["`pool`: its whole pool"]],
    ["a change by path", "optimizer.lr", `optimizer.l${mark}r`, ["`lr`: real, required"]],
    [
      "a model",
      "model: Small",
      `model: Sm${mark}all`,
      ["A small one.", /\d[\d,]* parameters without heads/, "view pair: 21 tokens"],
    ],
    ["a stage", "stage first", `stage fir${mark}st`, ["Both at once.", "10 steps, batch 32", "memory"]],
    ["a stage that starts from another", "stage second", `stage sec${mark}ond`, ["from first: ", "tensors kept"]],
    [
      "a head",
      "learn: itc",
      `learn: it${mark}c`,
      ["Pulls pairs together.", "image [batch, 32], text [batch, 32]", "learnt by first, second"],
    ],
    [
      "data of another file",
      "data: coco",
      `data: co${mark}co`,
      ["Pictures with their captions.", "from `/work/data.vlmo`", "pairs, format shapes"],
    ],
    ["a param", "size: side", `size: si${mark}de`, ["param side: px = 32px", "= 32"]],
    [
      "an expert",
      "fusion: ffn",
      `fus${mark}ion: ffn`,
      ["in layers 3..4 of 4", "serves all tokens of pair in layers 3..4"],
    ],
    ["a feature", "image.cls", `image.c${mark}ls`, ["`[batch, 32]` in model `Small`"]],
    ["a view of a feature", "pair.pooled", `pa${mark}ir.pooled`, ["`[batch, 32]` in model `Small`"]],
    ["a part", "freeze: attention", `freeze: atten${mark}tion`, [/[\d,]+ parameters in `second`: [\d,]+ frozen/]],
    ["a step of a part", "experts.vision", `experts.vis${mark}ion`, [/parameters in `second`: [\d,]+ frozen/]],
    ["a measured quantity", "pool(first", `po${mark}ol(first`, ["`pool(STAGE, HEAD)`"]],
  ])("documents %s", (_, from, to, says) => {
    const opened = open(both(changed([from, to])));
    const contents = opened.server.hover(opened.uri, opened.position)?.contents;
    const value = contents !== undefined && typeof contents === "object" && "value" in contents ? contents.value : "";
    for (const each of says)
      if (typeof each === "string") expect(value).toContain(each);
      else expect(value).toMatch(each);
  });

  test("is empty where there is no name", () => {
    const opened = open(both(changed(["layers: 4", `layers: ${mark}4`])));
    expect(opened.server.hover(opened.uri, opened.position)).toBeNull();
  });

  test("shows no sizes of a specification with errors", () => {
    const opened = open(both(changed(["model: Small", `model: Sm${mark}all`], ["layers: 4", "layers: many"])));
    const text = JSON.stringify(opened.server.hover(opened.uri, opened.position));
    expect(text).toContain("A small one.");
    expect(text).not.toContain("parameters");
  });
});

/** `main 12:3`, with lines and columns from 1. */
const placeText = ({
  uri,
  range: { start },
}: {
  uri: string;
  range: { start: { line: number; character: number } };
}): string => `${posix.basename(uri, ".vlmo")} ${start.line + 1}:${start.character + 1}`;

describe("a definition is found", () => {
  test.each([
    ["of a model", "model: Small", `model: Sm${mark}all`, "main 8:7"],
    ["of a declaration, which is its own", "model Small", `model Sm${mark}all`, "main 8:7"],
    ["of data in another file", "data: coco", `data: coco${mark}`, "data 4:6"],
    ["of an imported name", "{ coco }", `{ ${mark}coco }`, "data 4:6"],
    ["of the file of an import", './data.vlmo"', `./da${mark}ta.vlmo"`, "data 1:1"],
    ["of a parent", "extends first", `extends fi${mark}rst`, "main 27:7"],
    ["of the preceding stage", "first from first", `first from fir${mark}st`, "main 27:7"],
    ["of a head in a sum", "itc + itm", `itc + it${mark}m`, "main 24:6"],
    ["of a head that negatives are mined from", "hard(itc", `hard(it${mark}c`, "main 23:6"],
    ["of a head among parts of the model", "heads.itc", `heads.i${mark}tc`, "main 23:6"],
    ["of a head in a loss of a test", "loss.itc", `loss.i${mark}tc`, "main 23:6"],
    ["of a head of a metric", "head: itc", `head: i${mark}tc`, "main 23:6"],
    ["of a param", "size: side", `size: s${mark}ide`, "main 5:7"],
    ["of a stage in a list", "== [first", `== [fir${mark}st`, "main 27:7"],
    ["of a stage of a test", "train first", `train fir${mark}st`, "main 27:7"],
  ])("%s", (_, from, to, place) => {
    const opened = open(both(changed([from, to])));
    const found = opened.server.definition(opened.uri, opened.position);
    expect(found === null ? null : placeText(found)).toBe(place);
  });

  test.each([
    ["a key", "width: 32", `wid${mark}th: 32`],
    [
      "an expert with the name of a stage",
      "freeze: attention, experts.vision",
      `freeze: attention, experts.vis${mark}ion`,
    ],
    ["a view", "image.cls", `ima${mark}ge.cls`],
  ])("of no %s", (_, from, to) => {
    const opened = open(both(changed([from, to])));
    expect(opened.server.definition(opened.uri, opened.position)).toBeNull();
  });
});

describe("references", () => {
  test("of a head are all its uses, in every notation", () => {
    const opened = open(both(changed(["head itc:", `head i${mark}tc:`])));
    const found = opened.server.references(opened.uri, opened.position, true).map(placeText);
    expect(found.sort()).toEqual(
      ["main 23:6", "main 24:51", "main 30:10", "main 41:62", "main 44:27", "main 51:8"].sort(),
    );
    expect(opened.server.references(opened.uri, opened.position, false)).toHaveLength(5);
  });

  test("of data include files that are not open", () => {
    const opened = open(
      { "data.vlmo": data.replace("data coco", `data co${mark}co`) },
      { disk: { "main.vlmo": main } },
    );
    const found = opened.server.references(opened.uri, opened.position, true).map(placeText);
    expect(found).toEqual(["data 4:6", "main 3:10", "main 29:9", "main 41:23"]);
  });

  test("in the document are highlighted", () => {
    const opened = open(both(changed(["data: coco", `data: co${mark}co`])));
    const lines = opened.server.highlights(opened.uri, opened.position).map(({ range }) => range.start.line + 1);
    expect(lines).toEqual([3, 29, 41]);
  });
});

describe("renaming", () => {
  test("changes a declaration with its uses in all files", () => {
    const opened = open({ "main.vlmo": main, "data.vlmo": data.replace("data coco", `data co${mark}co`) });
    expect(opened.server.prepareRename(opened.uri, opened.position)).toMatchObject({ placeholder: "coco" });
    const renamed = opened.server.rename(opened.uri, opened.position, "captions");
    const texts = "edit" in renamed ? applied(renamed.edit, opened.texts) : null;
    expect(texts?.get("data.vlmo")).toBe(data.replaceAll("coco", "captions"));
    expect(texts?.get("main.vlmo")).toBe(main.replaceAll("coco", "captions"));
  });

  test.each([
    ["an invalid name", "two words", /is no name/],
    ["the name of another declaration", "itm", /is head `itm`/],
    ["a name declared in a file that imports it", "Small", /is model `Small`/],
  ])("refuses %s", (_, name, reason) => {
    const at =
      name === "Small"
        ? (["data: coco", `data: co${mark}co`] as const)
        : (["learn: itc", `learn: i${mark}tc`] as const);
    const opened = open(both(changed(at)));
    expect(opened.server.rename(opened.uri, opened.position, name)).toEqual({ refusal: expect.stringMatching(reason) });
  });

  test("is not offered where there is no name", () => {
    const opened = open(both(changed(["width: 32", `wid${mark}th: 32`])));
    expect(opened.server.prepareRename(opened.uri, opened.position)).toBeNull();
    expect(opened.server.rename(opened.uri, opened.position, "x")).toHaveProperty("refusal");
  });
});

const specs = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => posix.join("specs", name));

test("renaming every name of the shipped specifications does not change their plans and messages", () => {
  const disk = Object.fromEntries(specs.map((path) => [path, readFileSync(path, "utf8")]));
  const opened = open({}, { disk });
  const before = new Map(Object.entries(disk));
  const changes: Record<string, TextEdit[]> = {};
  for (const path of specs)
    for (const { name, detail, selectionRange } of opened.server.documentSymbols(uriOf(path))) {
      if (detail === "expect" || detail === "test") continue;
      const renamed = opened.server.rename(uriOf(path), selectionRange.start, `zz_${name}`);
      if (!("edit" in renamed)) throw new Error(`${path} ${name}: ${renamed.refusal}`);
      for (const [uri, edits] of Object.entries(renamed.edit.changes ?? {})) (changes[uri] ??= []).push(...edits);
    }
  const after = applied({ changes }, before);
  for (const path of oneOf(8, specs)) {
    expect(after.get(path), path).not.toBe(before.get(path));
    expect(meaning(after, path).replaceAll("zz_", ""), path).toBe(meaning(before, path));
  }
});

/** The plan and all messages, with normalised column widths, which depend on names. */
function meaning(texts: ReadonlyMap<string, string>, path: string): string {
  const { spec, diagnostics } = checkSpec(path, {
    read: (each) => texts.get(each) ?? null,
    resolvePath: (from, to) => posix.join(posix.dirname(from), to),
  });
  const plan = spec === null ? "" : planText(planOf(spec));
  return [plan, ...diagnostics.map(({ code, message }) => `${code} ${message}`)].join("\n").replaceAll(/ +/g, " ");
}
