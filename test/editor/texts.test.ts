// Requests about a whole document: outline, folding, formatting, semantic tokens, inlay hints, code lenses; signatures of
// calls and the call hierarchy of stages.
import { describe, expect, test } from "vitest";
import type { Range } from "vscode-languageserver-types";
import { legend } from "../../editor/server/semantic-tokens.js";
import { edited, mark, open, uriOf, type Opened } from "./open.js";
import { both, changed, data, main } from "./spec.js";

const whole = { start: { line: 0, character: 0 }, end: { line: 999, character: 0 } };

describe("the outline", () => {
  test("has all declarations with their entries", () => {
    const opened = open(both(main));
    const outline = opened.server.documentSymbols(opened.uri);
    expect(outline.map(({ name, detail }) => `${detail} ${name}`)).toEqual([
      "param side",
      "model Small",
      "head itc",
      "head itm",
      "stage first",
      "stage second",
      "evaluate retrieval",
      "expect sizes",
      "test it learns",
    ]);
    const [, model] = outline;
    expect(model?.children?.map(({ name, detail }) => [name, detail])).toEqual([
      ["layers", "4"],
      ["width", "32"],
      ["attention", undefined],
      ["layer_scale", "none"],
      ["image", undefined],
      ["text", undefined],
      ["experts", undefined],
    ]);
    expect(model?.children?.[6]?.children?.map(({ name }) => name)).toEqual(["vision", "language", "fusion"]);
  });

  test("of the workspace is searched by subsequences", () => {
    const opened = open({ "main.vlmo": main }, { disk: { "data.vlmo": data } });
    const names = (query: string): string[] => opened.server.workspaceSymbols(query).map(({ name }) => name);
    expect(names("co")).toEqual(["second", "coco"].filter((name) => /c.*o/.test(name)));
    expect(names("retr")).toEqual(["retrieval"]);
    expect(names("nowhere")).toEqual([]);
  });
});

test("blocks, imports and comments are folded", () => {
  const text = `vlmo 1
import { a } from "./a.vlmo"
import { b } from "./b.vlmo"

// one
// two
model Small {
  layers: 4
  attention {
    heads: 2
  }
  width: 32
}
`;
  const opened = open({ "main.vlmo": text });
  const ranges = opened.server.folding(opened.uri).map(({ startLine, endLine, kind }) => [startLine, endLine, kind]);
  expect(ranges).toEqual([
    [6, 11, undefined],
    [8, 9, undefined],
    [4, 5, "comment"],
    [1, 2, "imports"],
  ]);
});

describe("formatting", () => {
  const untidy = main.replace("  layers: 4\n", "    layers:4\n").replace("batch: 32", "batch:   32");

  test("gives a document its canonical form", () => {
    const opened = open({ "main.vlmo": untidy });
    expect(edited(untidy, opened.server.formatting(opened.uri))).toBe(main);
    opened.change("main.vlmo", main);
    expect(opened.server.formatting(opened.uri)).toEqual([]);
  });

  test("of a range formats its declarations and no others", () => {
    const opened = open({ "main.vlmo": untidy });
    const line = main.split("\n").indexOf("  batch: 32");
    const range = { start: { line, character: 0 }, end: { line, character: 2 } };
    expect(edited(untidy, opened.server.rangeFormatting(opened.uri, range))).toBe(
      main.replace("  layers: 4\n", "    layers:4\n"),
    );
  });

  test("leaves a document with syntax errors unchanged", () => {
    const opened = open({ "main.vlmo": untidy.replace("width: 32", "width: ") });
    expect(opened.server.formatting(opened.uri)).toEqual([]);
    expect(opened.server.rangeFormatting(opened.uri, whole)).toEqual([]);
  });
});

/** Each token's word with its type, decoded by the protocol. */
function tokensOf({ server, uri }: Opened, text: string, range: Range | null = null): string[] {
  const lines = text.split("\n");
  const { data: packed } = server.semanticTokens(uri, range);
  const found: string[] = [];
  let [line, column] = [0, 0];
  for (let i = 0; i < packed.length; i += 5) {
    const [down = 0, right = 0, length = 0, type = 0, modifiers = 0] = packed.slice(i, i + 5);
    line += down;
    column = down === 0 ? column + right : right;
    const word = lines[line]?.slice(column, column + length);
    found.push(`${word} ${legend.tokenTypes[type]}${modifiers === 1 ? " declared" : ""}`);
  }
  return found;
}

test("semantic tokens have the types of the declarations they name", () => {
  const opened = open(both(main));
  const tokens = tokensOf(opened, main);
  expect(tokens).toEqual(
    expect.arrayContaining([
      "coco struct",
      "side variable declared",
      "Small class declared",
      "layers property",
      "ffn function",
      "ratio parameter",
      "itc interface declared",
      "contrastive function",
      "cls property",
      "pool enumMember",
      "first event",
      "retrieval method declared",
      "recall function",
      "/// A small one. comment",
    ]),
  );
  expect(tokens.some((token) => token.startsWith("undefined"))).toBe(false);
  const line = main.split("\n").indexOf("  learn: itc + itm");
  const range = { start: { line, character: 0 }, end: { line, character: 17 } };
  expect(tokensOf(opened, main, range)).toEqual(["learn property", "itc interface", "itm interface"]);
});

