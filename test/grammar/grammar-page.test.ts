// docs/language/grammar.md matches the parser: its productions are the parser's rules, character by character.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { Parser } from "../../grammar/parser.js";
import { createLexer, declarationWords, words } from "../../grammar/tokens.js";
import { productions } from "./productions.js";

const page = readFileSync(join(import.meta.dirname, "../../docs/language/grammar.md"), "utf8");
const written = [...page.matchAll(/^```ebnf\n([^]*?)^```/gm)].flatMap(([, block = ""]) => block.trim().split("\n"));

test("the page has every rule of the parser, unchanged", () => {
  expect(written.toSorted()).toEqual([...productions().values()].toSorted());
});

test("the page orders the rules top-down from the file to the values, as in the parser's classes", () => {
  const rules = [...productions().keys()];
  const [block, file] = [rules.indexOf("block"), rules.indexOf("file")];
  const wanted = [...rules.slice(file), ...rules.slice(block, file), ...rules.slice(0, block)];
  expect(written.map((line) => line.split(" ")[0])).toEqual(wanted);
});

test("the rules have no ambiguities except declared ones", () => {
  expect(() => new Parser(true)).not.toThrow();
  expect(createLexer(true).lexerDefinitionErrors).toEqual([]);
});

test("the page lists every keyword", () => {
  const named = Object.keys(words).filter((word) => !page.includes(`\`${word}\``) && !page.includes(`"${word}"`));
  expect(named).toEqual([]);
  expect(declarationWords).toHaveLength(10);
});
