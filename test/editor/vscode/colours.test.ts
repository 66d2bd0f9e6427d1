// The TextMate grammar, which sees one line at a time, against the server's semantic tokens, which resolve names; and both
// against the lexer. On the shipped specifications and on texts that are hard to colour.
import { createToken } from "chevrotain";
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { language } from "../../../compiler/front-end.js";
import { legend } from "../../../editor/server/semantic-tokens.js";
import { scopes, type SemanticType } from "../../../editor/vscode/scopes.js";
import { textMateGrammar } from "../../../editor/vscode/textmate.js";
import { createSource, offsetAt, tokenRows, type SourceFile } from "../../../grammar/index.js";
import { endOf, Identifier, StringToken, tokenize, tokenTable } from "../../../grammar/tokens.js";
import { oneOf } from "../../support/long.js";
import { open, uriOf } from "../open.js";
import { tokeniser, type ScopesAt } from "./tokenise.js";

const specs = readdirSync("specs", { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".vlmo"))
  .map((name) => posix.join("specs", name));
const shipped = Object.fromEntries(oneOf(3, specs).map((path) => [path, readFileSync(path, "utf8")]));

/** Valid and invalid texts that are hard to colour. */
const tricky: Readonly<Record<string, string>> = {
  "strings with escapes and comment-like contents":
    'data a: texts { format: lines, files: "a // b \\" # c", root: "\\u{1F600}\\\\", encoding: "\\q" } // "x"\n',
  "unclosed strings":
    'data a: texts {\n  format: lines\n  files: "a, b }\n  root: "c\\\n  unit: line // fine\n}\ndata b: texts { format: shapes }\n',
  "strings in single quotes": "data a: texts { format: lines, files: 'a \\' // b', unit: line }\n",
  "comments of all kinds":
    "/// documents\n//// not\n// plain\n# foreign\nmodel A { // of `width: 3`\n  /* over\n     lines: 3 */ layers: 4 -- dashes\n  width: 8 # end\n}\n",
  "calculations with two minus signs": "param a = 3\nparam b = 1 - --a\nparam c = --a\nparam d = a -- comment\n",
  "colours without quotes":
    "head a: segment(image.patches) {\n  classes: 2\n  colours: [#00ff00, #0a0b0c]\n  ignore: #123456\n  # 123456\n}\n",
  "numbers with and without scales, units and points":
    "param a = 1_000.5e-3k\nparam b: px = 16px\nparam c = 50%..100%\nparam d = [1..4, 2.., 0.1e5M, 3foo, 10 steps, 2 epochs, 4steps]\nparam e = 1.x\n",
  "words of the language as names":
    "model model { layers: 4, width: 8 }\nstage all { model: model, train: all, data: data, learn: from, steps: 3 steps }\nstage best extends all from all at best { freeze: none }\ndata data: texts { format: shapes }\nhead from: masked_tokens(text.tokens)\n",
  "words as keys, arguments and values":
    "evaluate test on train using stage { accuracy, batch: 3 }\nhead top: matching(pair.pooled) { negatives: hard(every, from: pool) }\nstage for { on: 3, from: scratch, at: best, every: 5 steps, expect: trace }\n",
  "trains and traces":
    'test "it learns" {\n  train first for 2 steps\n  train first for 10 on shapes(seed: 3); evaluate by_heart\n  loss.itc.last < 0.5 * loss.first\n  trace loss ± 1%\n  changed(experts.vision, heads.itc)\n  steps(first) in 3..4\n  parameters(first) == 1_000 +/- 2%\n}\n',
  "selectors over lines":
    "stage a {\n  freeze: attention,\n    experts.vision, heads.itc,\n    embed\n      .image\n  train: all\n  optimizer.lr: 1e-4\n  with { experts { fusion: on none }, image { size: 32px } }\n}\n",
  placements:
    "model A {\n  experts {\n    vision: ffn(image) on all\n    language: ffn(text, ratio: 2x) on layers [1, 3]\n    fusion: ffn(pair) on top 2\n    extra: ffn(pair) on layers 3..4, bottom: ffn(pair) on bottom 1\n  }\n}\n",
  "imports over lines":
    'import {\n  a,\n  model, // a word\n  from,\n} from "./a.vlmo"\nimport { } from "b.vlmo"\nimport { c from\nmodel A { layers: 3 }\n',
  "unusual and missing blanks":
    'model A{layers:4,width :8;attention{heads:2}}\nhead h:contrastive( image.cls ,text . cls ){temperature : .5}\nstage s{train:all,learn:h+0.5*h,data:mix( a:3,b :1 )}\ndata a:pairs{format:shapes}data b:pairs{format:shapes}\nexpect"x"{a==b;a!=b;a<=b/2;a>=b}\n',
  "unclosed brackets":
    "model A {\n  attention { heads: 2\n  layers: [1, 2\n\nmodel B {\n  width: 3\n}\nhead h: contrastive(image.cls,\n\nstage s {\n  model: B\n}\n",
  "letters of all alphabets":
    'data día: texts { format: shapes }\ndata x: texts { format: lines, files: "日本語 😀 \\u{65E5}", größe: 3 }\n// 😀 commentaire\nmodel Б { layers: 3 }\n',
  "line ends of another system":
    "model A {\r\n  layers: 4 // four\r\n  width: 8\r\n}\r\n\r\ndata a: texts { format: shapes }\r\n",
  "almost nothing": 'vlmo 1\n\n}\n)\n:\n"\n',
};

