// Every construct of the language as a row: the text and its syntax tree.
import { describe, expect, test } from "vitest";
import { createSource, type Declaration, magnitude, parse, renderAll, spanText, visit } from "../../grammar/index.js";
import { shape } from "./shape.js";
import { wholeFile, variantFile } from "./examples.js";

function read(body: string): readonly Declaration[] {
  const { file, diagnostics } = parse(createSource("test.vlmo", `vlmo 1\n${body}\n`));
  expect(renderAll(diagnostics)).toBe("");
  return file.declarations;
}

const first = (body: string): Declaration => {
  const [declaration] = read(body);
  if (declaration === undefined) throw new Error("no declaration was read");
  return declaration;
};

test.each([
  ['import { a } from "./x.vlmo"', '(import a "./x.vlmo")'],
  ['import {\n  a,\n  vision,\n} from "./x.vlmo"', '(import a vision "./x.vlmo")'],
  ["param image_size: px = 224px", "(param image_size px 224px)"],
  ["param lr = 1e-3 * 2", "(param lr (* 0.001 2))"],
  ["param lr =\n  1e-3", "(param lr 0.001)"],
  ["model A {}", "(model A (block))"],
  ["model A extends B { layers: 2 }", "(model A B (block (setting layers 2)))"],
  ["head h: f(image.cls)", "(head h (call f image.cls))"],
  ["head h: f(a) { share: b }", "(head h (call f a) (block (setting share b)))"],
  ["head h extends g { mask: 15% }", "(head h g (block (setting mask 15%)))"],
  ["data d: pairs { items: 567k }", "(data d (call pairs) (block (setting items 567000)))"],
  ["data d: shapes(seed: 1)", "(data d (call shapes seed=1))"],
  ["data d extends e { split: [val] }", "(data d e (block (setting split (list val))))"],
  ["stage s { }", "(stage s (block))"],
  ["stage s extends t from u { }", "(stage s t (from_stage u) (block))"],
  ["stage s from t at best { }", "(stage s (from_best t) (block))"],
  ["stage best from at at best { best: at }", "(stage best (from_best at) (block (setting best at)))"],
  ["finetune s from scratch { }", "(finetune s (from_scratch) (block))"],
  [
    'stage s from checkpoint("a.pt") { x: 1 }',
    '(stage s (from_checkpoint (call checkpoint "a.pt")) (block (setting x 1)))',
  ],
  [
    'stage s from checkpoint("a.pt", layout: beit) { drop: a } { x: 1 }',
    '(stage s (from_checkpoint (call checkpoint "a.pt" layout=beit) (block (setting drop a))) (block (setting x 1)))',
  ],
  ["stage s from checkpoint { }", "(stage s (from_stage checkpoint) (block))"],
  [
    "evaluate e on d using s { recall(1, 5, 10), accuracy }",
    "(evaluate e d s (block (item (call recall 1 5 10)) (item accuracy)))",
  ],
  ["evaluate e extends f { accuracy }", "(evaluate e f (block (item accuracy)))"],
  ['expect "t" { a == 1\n b != c, d in 1..2 }', '(expect "t" (== a 1) (!= b c) (in d (range 1 2)))'],
  ['expect "t" { a <= 1; a >= 1; a < 1; a > 1 }', '(expect "t" (<= a 1) (>= a 1) (< a 1) (> a 1))'],
  ['expect "t" { a == 2.5 ± 0.1\n b in c +/- 1% }', '(expect "t" (== a (tolerance 2.5 0.1)) (in b (tolerance c 1%)))'],
  [
    'expect "t" { shape(fusion, pair.tokens) == [batch, 237, 768] }',
    '(expect "t" (== (call shape fusion pair.tokens) (list batch 237 768)))',
  ],
  [
    'test "t" { train vision for 20 steps on shapes(seed: 1); loss.last < loss.first }',
    '(test "t" (train vision 20steps (call shapes seed=1)) (< loss.last loss.first))',
  ],
  ['test "t" { train vision\n train.loss < 1 }', '(test "t" (train vision) (< train.loss 1))'],
  [
    'test "t" {\n  evaluate retrieval\n  evaluate.a < 1\n}',
    '(test "t" (evaluate_statement retrieval) (< evaluate.a 1))',
  ],
  [
    'test "t" { evaluate retrieval; recall(1) > 5% }',
    '(test "t" (evaluate_statement retrieval) (> (call recall 1) 5%))',
  ],
  ['test "t" { trace loss.words ± 1%; trace > 2 }', '(test "t" (trace loss.words 1%) (> trace 2))'],
  [
    'test "t" { unchanged(a[1..2], b); changed > 2 }',
    '(test "t" (claim (call unchanged (path (segment a (range 1 2))) b)) (> changed 2))',
  ],
])("parses the declaration %s", (body, wanted) => {
  expect(shape(first(body))).toBe(wanted);
});

