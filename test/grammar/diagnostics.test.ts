// Syntax errors: the exact text of every fixture, and that each mistake is reported once.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createSource, formatSource, grammarCodes, parse, renderAll } from "../../grammar/index.js";

const folder = join(import.meta.dirname, "../fixtures/diagnostics/grammar");
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".vlmo"));

const codesOf = (text: string): string[] => parse(createSource("test.vlmo", text)).diagnostics.map(({ code }) => code);

test.each(fixtures)("%s gives the diagnostics of its text file", async (name) => {
  const source = createSource(name, readFileSync(join(folder, name), "utf8"));
  const { diagnostics } = parse(source);
  await expect(`${renderAll(diagnostics)}\n`).toMatchFileSnapshot(join(folder, name.replace(".vlmo", ".txt")));
});

test("every code has a fixture that provokes it", () => {
  const named = fixtures.filter((name) => /^V\d/.test(name));
  const provoked = named.filter((name) => codesOf(readFileSync(join(folder, name), "utf8")).includes(name.slice(0, 4)));
  expect(provoked.map((name) => name.slice(0, 4))).toEqual(Object.keys(grammarCodes));
});

describe.each(Object.entries(grammarCodes))("the page of %s", (code, { wrong, right }) => {
  test("has a wrong example with this mistake only", () => {
    expect(codesOf(wrong)).toEqual([code]);
  });

  test("has a right example", () => {
    expect(codesOf(right)).toEqual([]);
  });
});

test.each([
  ["a missing brace", "model A {\n  a: 1\n\nmodel B { b = 2 }", ["V022", "V028"]],
  ["a missing brace of a section", "model A {\n  s { a: 1\n  b: 2\n}\nmodel B { b = 2 }", ["V022", "V028"]],
  ["a missing parenthesis", "model A {\n  a: f(x: 1\n  b: 2\n  c: 3pt\n}", ["V022", "V006"]],
  ["a missing bracket in parentheses", "param p = f([1, 2)\nparam q = 3pt", ["V022", "V006"]],
  ["a string that contains the closing parenthesis", 'model A {\n  a: f("x)\n  b: 3pt\n}', ["V002", "V006"]],
  ["a superfluous brace", "model A { a: 1 } }\nparam q = 3pt", ["V023", "V006"]],
  ["a misspelt word before a block", "modle A { a: 3pt }", ["V025", "V006"]],
  ["a broken first line of a declaration", "model A extends { a: 3pt }", ["V020", "V006"]],
  ["a broken entry", "model A {\n  a: )\n  b: 3pt\n}", ["V023", "V006"]],
  ["a stray character in an entry", "model A {\n  a: 1 @ 2, b: 3pt\n}", ["V001", "V006"]],
  ["a line separator that the language does not have", "param q = 3\u2028param p = 4", ["V001"]],
  ["a stray character between declarations", "@@@\nparam q = 3pt", ["V001", "V006"]],
  ["an unreadable statement", 'test "t" { a b; c == 3pt }', ["V029", "V006"]],
  ["a trace without tolerance", 'test "t" {\n  trace loss\n  a < 1pt\n}', ["V020", "V006"]],
  ["an unterminated evaluation", 'test "t" {\n  evaluate a\n', ["V022"]],
  ["a second header", "vlmo 1\nparam q = 3pt", ["V025", "V006"]],
])("after %s parsing continues", (_, body, codes) => {
  expect(codesOf(`vlmo 1\n${body}\n`)).toEqual(codes);
});

const comments: readonly (readonly [where: string, before: string, behind: string])[] = [
  ["at the top", "", "\nvlmo 1\nmodel A { a: 3pt }\n"],
  ["after the header", "vlmo 1 ", "\nmodel A { a: 3pt }\n"],
  ["above a declaration", "vlmo 1\n", "\nmodel A { a: 3pt }\n"],
  ["in a block", "vlmo 1\nmodel A {\n  ", "\n  a: 3pt\n}\n"],
  ["after an entry", "vlmo 1\nmodel A {\n  b: f(1) ", "\n  a: 3pt\n}\n"],
  ["after an opening brace", "vlmo 1\nmodel A { ", "\n  a: 3pt\n}\n"],
  ["in a list", "vlmo 1\nmodel A {\n  b: [1, ", "\n  2]\n  a: 3pt\n}\n"],
  ["at the end", "vlmo 1\nmodel A { a: 3pt }\n", ""],
];