type Colour = (text: string) => ScopesAt;
let colour: Colour;
beforeAll(async () => void (colour = await tokeniser(textMateGrammar())));

/** The distinct innermost scopes of a range: one if it has a single colour. */
function innermost(at: ScopesAt, start: number, end: number): string[] {
  const found = Array.from({ length: end - start }, (_, i) => at(start + i)?.at(-1) ?? "line end");
  return [...new Set(found.filter((scope) => scope !== "line end"))];
}

/** The server's tokens with their ranges in the text. */
function semantic(data: readonly number[], source: SourceFile): { start: number; end: number; type: SemanticType }[] {
  let [line, column] = [1, 1];
  return Array.from({ length: data.length / 5 }, (_, i) => {
    const [down = 0, right = 0, length = 0, type = 0] = data.slice(5 * i, 5 * i + 5);
    line += down;
    column = down === 0 ? column + right : right + 1;
    const start = offsetAt(source, { line, column });
    return { start, end: start + length, type: legend.tokenTypes[type] ?? "type" };
  });
}

/** Names coloured differently by grammar and server. */
function differences(path: string, text: string, data: readonly number[]): string[] {
  const source = createSource(path, text);
  const at = colour(text);
  return semantic(data, source).flatMap(({ start, end, type }) => {
    const found = innermost(at, start, end);
    const accepted: readonly string[] = scopes[type];
    const fits = found.length === 1 && found.every((scope) => accepted.includes(scope));
    return fits ? [] : [`${text.slice(start, end)}: ${type}, ${found.join(" + ")}`];
  });
}

/** The lexer's kind for a character's scopes. */
function kindAt(at: ScopesAt, offset: number): string {
  const all = at(offset) ?? [];
  const is = (start: string): boolean => all.some((scope) => scope.startsWith(start));
  if (is("comment.")) return "comment";
  if (is("string.")) return "string";
  return is("constant.numeric.") ? "number" : "other";
}

const kinds = new Map(
  tokenRows().map(({ name, kind }) => [name, ["string", "number"].includes(kind) ? kind : "other"]),
);

/** Tokens and comments of the lexer that the grammar classifies differently, wholly or in part. */
function misread(path: string, text: string): string[] {
  const source = createSource(path, text);
  const at = colour(text);
  const { tokens, comments } = tokenize(source);
  const stretches = [
    ...comments.map(({ span }) => ({ ...span, kind: "comment" })),
    ...tokens.map((token) => ({ start: token.startOffset, end: endOf(token), kind: kinds.get(token.tokenType.name) })),
  ];
  return stretches.flatMap(({ start, end, kind }) => {
    // Blanks after an unfinished string or a comment have no token.
    const last = start + text.slice(start, end).trimEnd().length;
    const offsets = Array.from({ length: last - start }, (_, i) => i + start).filter((i) => at(i) !== null);
    const found = new Set(offsets.map((i) => kindAt(at, i)));
    return found.size === 1 && kind !== undefined && found.has(kind)
      ? []
      : [`${text.slice(start, last)}: ${kind}, ${[...found].join(" + ")}`];
  });
}

describe("names are coloured alike by the grammar and by the server", () => {
  test("in the shipped specifications", () => {
    const opened = open({}, { disk: shipped });
    let names = 0;
    const found = Object.entries(shipped).flatMap(([path, text]) => {
      opened.change(path, text);
      const { data } = opened.server.semanticTokens(uriOf(path));
      names += data.length / 5;
      return differences(path, text, data).map((each) => `${path}: ${each}`);
    });
    expect(names).toBeGreaterThan(500);
    expect(found).toEqual([]);
  });

  test.each(Object.entries(tricky))("in %s", (_, text) => {
    const opened = open({ "main.vlmo": text });
    expect(differences("main.vlmo", text, opened.server.semanticTokens(opened.uri).data)).toEqual([]);
  });
});

