// Merging equal mistakes of many records.
import { expect, test } from "vitest";

import { alike, reportedOnce } from "../../../../runtime/data/check/alike.js";
import { vlmoError, type VlmoError } from "../../../../runtime/errors/vlmo-error.js";

const gone = (path: string, help?: string): VlmoError => vlmoError("V916", { path }, { help });
const field = (name: string, got: string, help?: string): VlmoError =>
  vlmoError("V913", { field: name, wanted: "a number", got }, { help });
const web = "this is a web address, and nothing is ever downloaded";

test.each<{ what: string; mistakes: VlmoError[]; groups: string[] }>([
  { what: "other missing files", mistakes: [gone("a.png"), gone("b.png")], groups: ["a.png", "b.png"] },
  {
    what: "addresses of one kind",
    mistakes: [gone("http://a/1", web), gone("b.png"), gone("http://b/2", web)],
    groups: ["http://a/1` (and 1 more record)", "b.png"],
  },
  {
    what: "misspelt file names",
    mistakes: [gone("A.png", "there is `a.png`"), gone("B.png", "there is `b.png`"), gone("C", "it lies above")],
    groups: ["A.png` (and 1 more record)", "C"],
  },
  {
    what: "values of one field",
    mistakes: ["0", "1", "2"].map((id, i) => field(`annotations[${i}].image_id`, `the text "${id}"`, "write alike")),
    groups: ['the text "0" (and 2 more records)'],
  },
  {
    what: "values of two fields",
    mistakes: [field("id", "1", "write alike"), field("image_id", "1", "write alike")],
    groups: ["`id`", "`image_id`"],
  },
  {
    what: "numbers in a text column",
    mistakes: ["0", "17", "-3", "0.5", "1e+30", "12"].map((got) => field("text", got)),
    groups: ["should be a number, but is 0 (and 5 more records)"],
  },
  {
    what: "texts in a column of numbers",
    mistakes: ['"cat"', '"a dog"', '"say \\"no\\""'].map((got) => field("label", got)),
    groups: ['but is "cat" (and 2 more records)'],
  },
  {
    what: "values of several kinds in a column",
    mistakes: ["1", "null", "[1, 2]", '{"a": 1}', "true", "2", "false", '[["x"]]', '{"b": "y"}', "null"].map((got) =>
      field("text", got),
    ),
    groups: [
      "1 (and 1 more record)",
      "null (and 1 more record)",
      "[1, 2] (and 1 more record)",
      '{"a": 1} (and 1 more record)',
      "true (and 1 more record)",
    ],
  },
  {
    what: "numbers in two text columns",
    mistakes: [field("text", "1"), field("answer", "1"), field("text", "2")],
    groups: ["the field `text` should be a number, but is 1 (and 1 more record)", "`answer`"],
  },
  {
    what: "names of no class",
    mistakes: ['"kat"', '"dgo"', '"kat"', "3", "4"].map((got) =>
      vlmoError("V913", { field: "label", wanted: "one of `cat`, `dog`", got }),
    ),
    groups: ['"kat" (and 1 more record)', '"dgo"', "3 (and 1 more record)"],
  },
])("for $what each cause is reported once", ({ mistakes, groups }) => {
  const told = alike(mistakes).map((group) => reportedOnce(group).message);
  expect(told).toEqual(groups.map((part) => expect.stringContaining(part)));
});
