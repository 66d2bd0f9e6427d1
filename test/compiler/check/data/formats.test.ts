// Constraints on the settings of a data block beyond their types: reported by the checker, not when data are opened.
import { expect, it } from "vitest";
import { spanText } from "../../../../grammar/index.js";
import { check } from "../check.js";

it.each([
  [
    "crop_grid { boxes: [[0, 0, 100]], columns: 1 }",
    "V204 `boxes` wants `[left, top, width, height]`, and this is a list",
  ],
  ["crop_grid { boxes: [8], columns: 1 }", "V204 `boxes` wants `[left, top, width, height]`, and this is the number 8"],
  ["crop_grid { boxes: [[0, 0, 0, 8]], columns: 1 }", "V207 `boxes` must be at least 1, not 0"],
  [
    "crop_grid { boxes: [[0, 0, 8, 8], [8, 0, 9, 8]], columns: 2 }",
    "V207 `boxes` must be boxes of one size, not 8 × 8 and 9 × 8",
  ],
  [
    "crop_grid { boxes: [[0, 0, 8, 8], [8, 0, 8, 8]], columns: 3 }",
    "V207 `columns` must be at most 2, as many as there are boxes, not 3",
  ],
  [
    "crop_grid { boxes: [[0, 0, 16384, 8192], [0, 0, 16384, 8192]], columns: 1 }",
    "V207 `boxes` must be boxes of at most 134217728 pixels in all, not 268435456",
  ],
  ["crop_grid { boxes: [], columns: 1 }", "V207 `boxes` must be a list of at least 1, not one of 0"],
  ["fields { image: [] }", "V207 `image` must be a list of at least 1, not one of 0"],
  ["fields { image: [a, b, c] }", "V207 `image` must be a list of at most 2, not one of 3"],
  ['where { field: "size", is: [] }', "V207 `is` must be a list of at least 1, not one of 0"],
])("records refuse %s", (setting, said) => {
  const strings = setting.replace(/\b[abc]\b/g, (name) => `"${name}"`);
  const { diagnostics } = check(`vlmo 1\ndata some: pairs { format: jsonl, records: "r.jsonl", ${strings} }\n`);
  expect([...new Set(diagnostics.map(({ code, message }) => `${code} ${message}`))]).toEqual([said]);
});

it.each([
  ['format: csv, records: "r.csv", separator: "\\n"', '"\\n"'],
  [
    'format: jsonl, records: "r.jsonl", crop_grid { boxes: [[0, 0, 8, 8], [8, 0, 9, 8]], columns: 2 }',
    "[[0, 0, 8, 8], [8, 0, 9, 8]]",
  ],
])("a mistake in %s is shown at its place", (settings, written) => {
  const { diagnostics } = check(`vlmo 1\ndata some: pairs { ${settings} }\n`);
  expect(diagnostics.map(({ code, span }) => [code, spanText(span)])).toEqual([["V207", written]]);
});
