// Comparisons in `expect` and `test`: which hold, the messages of those that do not, and what cannot be compared.
import { describe, expect, test } from "vitest";
import { exampleAnd } from "../../../compiler/codes/example.js";
import { check, codesOf } from "./check.js";

/** The messages of one comparison, each with its help. */
function said(line: string, more = ""): string[] {
  const { diagnostics } = check(exampleAnd(`${more}\nexpect "it" { ${line} }`));
  return diagnostics.map(({ code, message, help }) => `${code} ${message}${help === undefined ? "" : `; ${help}`}`);
}

test.each([
  "pool(fusion, itc) == 32",
  "pool(fusion, itc) != 31",
  "pool(fusion, itc) < 33",
  "pool(fusion, itc) <= 32",
  "32 >= pool(fusion, itc)",
  "pool(fusion, itc) > 16 + 15",
  "pool(fusion, itc) in 32..40",
  "pool(fusion, itc) in 24..32",
  "pool(fusion, itc) == 30 ± 2",
  "pool(fusion, itc) == 32.3 ± 1%",
  "pool(fusion, itc) in 2 * 16 ± 0",
  "pool(fusion, itc) != 30 ± 1",
  "20% == 22% ± 2%",
  "-pool(fusion, itc) < 0",
  "pool(fusion, itc) / 2 == many",
  "experts(Small, layer: 1) != [vision]",
  "shape(fusion, pair.cls) == [batch, 4 * many]",
  "parameters(Small) - parameters(Small, attention) == parameters(Small, all - attention)",
])("%s holds", (line) => {
  expect(said(line, line.includes("many") ? "param many: count = 16" : "")).toEqual([]);
});

test.each([
  ["pool(fusion, itc) == 30", "but it is 32; it is 2 too many"],
  ["pool(fusion, itc) > 32", "but it is 32; change one of the two"],
  ["30 == pool(fusion, itc)", "but `pool(fusion, itc)` is 32; it is 2 too few"],
  ["pool(fusion, itc) != 32", "but it is 32; change one of the two"],
  ["pool(fusion, itc) in 40..50", "but it is 32; it is 8 too few"],
  ["pool(fusion, itc) == 30 ± 1%", "but `pool(fusion, itc)` is 32 and `30 ± 1%` is 29.7..30.3; it is 1.7 too high"],
  ["pool(fusion, itc) / 0 < 1", "but it is Infinity; it is Infinity too high"],
  ["experts(Small, layer: 1) == [language]", "but it is [vision, language]; it holds vision besides"],
  ["experts(Small, layer: 1) == [language, vision]", "but it is [vision, language]; item 1 is vision and not language"],
  ["routes(Small, pair, layer: 4) == [fusion, more]", "but it is [fusion]; it lacks more"],
])("%s does not hold: %s", (line, words) => {
  expect(said(line)).toEqual([`V601 expected \`${line}\`, ${words}`]);
});

test.each([
  ["pool(fusion, itc) == 5px", "V205"],
  ["pool(fusion, itc) == [32]", "V603"],
  ["pool(fusion, itc) < 1..2", "V603"],
  ["experts(Small, layer: 1) in 1..2", "V603"],
  ["experts(Small, layer: 1) + 1 == 2", "V213"],
  ["pool(fusion, itc) == 3 ± -1", "V207"],
  ["pool(fusion, itc) == twelve", "V106"],
  ["1 in [1]", "V603"],
])("%s is reported as %s", (line, code) => {
  expect(said(line).map((text) => text.slice(0, 4))).toEqual([code]);
});

describe("statements of a test", () => {
  const codes = (...lines: readonly string[]) =>
    codesOf(check(exampleAnd(`test "it" {\n${lines.map((line) => `  ${line}\n`).join("")}}`)));
  const brief = "train language for 20 steps";

  test.each([
    [[brief, "loss.words[3] < 9", "loss[1..20].mean < 9", "lr.max <= 1e-3"]],
    [["train language on shapes_text", "loss.last < 9"]],
    [["train language on shapes(seed: 3)", "loss.last < 9"]],
    [["train language on shapes", "loss.last < 9"]],
    [["train language for 1 epochs", "loss.last < 9"]],
    [[brief, "trace loss.words ± 1%", "changed(attention[1..2], experts.language - embed.text)"]],
    [[brief, "train fusion for 5 steps", "evaluate retrieval", "recall(5, from: text) > recall(1, head: itc)"]],
  ])("%j is valid", (lines) => {
    expect(codes(...lines)).toEqual([]);
  });

  test.each([
    [["train langage for 20 steps", "loss.last < 9"], "V106"],
    [["train Small for 20 steps", "loss.last < 9"], "V107"],
    [["train language for 20", "loss.last < 9"], "V205"],
    [["train language for 0 steps", "loss.last < 9"], "V207"],
    [["train language for 2.5 steps", "loss.last < 9"], "V207"],
    [["train language on shapes(sede: 3)", "loss.last < 9"], "V210"],
    [["train language on shape(seed: 3)", "loss.last < 9"], "V209"],
    [["train language on nothing", "loss.last < 9"], "V106"],
    [["train fusion on shapes_text", "loss.last < 9"], "V502"],
    [["train language", "train language", "loss.last < 9"], "V607"],
    [[brief, "evaluate retrival", "recall(1) > 0"], "V106"],
    [[brief, "loss.word.last < 9"], "V604"],
    [[brief, "loss < 9"], "V604"],
    [[brief, "loss[1..2] < 9"], "V604"],
    [[brief, "loss.last.first < 9"], "V604"],
    [[brief, "loss[21] < 9"], "V207"],
    [[brief, "loss[5..2].mean < 9"], "V207"],
    [[brief, "loss.last < [1]"], "V603"],
    [[brief, "parameters(Small) < 9"], "V604"],
    [[brief, "accuracy > 0"], "V605"],
    [[brief, "changed(attentoin)"], "V505"],
    [[brief, "unchanged()"], "V204"],
    [["changed(attention)", brief], "V605"],
    [[brief, "trace loss.last ± 1%"], "V204"],
    [[brief, "trace loss ± 1px"], "V207"],
  ])("%j is reported as %s", (lines, code) => {
    expect(codes(...lines)).toEqual([code]);
  });
});

test("declarations used only by the tests of an imported file count as used", () => {
  const base = `vlmo 1\nimport { shapes_text } from "./data.vlmo"\ndata other extends shapes_text {}\n`;
  const files = {
    "main.vlmo": 'vlmo 1\nimport { other } from "./base.vlmo"\ndata mine extends other {}\n',
    "base.vlmo": `${base}import { extra } from "./more.vlmo"\ntest "t" { train a on extra; loss.last < 1 }\n`,
    "more.vlmo": "vlmo 1\ndata extra: texts { format: shapes }\n",
  };
  expect(codesOf(check(files))).toEqual([]);
});

test("a file with nothing but imports and tests is checked", () => {
  const files = {
    "main.vlmo": 'vlmo 1\nimport { extra } from "./more.vlmo"\nexpect "t" { pool(extra, a) == 1 }\n',
    "more.vlmo": "vlmo 1\ndata extra: texts { format: shapes }\n",
  };
  expect(codesOf(check(files))).toEqual(["V107"]);
});
