// Every request is answered at any position of any text, however truncated or garbled.
import { readFileSync } from "node:fs";
import fc from "fast-check";
import { expect, test } from "vitest";
import { createSource, positionAt } from "../../grammar/index.js";
import { isLong } from "../support/long.js";
import { open, uriOf } from "./open.js";
import { data, main } from "./spec.js";

/** Property names that every JavaScript object inherits, in all positions of words. */
const inherited = `vlmo 1
head h: contrastive(image.constructor, text.__proto__)
head k: constructor(image.cls)
data d: constructor { format: toString }
data e: pairs { format: __proto__, constructor { x: 1 }, split { toString: 1 } }
model m { constructor: 3, attention { toString: 1, position: valueOf(1) }, toString { a: 1 }, norm: constructor(1) }
model n { experts { constructor: toString(image) on all } }
stage s { optimizer: constructor(lr: 1), schedule: __proto__, augment: [toString, constructor(2)], mix: valueOf
  init { constructor: copy(toString) }
  with { constructor { a: 1 }, toString: 2 }
  learn: constructor + toString, train: constructor.toString, best: constructor(1) }
evaluate v on d using s { constructor, toString(1), batch.toString: 4 }
expect "constructor" { constructor(s) == 1; parameters(s, constructor) == __proto__ }
test "x" { train constructor for 3 steps on toString(seed: 1); loss.constructor.first < 1; changed(toString); trace constructor ± 1 }
`;

const texts = [
  main,
  data,
  ...["quickstart", "vlmo-base", "tests", "data", "finetune/from-release", "finetune/data"].map((name) =>
    readFileSync(`specs/${name}.vlmo`, "utf8"),
  ),
];
const pieces = [
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  '"',
  ":",
  ",",
  ".",
  "..",
  "on ",
  "from ",
  "extends ",
  "image.",
  "heads.",
  "mix(",
  "1",
  "5%",
  "\n",
  "\r\n",
  "// ",
  "/// ",
  "vlmo 1\n",
  "é",
  "\u{1F600}",
  "\uFEFF",
  "model",
  "stage x from ",
  "import { ",
] as const;

const edit = fc.record({
  at: fc.double({ min: 0, max: 1, noNaN: true }),
  length: fc.nat(40),
  put: fc.array(fc.constantFrom(...pieces), { maxLength: 3 }),
});
const garbled = fc
  .tuple(
    fc.constantFrom(...texts),
    fc.array(edit, { maxLength: 3 }),
    fc.option(fc.double({ min: 0, max: 1, noNaN: true })),
  )
  .map(([text, edits, end]) => {
    const changed = edits.reduce((now, { at, length, put }) => {
      const start = Math.floor(at * now.length);
      return now.slice(0, start) + put.join("") + now.slice(start + length);
    }, text);
    return end === null ? changed : changed.slice(0, Math.floor(end * changed.length));
  });

/** Sends every request that takes a position. */
function askAll(text: string, where: number): void {
  const opened = open({ "main.vlmo": text }, { disk: { "data.vlmo": data }, snippets: where > 0.5 });
  const { server, uri } = opened;
  const { line, column } = positionAt(createSource("", text), Math.floor(where * text.length));
  const position = { line: line - 1, character: column - 1 };
  const range = { start: position, end: { line: position.line + 30, character: 3 } };
  opened.wait();
  server.completion(uri, position);
  server.hover(uri, position);
  server.signatureHelp(uri, position);
  server.definition(uri, position);
  server.references(uri, position, true);
  server.highlights(uri, position);
  if (server.prepareRename(uri, position) !== null) server.rename(uri, position, "another");
  server.documentSymbols(uri);
  server.workspaceSymbols("m");
  server.folding(uri);
  const { data: tokens } = server.semanticTokens(uri);
  expect(tokens.every((each) => Number.isInteger(each) && each >= 0)).toBe(true);
  server.formatting(uri);
  server.rangeFormatting(uri, range);
  server.codeActions(uri, range, ["quickfix"]);
  server.inlayHints(uri, range);
  server.codeLenses(uri);
  for (const item of server.prepareCallHierarchy(uri, position)) {
    server.incomingCalls(item);
    server.outgoingCalls(item);
  }
  server.closed(uri);
  opened.wait();
}

test("every request is answered for any text", () => {
  fc.assert(
    fc.property(garbled, fc.double({ min: 0, max: 1, noNaN: true }), (text, where) => askAll(text, where)),
    { seed: 1, numRuns: isLong ? 2000 : 60 },
  );
});

test.each([
  ["empty", ""],
  ["a single letter", "m"],
  ["deeply nested brackets", `vlmo 1\nmodel A { ${"(".repeat(2000)}`],
  ["a very long line", `vlmo 1\nmodel A { ${"a".repeat(20_000)}`],
  ["another language", "import torch\nclass A:\n  pass\n"],
  ["an import cycle", 'vlmo 1\nimport { a } from "./main.vlmo"\n'],
  [
    "a declaration that extends itself",
    "vlmo 1\nmodel A extends A { experts { } }\nhead h extends h\ndata d extends d { }\n",
  ],
])("every request is answered at the end of a text that is %s", (_, text) => {
  expect(() => askAll(text, 1)).not.toThrow();
});

test("property names inherited by JavaScript objects are ordinary words in every position", () => {
  for (let i = 0; i < inherited.length; i += 60) askAll(inherited, i / inherited.length);
});

test("a document that is no file, or was never opened, gets empty answers", () => {
  const { server } = open({});
  const position = { line: 0, character: 0 };
  for (const uri of ["untitled:Untitled-1", uriOf("missing.vlmo")]) {
    server.changed({ uri: "untitled:Untitled-1", version: 1, text: main });
    expect(server.completion(uri, position)).toEqual([]);
    expect(server.hover(uri, position)).toBeNull();
    expect(server.documentSymbols(uri)).toEqual([]);
    expect(server.semanticTokens(uri)).toEqual({ data: [] });
  }
});
