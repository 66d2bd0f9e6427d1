// Files with lists of classes or answers.
import { rm, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

import { readNames } from "../../../../runtime/data/sources/name-list.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-list-"));
const file = path.join(folder, "names.txt");
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ["names with blanks and non-Latin letters", "give way\nnaïve\n停止\n", ["give way", "naïve", "停止"]],
  ["a byte-order mark, carriage returns, trailing blank lines", "\uFEFFcat\r\ndog\r\n\r\n \n", ["cat", "dog"]],
  ["names that differ in case only", "US\nus", ["US", "us"]],
  ["a name in brackets", "[none]\ncat\n", ["[none]", "cat"]],
])("reads %s", async (_, text, names) => {
  await writeFile(file, text);
  expect(await readNames(file)).toEqual(names);
});

it.each<{ what: string; content: string | Buffer; code: string; line?: number; says: string }>([
  { what: "an empty file", content: "\n\n", code: "V980", says: "it is empty" },
  { what: "a blank line", content: "cat\n\ndog\n", code: "V980", line: 2, says: "line 2 is blank" },
  { what: "a name twice", content: "cat\ndog\ncat\n", code: "V980", line: 3, says: "`cat` stands in lines 1 and 3" },
  {
    what: "a name in two Unicode normal forms",
    content: "\u00e9\ne\u0301\n",
    code: "V980",
    line: 2,
    says: "stands in lines 1 and 2",
  },
  {
    what: "blanks around a name",
    content: "cat\n dog\t\n",
    code: "V980",
    line: 2,
    says: "line 2 is ` dog\t`, with a blank around it",
  },
  { what: "Latin-1", content: Buffer.from("caf\xe9\n", "latin1"), code: "V981", line: 1, says: "0xE9" },
  {
    what: "a JSON list",
    content: '["cat", "dog"]',
    code: "V982",
    says: "is one JSON list, not a list of names, one a line",
  },
])("reports $what", async ({ content, code, line, says }) => {
  await writeFile(file, content);
  await expect(readNames(file)).rejects.toMatchObject({ code, line, message: expect.stringContaining(says) });
});