describe("strings, numbers and comments of the grammar are those of the lexer", () => {
  test("in the shipped specifications", () => {
    expect(Object.entries(shipped).flatMap(([path, text]) => misread(path, text))).toEqual([]);
  });

  test.each(Object.entries(tricky))("in %s", (_, text) => {
    expect(misread("main.vlmo", text)).toEqual([]);
  });
});

/** The scope of a word of a text. */
function scopeOf(text: string, word: string): string | undefined {
  return colour(text)(text.indexOf(word))?.at(-1);
}

test.each([
  ["a unit", "param a = 16px\n", "px", "keyword.other.unit.vlmo"],
  ["an invalid unit", "param a = 16foo\n", "foo", "invalid.illegal.unit.vlmo"],
  ["a word as a unit", "stage a { steps: 3 epochs }\n", "epochs", "keyword.other.unit.vlmo"],
  ["an escape", 'param a = "\\n"\n', "\\n", "constant.character.escape.vlmo"],
  ["an invalid escape", 'param a = "\\q"\n', "\\q", "invalid.illegal.escape.vlmo"],
  ["a key of the language", "stage a { batch: 3 }\n", "batch", "support.type.property-name.vlmo"],
  ["an unknown key", "stage a { bacht: 3 }\n", "bacht", "variable.other.property.vlmo"],
  ["a constructor", "stage a { optimizer: adamw(lr: 1) }\n", "adamw", "support.function.vlmo"],
  ["an unknown constructor", "stage a { optimizer: adam(lr: 1) }\n", "adam", "entity.name.function.vlmo"],
  ["a value of an enumeration", "data a: texts { format: lines }\n", "lines", "support.constant.vlmo"],
  ["a word before its operand", "model A { experts { a: ffn(pair) on top 2 } }\n", "top", "keyword.other.vlmo"],
  ["a keyword used as a name", "stage a from top { }\n", "top", "variable.other.vlmo"],
  [
    "a declaration after an unclosed bracket",
    "model A {\n  layers: [3\n\nmodel B {\n",
    "B",
    "entity.name.type.model.vlmo",
  ],
])("the grammar recognises %s", (_, text, word, scope) => {
  expect(scopeOf(text, word)).toBe(scope);
});

test("new tokens and new words of the language are coloured without a change of the grammar", async () => {
  const word = createToken({ name: "Across", pattern: "across", longer_alt: Identifier, categories: [Identifier] });
  const operator = createToken({ name: "Arrow", pattern: "~>" });
  const text = createToken({ name: "Backquoted", pattern: /`[^`\n]*`/, categories: [StringToken] });
  const entry = { name: "sophia", form: "sophia()", doc: "", keys: [] };
  const grown = await tokeniser(
    textMateGrammar(tokenRows([...tokenTable, word, operator, text]), [
      ...language(),
      { kind: "constructor", what: "optimizer", entries: [entry] },
    ]),
  );
  const line = "stage a { data: b across 3, learn: c ~> `d`, optimizer: sophia() }";
  const of = (colours: Colour): (string | undefined)[] =>
    ["across", "~>", "`d`", "sophia"].map((each) => colours(line)(line.indexOf(each))?.at(-1));
  expect(of(grown)).toEqual([
    "keyword.other.vlmo",
    "keyword.operator.vlmo",
    "string.quoted.vlmo",
    "support.function.vlmo",
  ]);
  expect(of(colour)).toEqual(["variable.other.vlmo", "source.vlmo", "source.vlmo", "entity.name.function.vlmo"]);
});

test("every token of the table has a pattern, and the test texts have every kind of token", () => {
  const rows = tokenRows();
  expect(rows.length).toBe(tokenTable.length - 1);
  const texts = [...Object.values(tricky), ...specs.map((path) => readFileSync(path, "utf8"))];
  const seen = new Set(
    texts.flatMap((text) => tokenize(createSource("", text)).tokens).map((each) => each.tokenType.name),
  );
  const names = rows.filter(({ kind }) => kind !== "comment").map(({ name }) => name);
  expect(names.filter((name) => !seen.has(name))).toEqual([]);
});
