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
])("for $what each cause is reported once", ({ mistakes, groups }) => {
  const told = alike(mistakes).map((group) => reportedOnce(group).message);
  expect(told).toEqual(groups.map((part) => expect.stringContaining(part)));
});
