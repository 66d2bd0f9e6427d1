// Messages for invalid JSON, equal on every Node version, and values in messages.
import fc from "fast-check";
import { describe, expect, it } from "vitest";

import { readJson, shown } from "../../../../runtime/data/sources/json-text.js";

describe("invalid JSON", () => {
  it.each<[text: string, problem: string]>([
    ["", "it is empty"],
    ['{"a": 1', "it ends before its object is closed; was it cut off?"],
    ['{"a": [1, ', "it ends before its list is closed; was it cut off?"],
    ['{"a": "b', "column 7: a text is not closed; was the line cut off?"],
    ['{"a": "b\\', "column 9: `\\` is no escape of JSON; a backslash itself is `\\\\`"],
    ["{'a': 1}", "column 2: texts and names need double quotes, not single ones"],
    ["{a: 1}", "column 2: `a` needs double quotes"],
    ['{"a": 1,}', "column 9: a comma stands before `}`"],
    ["[1,]", "column 4: a comma stands before `]`"],
    ['{"a" 1}', "column 6: a colon is missing before `1}`"],
    ['{"a": 1 "b": 2}', 'column 9: a comma is missing before `"b": 2}`'],
    ['{"a": }', "column 7: a value is missing before `}`"],
    ["{1: 2}", "column 2: a name in double quotes is missing before `1: 2}`"],
    ['{"a": None}', "column 7: `None` is not JSON, which has `null`"],
    ['{"a": NaN}', "column 7: `NaN` is not JSON, which has `null`"],
    ['{"a": True}', "column 7: `True` is not JSON, which has `true`"],
    ['{"a": 01}', "column 7: `01` is not a number of JSON"],
    ['{"a": .5}', "column 7: `.5` is not a number of JSON"],
    ['{"a": "b\tc"}', "column 9: a tab (`\\t`) must be escaped in a text"],
    ['{"a": "b\u0001c"}', "column 9: a control character must be escaped in a text"],
    ['{"a": "C:\\dir"}', "column 10: `\\d` is no escape of JSON; a backslash itself is `\\\\`"],
    ['\uFEFF{"a": 1}', "column 1: there is a byte order mark (`U+FEFF`), as where files were joined: remove it"],
    ['{"a":\u00A01}', "column 6: `U+00A0` is no blank of JSON: write a space"],
    ['{"a": 1} // b', "column 10: JSON has no comments"],
    ['{"a": 1}{"a": 2}', "column 9: a second object follows; each object has a line of its own"],
    ['{"a": 1} 2', "column 10: more follows the object"],
    ["}", "column 1: `}` closes nothing"],
    ['{"a": 1]', "column 8: a comma is missing before `]`"],
    ['{\n  "a": 1\n  "b": 2\n}', 'line 3, column 3: a comma is missing before `"b": 2`'],
  ])("%j is reported as: %s", (text, problem) => {
    expect(() => JSON.parse(text)).toThrow(SyntaxError);
    expect(readJson(text)).toEqual({ problem });
  });

  it("is exactly what JSON.parse refuses, and always has a reason", () => {
    const mutated = fc
      .tuple(fc.json({ maxDepth: 4 }), fc.nat(), fc.nat(4), fc.constantFrom("", ..."{}[]:,\"\\ 0-.e\ntn\u0000é/'"))
      .map(([text, at, removed, added]) => {
        const place = at % (text.length + 1);
        return text.slice(0, place) + added + text.slice(place + removed);
      });
    fc.assert(
      fc.property(mutated, (text) => {
        const { value, problem } = readJson(text);
        if (problem === undefined) expect(value).toEqual(JSON.parse(text));
        else {
          expect(() => JSON.parse(text)).toThrow(SyntaxError);
          expect(problem).not.toBe("it is not JSON");
        }
      }),
      { seed: 11, numRuns: 3000 },
    );
  });

  it("includes nesting deeper than 100,000 levels", () => {
    const nested = (depth: number): string => "[".repeat(depth) + "]".repeat(depth);
    expect(readJson(`${"[".repeat(90_000)}"`).problem).toMatch(/^column 90,001: a text is not closed/);
    expect(shown(readJson(nested(90_000)).value)).toBe(`${"[".repeat(57)}…`);
    expect(readJson(nested(5_000_000))).toEqual({ problem: "it is nested more than 100,000 deep" });
    expect(readJson(`["${nested(200_000)}\\"${nested(200_000)}"]`).problem).toBeUndefined();
  });
});

describe("a duplicate name in an object", () => {
  const twice = (place: string, name = "a"): string => `${place}: the field \`${name}\` occurs twice in its object`;
  it.each<[text: string, problem: string | undefined]>([
    ['{"a": 1, "b": 2, "a": 3}', twice("column 18")],
    ['{"a": 1, "\\u0061": 3}', twice("column 10")],
    ['{"a": "\\u0061", "c": "\\u0061"}', undefined],
    ['{"a": "a", "b": {"a": 1}, "c": [{"a": 1}, {"a": 1}]}', undefined],
    ['{"b": "a", "a": "b", "\\"a\\"": 1}', undefined],
    ['{"b": {"c": [1, {"a": 1, "a": 2}]}}', twice("column 26")],
    ['{"c": 1, "c": 2, "a": "a"}', undefined],
    ['["a", "a", {"a": ["a", "a"]}]', undefined],
    ['{"a": "\\"a\\":", "a": 1}', twice("column 17")],
    ['{"a": {"b": "}"}, "a" : 1}', twice("column 19")],
    ['{\n  "a": 1,\n  "a"\n: 2\n}', twice("line 3, column 3")],
    ['{"__proto__": 1, "__proto__": 2}', twice("column 18", "__proto__")],
  ])("in %s: %s", (text, problem) => {
    expect(readJson(text, ["a", "b", "__proto__"]).problem).toBe(problem);
  });
});

describe("a value in a message", () => {
  const long = "x".repeat(100);
  it.each<[value: unknown, text: string]>([
    [undefined, "nothing"],
    [null, "null"],
    [1.5, "1.5"],
    [Number.POSITIVE_INFINITY, "a number that is too large"],
    [Number.NaN, "not a number (NaN)"],
    ["a\nb", '"a\\nb"'],
    [[1, "a", [true]], '[1,"a",[true]]'],
    [{ a: 1, "b c": { d: [] } }, '{"a":1,"b c":{"d":[]}}'],
    [JSON.parse('{"__proto__": 1}'), '{"__proto__":1}'],
    [long, `"${"x".repeat(56)}…`],
    [Array.from({ length: 1_000_000 }, () => 1), `[${"1,".repeat(28)}…`],
    [{ [long]: long }, `{"${"x".repeat(55)}…`],
  ])("is its JSON, shortened if long: %#", (value, text) => {
    expect(shown(value)).toBe(text);
  });
});
