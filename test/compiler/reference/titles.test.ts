// What `vlmo explain` shows for a code: its message with placeholders, and the lines in which its examples differ.
import { expect, test } from "vitest";
import { comparedLines, compilerCodes, titleOf } from "../../../compiler/front-end.js";
import { grammarCodes } from "../../../grammar/index.js";
import { codes } from "../../../runtime/errors/codes.js";

const all = Object.entries({ ...grammarCodes, ...compilerCodes, ...codes });

test.each(all)("%s has a title without raw placeholders", (_, entry) => {
  const title = titleOf(entry);
  expect(title).not.toMatch(/undefined|NaN|\[object|\$\{/);
  expect(title.length).toBeGreaterThan(5);
});

test.each([
  {
    title: "a changed line with three lines of context on either side",
    before: "1\n2\n3\n4\nx\n6\n7\n8\n9",
    after: "1\n2\n3\n4\ny\n6\n7\n8\n9",
    shown: " 2, 3, 4,-x,+y, 6, 7, 8",
  },
  { title: "an added first line", before: "a\nb", after: "v\n\na\nb", shown: "+v,+, a, b" },
  { title: "a removed last line", before: "a\nb", after: "a", shown: " a,-b" },
  { title: "repeated lines", before: "a\na", after: "a\na\na", shown: " a, a,+a" },
])("$title", ({ before, after, shown }) => {
  expect(
    comparedLines(before, after)
      .map(({ mark, text }) => mark + text)
      .join(","),
  ).toBe(shown);
});
