// The canonical form of each construct, and that formatting changes neither tree nor comments.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { createSource, formatSource, grammarCodes, parse, renderAll } from "../../grammar/index.js";
import { variantFile, wholeFile } from "./examples.js";
import { printed } from "./printed.js";
import { shape } from "./shape.js";

function formatted(text: string): string {
  const { text: out, diagnostics } = formatSource(createSource("a.vlmo", text));
  expect(renderAll(diagnostics)).toBe("");
  return out ?? "";
}

const long = "a".repeat(50);

test.each([
  ["blanks", "param   a:px=224px", "param a: px = 224px"],
  ["operators", "param a = 1+2*-3 -  (4)", "param a = 1 + 2 * -3 - 4"],
  ["parentheses that matter", "param a = (1+2)*3 - (4 - 5)", "param a = (1 + 2) * 3 - (4 - 5)"],
  ["ranges", "param a = 50% .. 100%", "param a = 50%..100%"],
  ["numbers as written", "param a = 1_000k  steps", "param a = 1_000k steps"],
  ["strings", 'param a = "\\u{41}\\"\\t\\\\"', 'param a = "A\\"\\t\\\\"'],
  ["`+/-`", 'expect "x" { a == 1 +/- 2 }', 'expect "x" { a == 1 ± 2 }'],
  ["empty blocks", "model A {\n}", "model A {}"],
  ["one-line blocks", "model A { a:1 , b { c:2, } }", "model A { a: 1, b { c: 2 } }"],
  ["blocks begun below the brace", "model A {\na:1, b:2 }", "model A {\n  a: 1\n  b: 2\n}"],
  ["empty lines, one at most", "model A {\n\n  a: 1\n\n\n  b: 2\n\n}", "model A {\n  a: 1\n\n  b: 2\n}"],
  ["trailing commas", "model A { a: f(1, 2,), b: [1, ] }", "model A { a: f(1, 2), b: [1] }"],
  ["lists without brackets", "model A { a: b,c,   d, e: 1 }", "model A { a: b, c, d, e: 1 }"],
  ["an item after a setting", "model A { a: b\n c }", "model A {\n  a: b\n  c\n}"],
  ["placements", "param a = f  on top 2+layers 1..3", "param a = f on top 2 + layers 1..3"],
  ["placements of sums", "param a = (f on top (1 + 1))", "param a = f on top (1 + 1)"],
  ["a declaration named `on`", "param a = (on) on all", "param a = (on) on all"],
  ["calls without arguments in heads", "head a:f() {}", "head a: f {}"],
  ["statements", 'test "t" { train a for 20 steps on b(); c<d }', 'test "t" { train a for 20 steps on b; c < d }'],
  [
    "comparisons and traces",
    'test "t" { changed( a,b);trace loss+/-1% }',
    'test "t" { changed(a, b); trace loss ± 1% }',
  ],
  ["two blocks", 'stage a from checkpoint("x"){drop:b}{c:1}', 'stage a from checkpoint("x") { drop: b } { c: 1 }'],
  ["the best of a stage", "stage a from b  at\n best{c:1}", "stage a from b at best { c: 1 }"],
  ["imports", 'import {a,b,} from "x"', 'import { a, b } from "x"'],
  [
    "long calls",
    `param a = f(x: ${long}, y: ${long}, z: [1, 2])`,
    `param a = f(\n  x: ${long},\n  y: ${long},\n  z: [1, 2],\n)`,
  ],
  ["long sums", `param a = ${long} + ${long} + ${long}`, `param a = ${long} +\n  ${long} +\n  ${long}`],
  [
    "long lists without brackets",
    `model A {\n  a: ${long}, ${long}, ${long}\n}`,
    `model A {\n  a: ${long},\n      ${long},\n      ${long}\n}`,
  ],
  [
    "one-line declarations of one kind together",
    "param a = 1\nparam b = 2\n\n\nparam c = 3",
    "param a = 1\nparam b = 2\n\nparam c = 3",
  ],
  [
    "other declarations separated",
    "param a = 1\nmodel A {}\nmodel B {\n a: 1 }",
    "param a = 1\n\nmodel A {}\n\nmodel B {\n  a: 1\n}",
  ],
])("formats %s canonically", (_, before, after) => {
  expect(printed(`vlmo 1\n${before}\n`)).toBe(`vlmo 1\n\n${after}\n`);
});

test.each([
  ["above and after declarations", "// a\nparam a = 1 // b\n\n// c\n\n/// d\nparam b = 2\n// e"],
  ["above and after entries", "model A {\n  // a\n  a: 1 // b\n\n  // c\n  b: 2\n  // d\n}"],
  ["after an opening brace", "model A { // a\n  a: 1\n}"],
  ["alone in a block", "model A {\n  // a\n}"],
  ["in lists and arguments", "param a = f(\n  // a\n  x: 1, // b\n  y: [\n    1, // c\n    2,\n    // d\n  ],\n)"],
  ["in a list without brackets", "model A {\n  freeze: a, // a\n      b, // b\n      c // c\n  d: 1\n}"],
  ["among statements", 'expect "x" {\n  a == 1 // a\n  // b\n  b == 2\n}'],
  ["between names of an import", 'import {\n  a, // a\n  b,\n} from "x"'],
  ["with their indentation", "param a = 1\n//   indented\n//"],
])("keeps comments %s", (_, body) => {
  const text = `vlmo 1\n\n${body.replace("//   ", "//   ")}\n`;
  expect(printed(text)).toBe(text);
});