describe.each(["# text", "#text", "-- text", "/* text */", "/** two\n * lines */", "/* open"])(
  "the comment %j",
  (comment) => {
    test.each(comments)("%s is reported at its place, and the rest is parsed", (_, before, behind) => {
      const { diagnostics } = parse(createSource("test.vlmo", before + comment + behind));
      expect(diagnostics.map(({ code }) => code).toSorted()).toEqual(["V006", "V032"]);
      expect(diagnostics.find(({ code }) => code === "V032")?.span.start).toBe(before.length);
    });
  },
);

test.each([
  ["1 - --2", []],
  ["--2", []],
  ["(1, --2)", ["V020"]],
  ["1 --2", ["V032"]],
  ["1 -- 2", ["V032"]],
  ["f(--2)", []],
  ["f(x: --2)", []],
  ["1..--2", []],
  ["-----2", []],
])("two minus signs count as a comment only where no operand can follow: %s", (value, codes) => {
  expect(codesOf(`vlmo 1\nparam a = ${value}\n`)).toEqual(codes);
});

test("an unquoted colour is reported as a string, not as a comment", () => {
  expect(codesOf("vlmo 1\nmodel A { a: #0099ff, b: f(#FFFFFF, 1) }\n")).toEqual(["V003", "V003"]);
});

/** The text as decoded from UTF-8, with replacement characters. */
const misread = (bytes: Uint8Array): string => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes);

/** Code points encoded in `size` bytes each. */
function wide(text: string, size: 2 | 4, littleEndian: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(text.length * size));
  Array.from(text, (sign, i) =>
    size === 2
      ? view.setUint16(i * size, sign.charCodeAt(0), littleEndian)
      : view.setUint32(i * size, sign.charCodeAt(0), littleEndian),
  );
  return new Uint8Array(view.buffer);
}

describe("a file of another kind", () => {
  test.each([
    ["a pointer of Git LFS", "version https://git-lfs.github.com/spec/v1\noid sha256:aa\nsize 12345\n", "git lfs pull"],
    ["a web page (HTML)", "\n<!DOCTYPE html><html>404", "download the file itself"],
    ["XML", '<?xml version="1.0"?>\n<a/>', "write it in this language"],
    ["JSON", '\uFEFF{\n  "model": {"layers": 2}}', "write it in this language"],
    ["JSON", "[1, 2]", "write it in this language"],
    ["TOML or an INI file", "[model]\nlayers = 2\n", "write it in this language"],
    ["YAML", "# a run\nmodel:\n  layers: 2\n", "write it in this language"],
    ["YAML", "---\nmodel: {}\n", "write it in this language"],
    ["Python", "#!/usr/bin/env python\n# a run\n\nimport torch\nmodel = VLMo(layers=2)\n", "write it in this language"],
    ["Python", "from torch import nn\n", "write it in this language"],
  ])("is reported once as %s and never overwritten", (what, text, instead) => {
    const { diagnostics } = parse(createSource("a.vlmo", text));
    expect(diagnostics.map(({ code }) => code)).toEqual(["V010"]);
    expect(diagnostics[0]?.help).toMatch(new RegExp(`^this is ${what.replace(/[()]/g, "\\$&")}`));
    expect(diagnostics[0]?.help).toContain(instead);
    expect(diagnostics[0]?.fix).toBeUndefined();
  });

  test.each(["model A { width: 64 }", 'import { A } from "./a.vlmo"', "param a = 1", "", "// YAML: no\nmodel A {}"])(
    "is not suspected if only the first line is missing: %s",
    (text) => {
      const { diagnostics } = parse(createSource("a.vlmo", text));
      expect(diagnostics.find(({ code }) => code === "V010")?.help).toBe("write `vlmo 1` in the first line");
    },
  );
});

