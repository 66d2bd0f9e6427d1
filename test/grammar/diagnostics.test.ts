// What a user is told: every fixture's exact text, and the promise that a mistake is told once.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createSource, grammarCodes, parse, renderAll } from "../../grammar/index.js";

const folder = join(import.meta.dirname, "../fixtures/diagnostics/grammar");
const fixtures = readdirSync(folder).filter((name) => name.endsWith(".vlmo"));

const codesOf = (text: string): string[] => parse(createSource("test.vlmo", text)).diagnostics.map(({ code }) => code);

test.each(fixtures)("%s is answered as its text file says", async (name) => {
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
  test("has a wrong example with this mistake and no other", () => {
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
  ["a string that swallows a parenthesis", 'model A {\n  a: f("x)\n  b: 3pt\n}', ["V002", "V006"]],
  ["a superfluous brace", "model A { a: 1 } }\nparam q = 3pt", ["V023", "V006"]],
  ["a misspelt word before a block", "modle A { a: 3pt }", ["V025", "V006"]],
  ["a broken first line of a declaration", "model A extends { a: 3pt }", ["V020", "V006"]],
  ["a broken entry", "model A {\n  a: )\n  b: 3pt\n}", ["V023", "V006"]],
  ["a stray character in an entry", "model A {\n  a: 1 @ 2, b: 3pt\n}", ["V001", "V006"]],
  ["a stray character between declarations", "@@@\nparam q = 3pt", ["V001", "V006"]],
  ["an unreadable statement", 'test "t" { a b; c == 3pt }', ["V029", "V006"]],
  ["a trace without tolerance", 'test "t" {\n  trace loss\n  a < 1pt\n}', ["V020", "V006"]],
  ["an evaluation that is not closed off by a statement", 'test "t" {\n  evaluate a\n', ["V022"]],
  ["a second header", "vlmo 1\nparam q = 3pt", ["V025", "V006"]],
])("after %s reading goes on", (_, body, codes) => {
  expect(codesOf(`vlmo 1\n${body}\n`)).toEqual(codes);
});

test.each([
  ["open parentheses", "param p = " + "(".repeat(10_000)],
  ["closed parentheses", "param p = " + "(".repeat(10_000) + "1" + ")".repeat(10_000)],
  ["braces", "model A { " + "a { ".repeat(10_000) + "}".repeat(10_000) + " }"],
  ["calls", "param p = " + "f(".repeat(10_000) + ")".repeat(10_000)],
  ["minus signs", "param p = " + "-".repeat(10_000) + "1"],
  ["terms", "param p = " + "1 + ".repeat(10_000) + "1"],
  ["places", "param p = f on " + "all + ".repeat(10_000) + "all"],
])("ten thousand %s are answered once or closed one by one, and do not fill the stack", (_, body) => {
  const codes = codesOf(`vlmo 1\n${body}\nparam last = 3pt\n`);
  expect(new Set(codes)).toEqual(new Set(body.endsWith("(") ? ["V022", "V026", "V006"] : ["V026", "V006"]));
  expect(codes.filter((code) => code === "V026")).toHaveLength(1);
});
