// What the settings of a data block must be, beyond the type of each: refused where they are written, not when data are opened.
import { expect, it } from "vitest";
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
  ["crop_grid { boxes: [], columns: 1 }", "V204 `boxes` wants at least 1 of them, and this is a list"],
  ["fields { image: [] }", "V204 `image` wants at least 1 of them, and this is a list"],
  ["fields { image: [a, b, c] }", "V204 `image` wants at most 2 of them, and this is a list"],
  ['where { field: "size", is: [] }', "V204 `is` wants at least 1 of them, and this is a list"],
])("records refuse %s", (setting, said) => {
  const strings = setting.replace(/\b[abc]\b/g, (name) => `"${name}"`);
  const { diagnostics } = check(`vlmo 1\ndata some: pairs { format: jsonl, records: "r.jsonl", ${strings} }\n`);
  expect([...new Set(diagnostics.map(({ code, message }) => `${code} ${message}`))]).toEqual([said]);
});