describe("a file with merge conflict markers", () => {
  const sides = "model A {\n<<<<<<< HEAD\n  width: 64\n=======\n  width: 32\n>>>>>>> other\n}\n";

  test.each([`vlmo 1\n${sides}`, `vlmo 1\n${sides}${sides}`.replaceAll("\n", "\r\n")])(
    "is reported as such, once",
    (text) => {
      const { diagnostics } = parse(createSource("a.vlmo", text));
      expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
        "V020 expected one text, found the two sides of a merge",
      ]);
    },
  );

  test("is not one with a marker in a comment", () => {
    const { diagnostics } = parse(createSource("a.vlmo", `vlmo 1\n${sides.replace(/^(<|=|>)/gm, "// $1")}`));
    expect(diagnostics.map(({ message }) => message).join()).not.toContain("merge");
  });
});

describe("a file that is not UTF-8", () => {
  const text = "vlmo 1\nmodel A { a: 3pt }\n";

  test.each([
    ["UTF-16LE", wide(text, 2, true)],
    ["UTF-16LE", wide(`\uFEFF${text}`, 2, true)],
    ["UTF-16BE", wide(text, 2, false)],
    ["UTF-16BE", wide(`\uFEFF${text}`, 2, false)],
    ["UTF-32LE", wide(text, 4, true)],
    ["UTF-32LE", wide(`\uFEFF${text}`, 4, true)],
    ["UTF-32BE", wide(text, 4, false)],
    ["UTF-32BE", wide(`\uFEFF${text}`, 4, false)],
  ])("but %s is reported with its encoding, and nothing else", (encoding, bytes) => {
    const { diagnostics } = parse(createSource("a.vlmo", misread(bytes)));
    expect(diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual([
      `V031 this file is not UTF-8 text: it is ${encoding.slice(0, 6)}`,
    ]);
    expect(diagnostics[0]?.help).toContain(`iconv -f ${encoding} -t UTF-8`);
  });

  test.each<[what: string, bytes: readonly number[], help: string]>([
    ["single accented letters", [0x63, 0x61, 0x66, 0xe9], "iconv -f LATIN1 -t UTF-8"],
    ["two-byte characters (GBK)", [0xc4, 0xe3, 0xba, 0xc3], "iconv -f ENCODING -t UTF-8"],
    ["words of another alphabet (KOI8-R)", [0xcb, 0xcf, 0xdb, 0xcb, 0xc1], "which its bytes do not say"],
  ])("with %s is reported with its possible encodings", (_, bytes, help) => {
    const file = Buffer.concat([Buffer.from("vlmo 1\n// "), Uint8Array.from(bytes), Buffer.from("\n")]);
    const [first] = parse(createSource("a.vlmo", misread(file))).diagnostics;
    expect(first?.help).toContain(help);
  });

  test("but binary is reported as such", () => {
    const bytes = Uint8Array.from([0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13]);
    expect(parse(createSource("a.png", misread(bytes))).diagnostics.map(({ message }) => message)).toEqual([
      "this file is not UTF-8 text: it is binary",
    ]);
  });

  test("is shown at its first invalid byte, and is parsed but never printed", () => {
    const bytes = Buffer.from("vlmo 1\n// caf\u00e9, d\u00e9j\u00e0\nmodel A { a: 3pt }\n", "latin1");
    const source = createSource("a.vlmo", misread(bytes));
    const { diagnostics } = parse(source);
    expect(diagnostics.map(({ code, span }) => [code, span.start])).toEqual([
      ["V031", 13],
      ["V006", 35],
    ]);
    expect(formatSource(source).text).toBeUndefined();
  });
});

test.each([
  ["open parentheses", "param p = " + "(".repeat(10_000)],
  ["closed parentheses", "param p = " + "(".repeat(10_000) + "1" + ")".repeat(10_000)],
  ["braces", "model A { " + "a { ".repeat(10_000) + "}".repeat(10_000) + " }"],
  ["calls", "param p = " + "f(".repeat(10_000) + ")".repeat(10_000)],
  ["minus signs", "param p = " + "-".repeat(10_000) + "1"],
  ["terms", "param p = " + "1 + ".repeat(10_000) + "1"],
  ["places", "param p = f on " + "all + ".repeat(10_000) + "all"],
])("ten thousand %s are reported once or closed one by one, without a stack overflow", (_, body) => {
  const codes = codesOf(`vlmo 1\n${body}\nparam last = 3pt\n`);
  expect(new Set(codes)).toEqual(new Set(body.endsWith("(") ? ["V022", "V026", "V006"] : ["V026", "V006"]));
  expect(codes.filter((code) => code === "V026")).toHaveLength(1);
});