test("keeps comments around the header", () => {
  const text = "// licence\n\nvlmo 1 // version\n\n// first\nparam a = 1\n";
  expect(printed(text)).toBe(text);
});

test("moves a comment inside an expression before its entry", () => {
  expect(printed("vlmo 1\nmodel A {\n  a: 1 + // why\n    2\n}\n")).toBe(
    "vlmo 1\n\nmodel A {\n  // why\n  a: 1 + 2\n}\n",
  );
});

describe("line ends", () => {
  const lines = wholeFile.split("\n");

  test.each([
    ["LF", "\n", "\n"],
    ["CRLF", "\r\n", "\r\n"],
    ["a lone CR", "\r", "\n"],
  ])("of a file in %s are kept, or become LF, and nothing else changes", (_, end, ended) => {
    const canonical = formatted(wholeFile);
    expect(formatted(lines.join(end))).toBe(canonical.replaceAll("\n", ended));
    expect(formatted(canonical.replaceAll("\n", ended))).toBe(canonical.replaceAll("\n", ended));
  });

  test("if mixed, become that of the first line", () => {
    const mixed = (first: string, second: string): string =>
      lines.reduce((text, line, i) => text + (i % 2 === 1 ? first : second) + line);
    expect(formatted(mixed("\r\n", "\n"))).toBe(formatted(wholeFile).replaceAll("\n", "\r\n"));
    expect(formatted(mixed("\n", "\r\n"))).toBe(formatted(wholeFile));
  });

  test("do not affect the tree, nor does a byte-order mark", () => {
    for (const end of ["\r\n", "\r"]) {
      const { file, diagnostics } = parse(createSource("a.vlmo", `\uFEFF${lines.join(end)}`));
      expect(diagnostics).toEqual([]);
      expect(file.declarations.map(shape)).toEqual(
        parse(createSource("a.vlmo", wholeFile)).file.declarations.map(shape),
      );
    }
  });

  test("are kept after a byte-order mark", () => {
    expect(formatted("\uFEFFvlmo 1\r\nparam  a = 1\r\n")).toBe("\uFEFFvlmo 1\r\n\r\nparam a = 1\r\n");
  });
});

test("a file with errors is not printed", () => {
  const { text, diagnostics } = formatSource(createSource("a.vlmo", "vlmo 1\nmodel A { a = 1 }"));
  expect(text).toBeUndefined();
  expect(diagnostics.map(({ code }) => code)).toEqual(["V028"]);
});

test("the whole example is canonical except for its blank lines", () => {
  const squeezed = (text: string): string => text.replace(/\n+/g, "\n");
  expect(squeezed(formatted(wholeFile))).toBe(squeezed(wholeFile));
});

describe("formatting is idempotent and changes neither tree nor comments", () => {
  test.each<[string, string]>([
    ["whole example", wholeFile],
    ["variant", variantFile],
    ...Object.entries(grammarCodes).map(
      ([code, { right }]) => [`right example of ${code}`, right] satisfies [string, string],
    ),
  ])("for the %s", (_, text) => {
    printed(text);
  });

  test("for an example with comments and line breaks inserted anywhere", () => {
    const insertion = fc.record({
      at: fc.nat(2400),
      put: fc.constantFrom("// note\n", "\n// note\n", "\n", "\n\n\n", "  "),
    });
    const edits = fc.array(insertion, { minLength: 1, maxLength: 5 });
    let read = 0;
    fc.assert(
      fc.property(fc.constantFrom(wholeFile, variantFile), edits, (text, puts) => {
        let changed = text;
        for (const { at, put } of puts) changed = changed.slice(0, at) + put + changed.slice(at);
        if (parse(createSource("a.vlmo", changed)).diagnostics.length > 0) return;
        read++;
        printed(changed);
      }),
      { seed: 1, numRuns: 120 },
    );
    expect(read).toBeGreaterThan(20);
  });

  const { value } = fc.letrec<{ value: string }>((tie) => {
    const inner = tie("value");
    const leaf = fc.constantFrom(
      "a",
      "on",
      "every",
      "b.c[1]",
      "10k steps",
      "5%",
      '"x y"',
      "true",
      "[]",
      "f()",
      "(every 2 epochs)",
    );
    const two = (operator: string): fc.Arbitrary<string> =>
      fc.tuple(inner, inner).map(([l, r]) => `(${l}) ${operator} (${r})`);
    const one = (make: (text: string) => string): fc.Arbitrary<string> => inner.map(make);
    return {
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        leaf,
        two("+"),
        two("-"),
        two("*"),
        two("/"),
        two(".."),
        one((text) => `-(${text})`),
        one((text) => `g(every 1 * ${text})`),
        one((text) => `(${text}) on all - top (${text})`),
        one((text) => `f(${text}, name: ${text})`),
        one((text) => `[${text}, a]`),
        one((text) => `p[${text}].q`),
        one((text) => `{ a: ${text}, b { c: ${text}, d } }`),
      ),
    };
  });

  test("for any value", () => {
    fc.assert(
      fc.property(value, (text) => {
        const source = `vlmo 1\nmodel A { a: ${text}, b: ${text} }\nparam b = ${text}\n`;
        fc.pre(parse(createSource("a.vlmo", source)).diagnostics.length === 0);
        printed(source);
      }),
      { seed: 1, numRuns: 120 },
    );
  });
});
