// Lists of classes and answers in files.
import { rm, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, expect, it } from "vitest";

import { readNames } from "../../../runtime/data/name-list.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-list-"));
const file = path.join(folder, "names.txt");
afterAll(() => rm(folder, { recursive: true }));

it.each([
  ["names with blanks in them, and other letters", "give way\nnaïve\n停止\n", ["give way", "naïve", "停止"]],
  ["a mark, carriage returns, blank lines at the end", "\uFEFFcat\r\ndog\r\n\r\n \n", ["cat", "dog"]],
  ["names that differ in capitals", "US\nus", ["US", "us"]],
  ["a name in brackets", "[none]\ncat\n", ["[none]", "cat"]],
])("reads %s", async (_, text, names) => {
  await writeFile(file, text);
  expect(await readNames(file)).toEqual(names);
});

it.each<[what: string, content: string | Buffer, code: string, line: number | undefined, says: string]>([
  ["an empty file", "\n\n", "V980", undefined, "it is empty"],
  ["a blank line", "cat\n\ndog\n", "V980", 2, "line 2 is blank"],
  ["a name twice", "cat\ndog\ncat\n", "V980", 3, "`cat` stands in lines 1 and 3"],
  ["a name twice in two forms of Unicode", "\u00e9\ne\u0301\n", "V980", 2, "stands in lines 1 and 2"],
  ["blanks around a name", "cat\n dog\t\n", "V980", 2, "line 2 is ` dog\t`, with a blank around it"],
  ["bytes that are no UTF-8", Buffer.from("caf\xe9\n", "latin1"), "V981", 1, "0xE9"],
  ["a JSON list", '["cat", "dog"]', "V982", undefined, "is one JSON list, not a list of names, one a line"],
])("tells of %s", async (_, content, code, line, says) => {
  await writeFile(file, content);
  await expect(readNames(file)).rejects.toMatchObject({ code, line, message: expect.stringContaining(says) });
});
