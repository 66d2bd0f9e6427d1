// Patterns for several files.
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { filesOfPatterns } from "../../../../runtime/data/sources/shards.js";

const folder = mkdtempSync(join(tmpdir(), "vlmo-shards-"));
for (const name of ["a-1.tar", "a-2.tar", "{0..1}.tar", "\u00e9-1.tar"]) writeFileSync(join(folder, name), "");

it.each([
  ["x-{08..10}.tar", ["x-08.tar", "x-09.tar", "x-10.tar"]],
  ["{0..1}-{0..1}.tar", ["0-0.tar", "0-1.tar", "1-0.tar", "1-1.tar"]],
  ["a-*.tar", ["a-1.tar", "a-2.tar"]],
  ["{0..1}.tar", ["{0..1}.tar"]],
  ["e\u0301-*.tar", ["\u00e9-1.tar"]],
])("%s expands to files in order", (pattern, names) => {
  expect(filesOfPatterns([join(folder, pattern)])).toEqual(names.map((name) => join(folder, name)));
});

it.each([
  ["x-{5..2}.tar", "`{5..2}` counts down"],
  ["x-{0..9999999}.tar", "its ranges name more than 1,000,000 files"],
  ["x-{0..9999}{0..9999}.tar", "its ranges name more than 1,000,000 files"],
  ["{0..99}{0..99}{0..99}{0..99}{0..99}{0..99}.tar", "its ranges name more than 1,000,000 files"],
  ["b-*.tar", "no file in its folder has such a name"],
])("%s is refused before expansion", (pattern, reason) => {
  expect(() => filesOfPatterns([join(folder, pattern)])).toThrow(reason);
});