describe("inlay hints", () => {
  const hintsOf = (opened: Opened): string[] => {
    const lines = (opened.texts.get("main.vlmo") ?? "").split("\n");
    return opened.server
      .inlayHints(opened.uri, whole)
      .map(({ position, label }) => `${lines[position.line]?.slice(0, position.character).trim()} | ${String(label)}`);
  };

  test("show derived values", () => {
    expect(hintsOf(open(both(changed(["steps: 10", "epochs: 3"]))))).toEqual([
      expect.stringMatching(/^model Small \| [\d,]+ parameters$/),
      "image { size: side, patch: 16px } | 5 tokens",
      "text { tokenizer: wordpiece(vocabulary: 120), length: 16 } | 16 tokens",
      "vision: ffn(image, ratio: 2) on all | layers 1..4",
      "language: ffn(text, ratio: 2) on all | layers 1..4",
      "fusion: ffn(pair, ratio: 2) on top 2 | layers 3..4",
      expect.stringMatching(/^batch: 32 \| [\d.]+ MiB per step$/),
    ]);
  });

  test("show the steps of an epoch if the data declare their number of items", () => {
    const opened = open({
      "main.vlmo": changed(["steps: 10", "epochs: 3"]),
      "data.vlmo": data.replace("scenes: 640", "items: 640"),
    });
    expect(hintsOf(opened)).toEqual(expect.arrayContaining(["data: coco | 20 steps an epoch", "epochs: 3 | 60 steps"]));
  });

  test("cover the requested lines", () => {
    const opened = open(both(main));
    const line = main.split("\n").findIndex((each) => each.includes("on top 2"));
    const range = { start: { line, character: 0 }, end: { line, character: 80 } };
    expect(opened.server.inlayHints(opened.uri, range).map(({ label }) => label)).toEqual(["layers 3..4"]);
  });

  test("are empty for a specification with errors", () => {
    expect(hintsOf(open(both(changed(["width: 32", "width: 33"]))))).toEqual([]);
  });
});

describe("the signature of a call", () => {
  test.each([
    ["after the opening parenthesis", "adamw(lr: 1e-3)", `adamw(${mark}`, "adamw", undefined],
    ["of a named argument", "adamw(lr: 1e-3)", `adamw(weight_decay: ${mark})`, "adamw", "weight_decay"],
    ["of an unnamed argument", "hard(itc,", `hard(${mark},`, "hard", "head"],
    ["of a variadic argument", "ffn(pair, ratio: 2)", `ffn(image, ${mark})`, "ffn", "views"],
    ["of the inner of two calls", "recall(1, 5, head: itc)", `recall(1, rerank: top(8, by: ${mark}))`, "top", "by"],
  ])("%s", (_, from, to, ...[name, active]) => {
    const opened = open(both(changed([from, to])));
    const help = opened.server.signatureHelp(opened.uri, opened.position);
    const [signature] = help?.signatures ?? [];
    expect(signature?.label).toMatch(new RegExp(`^${name}\\(`));
    const parameter = signature?.parameters?.[help?.activeParameter ?? -1]?.label;
    expect(parameter === undefined ? undefined : String(parameter).split(":")[0]).toBe(active);
  });

  test("is empty outside calls", () => {
    const opened = open(both(changed(["width: 32", `width: ${mark}32`])));
    expect(opened.server.signatureHelp(opened.uri, opened.position)).toBeNull();
  });
});

test("code lenses run commands of the command line", () => {
  const opened = open(both(main));
  const lines = [...opened.server.codeLenses(opened.uri), ...opened.server.codeLenses(uriOf("data.vlmo"))].map(
    ({ range, command }) => `${range.start.line + 1} ${command?.title}: ${command?.arguments?.flat().join(" ")}`,
  );
  expect(lines).toEqual([
    "27 plan: plan /work/main.vlmo --stage first",
    "27 rehearse: rehearse /work/main.vlmo --stage first",
    "27 train: train /work/main.vlmo --stage first",
    "36 plan: plan /work/main.vlmo --stage second",
    "36 rehearse: rehearse /work/main.vlmo --stage second",
    "36 train: train /work/main.vlmo --stage second",
    "49 run this test: test /work/main.vlmo --only it learns",
    "4 check data: data /work/data.vlmo coco",
    "5 check data: data /work/data.vlmo books",
  ]);
});

describe("in the call hierarchy a stage calls its predecessor", () => {
  const other = `vlmo 1\n\nimport { second } from "./main.vlmo"\n\nfinetune third from second { steps: 5 }\n`;

  test("across files, in both directions", () => {
    const opened = open(
      { ...both(changed(["stage second", `stage sec${mark}ond`])) },
      { disk: { "third.vlmo": other } },
    );
    const [item, more] = opened.server.prepareCallHierarchy(opened.uri, opened.position);
    expect(more).toBeUndefined();
    if (item === undefined) throw new Error("no item");
    expect(item).toMatchObject({ name: "second", detail: "stage" });
    expect(opened.server.incomingCalls(item)).toMatchObject([
      { from: { name: "third", uri: uriOf("third.vlmo") }, fromRanges: [{ start: { line: 4, character: 20 } }] },
    ]);
    expect(opened.server.outgoingCalls(item)).toMatchObject([{ to: { name: "first", uri: opened.uri } }]);
  });

  test("and other declarations have no calls", () => {
    const opened = open(both(changed(["model Small", `model Sm${mark}all`])));
    expect(opened.server.prepareCallHierarchy(opened.uri, opened.position)).toEqual([]);
  });
});