const entries = (body: string): string => {
  const declaration = first(`model A {${body}}`);
  if (declaration.kind !== "model") throw new Error("no model was read");
  return declaration.body.entries.map(shape).join(" ");
};

test.each([
  ["a: 1, b: 2", "(setting a 1) (setting b 2)"],
  ["a: 1\n b: 2,\n c: 3,\n", "(setting a 1) (setting b 2) (setting c 3)"],
  ["a { b: 1 }, c { }\n d", "(section a (block (setting b 1))) (section c (block)) (item d)"],
  ["experts.fusion: 1", "(setting experts.fusion 1)"],
  [
    "embed.type[3]: copy(embed.type[2])",
    "(setting (path embed (segment type 3)) (call copy (path embed (segment type 2))))",
  ],
  ["freeze: a, b.c, d, e: 1", "(setting freeze (row a b.c d)) (setting e 1)"],
  ["freeze: a, b, c { }", "(setting freeze (row a b)) (section c (block))"],
  ["freeze: a, b[1..2]: 3", "(setting freeze a) (setting (path (segment b (range 1 2))) 3)"],
  ["freeze: a,\n  b\n c", "(setting freeze (row a b)) (item c)"],
  ["factors: { heads.vqa: 20x, b: 1 }", "(setting factors (record (block (setting heads.vqa 20x) (setting b 1))))"],
  [
    "with { text { length: 196 }, experts { fusion: on none } }",
    "(section with (block (section text (block (setting length 196))) (section experts (block (setting fusion (placement (no_layers)))))))",
  ],
  ["validate: every 10k steps, best: m", "(setting validate (every 10000steps)) (setting best m)"],
  ["on: 1, every: 2, all: in, steps: 3", "(setting on 1) (setting every 2) (setting all in) (setting steps 3)"],
  ["steps: 10\n steps: 20", "(setting steps 10) (setting steps 20)"],
  ["a: -1\n b", "(setting a (neg 1)) (item b)"],
  ["a: b +\n c", "(setting a (+ b c))"],
  ["a: [1,\n 2\n , 3\n]", "(setting a (list 1 2 3))"],
  ["a: (b\n + c)", "(setting a (+ b c))"],
  ["a: f(\n x: 1,\n y: 2,\n)", "(setting a (call f x=1 y=2))"],
])("parses the entries %s", (body, wanted) => {
  expect(entries(body)).toBe(wanted);
});

const valueOf = (body: string): Declaration & { kind: "param" } => {
  const declaration = first(`param p = ${body}`);
  if (declaration.kind !== "param") throw new Error("no param was read");
  return declaration;
};

test.each([
  ["1 + 2 * 3 - 4", "(- (+ 1 (* 2 3)) 4)"],
  ["(1 + 2) * 3", "(* (+ 1 2) 3)"],
  ["1 - (2 - 3)", "(- 1 (- 2 3))"],
  ["8 / 4 / 2", "(/ (/ 8 4) 2)"],
  ["-a * --b", "(* (neg a) (neg (neg b)))"],
  ["a + 1..b * 2", "(range (+ a 1) (* b 2))"],
  ["50%..100%", "(range 50% 100%)"],
  ["1..4", "(range 1 4)"],
  ["experts.vision[1..4]", "(path experts (segment vision (range 1 4)))"],
  ["pair[1].pooled", "(path (segment pair 1) pooled)"],
  ["image.layer(3)", "(call image.layer 3)"],
  ["attention[1, 3..5]", "(path (segment attention 1 (range 3 5)))"],
  ["true", "true"],
  ["falsehood", "falsehood"],
  ['"a\\"b\\\\c\\n\\u{e9}"', '"a\\"b\\\\c\\né"'],
  ["[]", "(list)"],
  ["f()", "(call f)"],
  ["ffn(pair) on top 2", "(placement (call ffn pair) (top_layers 2))"],
  ["f on all", "(placement f (all_layers))"],
  ["f on none", "(placement f (no_layers))"],
  ["f on bottom n", "(placement f (bottom_layers n))"],
  ["f on layers 1..4", "(placement f (listed_layers (range 1 4)))"],
  ["f on layers [1, 3]", "(placement f (listed_layers (list 1 3)))"],
  ["f on layers (n - 1)..n", "(placement f (listed_layers (range (- n 1) n)))"],
  ["f on all - top 2 + layers 12", "(placement f (+ (- (all_layers) (top_layers 2)) (listed_layers 12)))"],
  ["itc + itm + 0.25 * mlm", "(+ (+ itc itm) (* 0.25 mlm))"],
])("parses the value %s", (body, wanted) => {
  expect(shape(valueOf(body).value)).toBe(wanted);
});

