// The two forms of a diagnostic: text and JSON.
import { expect, test } from "vitest";
import {
  createReporter,
  createSource,
  parse,
  renderAll,
  renderJson,
  renderText,
  text,
  type Span,
} from "../../grammar/index.js";

const reporter = createReporter({
  V304: {
    severity: "error",
    message: text`layer ${"layer"} has no expert`,
    help: "place one",
    explain: "",
    wrong: "",
    right: "",
  },
  V105: {
    severity: "warning",
    message: text`\`${"name"}\` is unused`,
    help: "drop it",
    explain: "",
    wrong: "",
    right: "",
  },
});

const file = createSource("specs/broken.vlmo", 'a\n  language: ffn(text) on bottom 10\n\n\tlearn: itc, "日本" x\n');
const other = createSource("b.vlmo", "model B {\n");
const place = (source: typeof file, words: string): Span => {
  const start = source.text.indexOf(words);
  return { file: source, start, end: start + words.length };
};

test("shows all lines involved in order, with the primary and the secondary places", () => {
  const diagnostic = reporter(
    "V304",
    place(file, "bottom 10"),
    { layer: 11 },
    {
      label: "covers layers 1..10 of 12",
      related: [
        { span: place(file, "itc"), message: "runs layers 1..12" },
        { span: place(other, "B"), message: "of this model" },
      ],
      help: "place `language` on all",
    },
  );
  expect(`\n${renderText(diagnostic)}\n`).toBe(`
error[V304]: layer 11 has no expert
 --> specs/broken.vlmo:2:26
  |
2 |   language: ffn(text) on bottom 10
  |                          ^^^^^^^^^ covers layers 1..10 of 12
4 |     learn: itc, "日本" x
  |            --- runs layers 1..12
 ::: b.vlmo:1:7
  |
1 | model B {
  |       - of this model
  = help: place \`language\` on all
`);
});

test("measures tabs and wide characters as terminals do", () => {
  const lines = renderText(reporter("V304", place(file, "x\n"), { layer: 1 })).split("\n");
  expect(lines.slice(3)).toEqual([
    '4 |     learn: itc, "日本" x',
    "  |                        ^",
    "  = help: place one",
  ]);
});

test("a span over several lines is underlined on the first", () => {
  const lines = renderText(reporter("V304", { file, start: 4, end: 40 }, { layer: 1 })).split("\n");
  expect(lines.slice(3)).toEqual([
    "2 |   language: ffn(text) on bottom 10",
    "  |   ^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^^",
    "  = help: place one",
  ]);
});

test("colours through the functions passed in", () => {
  const warning = reporter("V105", place(file, "itc"), { name: "itc" });
  const painted = renderText(warning, {
    severity: (severity, said) => `<${severity} ${said}>`,
    title: (said) => `<b${said}>`,
    frame: (said) => said,
    related: (said) => said,
    help: (said) => said,
  });
  expect(painted.split("\n")[0]).toBe("<warning warning[V105]><b: `itc` is unused>");
  expect(painted.split("\n").at(-2)).toBe("  |            <warning ^^^>");
});

test("a message with a list has one line per item, and control characters are escaped", () => {
  const diagnostic = reporter("V105", place(other, "B"), { name: "B\u001b[2J:\n  one\n  two\nthree" });
  expect(renderText(diagnostic).split("\n").slice(0, 3)).toEqual([
    "warning[V105]: `B\uFFFD[2J:",
    "  one",
    "  two\uFFFDthree` is unused",
  ]);
});

test("two diagnostics are separated by an empty line", () => {
  const warning = reporter("V105", place(other, "B"), { name: "B" });
  expect(renderAll([warning, warning]).split("\n\n")).toHaveLength(2);
});

test("in JSON lines and columns count from 1, offsets from 0", () => {
  const span = place(file, "itc");
  const diagnostic = reporter("V105", span, { name: "itc" }, { fix: { span, text: "" } });
  const range = { start: { line: 4, column: 9, offset: 46 }, end: { line: 4, column: 12, offset: 49 } };
  expect(renderJson(diagnostic)).toEqual({
    code: "V105",
    severity: "warning",
    message: "`itc` is unused",
    file: "specs/broken.vlmo",
    range,
    related: [],
    help: "drop it",
    fix: { file: "specs/broken.vlmo", range, text: "" },
  });
});

test.each(["toString", "constructor", "__proto__", "valueOf"])("%s is an ordinary name in every position", (name) => {
  const texts = [`stage a ${name} b {}`, `import ${name} from "a.vlmo"`, `model a { ${name} ${name} }`, `${name} a {}`];
  for (const wrong of texts) {
    const { diagnostics } = parse(createSource("a.vlmo", `vlmo 1\n${wrong}\n`));
    expect(diagnostics.length).toBeGreaterThan(0);
    expect(renderAll(diagnostics)).not.toMatch(/\[native code\]|\[object /);
  }
});
