// Concatenated strings: their values wherever a string is expected, and operands that are not strings.
import { expect, test } from "vitest";
import { showDeclaration, showText } from "../../../compiler/index.js";
import { check } from "./check.js";

/** Params and a data block whose records are an expression. */
const spec = (records: string, params = ""): string => `vlmo 1

param folder: string = "data"
param count: count = 3
${params}
data some: pairs { format: jsonl, records: ${records}, items: count }
`;

/** Params that each double the one before. */
const doubled = Array.from({ length: 60 }, (_, i) => `param p${i + 1}: string = p${i} + p${i}`).join("\n");

test.each([
  ["folder", "", "data"],
  ['folder + "/train.jsonl"', "", "data/train.jsonl"],
  ['"a" + folder + "c"', "", "adatac"],
  ['"a" + ("b" + folder)', "", "abdata"],
  ["whole", 'param whole = folder + "/train.jsonl"', "data/train.jsonl"],
  ["other", 'param whole = folder + "/x"\nparam other: string = whole + whole', "data/xdata/x"],
])("records: %s", (records, params, path) => {
  const { spec: checked, diagnostics } = check(spec(records, params));
  expect(diagnostics).toEqual([]);
  expect(checked?.data.get("some")?.settings).toMatchObject({ records: path });
});

test.each([
  ["folder + count", "", ["V204 `records` wants a string, and this is the number 3"]],
  ["folder - folder", "", ["V204 `records` wants a string, and this is a difference"]],
  [
    "folder + 1 + 2px",
    "",
    ["V204 `records` wants a string, and this is the number 1", "V204 `records` wants a string, and this is `2px`"],
  ],
  ["folder + train", "", ["V204 `records` wants a string, and this is the name `train`"]],
  ["p60", `param p0 = "ab"\n${doubled}`, ["V207 `p13` must be at most 10000 characters long, not 16384"]],
])("records: %s is reported as not a string", (records, params, said) => {
  expect(check(spec(records, params)).diagnostics.map(({ code, message }) => `${code} ${message}`)).toEqual(said);
});

test("concatenations are shown with their value and the params in them", () => {
  const text = spec('whole + ".jsonl"', 'param whole = folder + "/train"');
  const set = [{ text: "folder=/disk" }];
  const { shown } = showDeclaration("a.vlmo", "some", { read: () => text, resolvePath: (_, to) => to, set });
  const [line] =
    shown === null
      ? []
      : showText(shown, { origins: true })
          .split("\n")
          .filter((each) => each.includes("records"));
  expect(line?.replace(/ {2,}/g, " ")).toMatch(
    /^ records: "\/disk\/train.jsonl" .* param whole = "\/disk\/train" from .* param folder = "\/disk" from --set/,
  );
});