test.each([
  ["1_000", 1000],
  ["200k", 200_000],
  ["1.5M", 1_500_000],
  ["0.1k", 100],
  ["2.5e-3k", 2.5],
  ["4B", 4e9],
  ["15%", 0.15],
  ["2GiB", 2 ** 31],
  ["3MiB", 3 * 2 ** 20],
  ["90s", 90],
  ["5min", 300],
  ["2h", 7200],
  ["224px", 224],
  ["20x", 20],
  ["10k steps", 10_000],
  ["2 epochs", 2],
  ["202.445470M", 202_445_470],
])("the number %s is %d", (body, wanted) => {
  const { value } = valueOf(body);
  expect(value.kind === "number" && magnitude(value)).toBe(wanted);
});

describe("a file", () => {
  test.each([
    ["the example of the language page", wholeFile, 12],
    ["its variant", variantFile, 5],
  ])("%s is parsed without diagnostics", (_, text, count) => {
    const { file, diagnostics } = parse(createSource("example.vlmo", text));
    expect(renderAll(diagnostics)).toBe("");
    expect(file.version).toBe(1);
    expect(file.declarations).toHaveLength(count);
  });

  test("keeps the comment directly above a declaration as its documentation, and no other", () => {
    const [a, b, c] = read(
      "/// One.\n///   Two.\nmodel A {}\n\n/// apart\n\nmodel B {} /// behind\n// plain\nmodel C {}",
    );
    expect([a?.doc, b?.doc, c?.doc]).toEqual(["One.\n  Two.", undefined, undefined]);
  });

  test("keeps all comments in order", () => {
    const { file } = parse(createSource("a.vlmo", "// a\nvlmo 1 //b\n/// c\nparam p = 1\n//"));
    expect(file.comments.map(({ doc, text }) => [doc, text])).toEqual([
      [false, "a"],
      [false, "b"],
      [true, "c"],
      [false, ""],
    ]);
  });

  test("may have carriage returns and a byte-order mark", () => {
    const { diagnostics, file } = parse(
      createSource("a.vlmo", "\uFEFFvlmo 1\r\nmodel A {\r\n  a: 1\r\n  b: 2\r\n}\r\n"),
    );
    expect(diagnostics).toEqual([]);
    expect(file.declarations.map(shape)).toEqual(["(model A (block (setting a 1) (setting b 2)))"]);
  });

  test("gives every node the span of its text, inside its parent's span", () => {
    const { file } = parse(createSource("example.vlmo", wholeFile));
    const texts = new Map<string, string[]>();
    visit(file, (node) => texts.set(node.kind, [...(texts.get(node.kind) ?? []), spanText(node.span)]));
    expect(texts.get("placement")?.at(2)).toBe("ffn(pair, ratio: 4) on top 2");
    expect(texts.get("top_layers")).toEqual(["top 2"]);
    expect(texts.get("every")).toEqual(["every 10k steps"]);
    expect(texts.get("from_stage")).toEqual(["from vision", "from language"]);
    expect(texts.get("param")).toEqual(["param image_size: px = 224px"]);
    expect(texts.get("comparison")?.[0]).toBe("parameters(VlmoBase) in 174M..178M");
    for (const text of texts.get("block") ?? []) expect(text).toMatch(/^\{[^]*\}$/);
  });
});

test("a `///` comment documents only the first declaration of the next line", () => {
  const { file } = parse(createSource("a.vlmo", "vlmo 1\n/// the first\n  model a {} model b {}\n"));
  expect(file.declarations.map(({ doc }) => doc)).toEqual(["the first", undefined]);
});
