// CSV and TSV tables: records for all separators and quotes, and errors.
import { describe, expect, it } from "vitest";

import type { DataKind } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";
import { itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

interface Given {
  readonly kind?: DataKind;
  readonly name?: string;
  readonly [setting: string]: unknown;
}

/** Opens a table beside `a.png` and `b.png`. */
async function csv(text: string | Buffer, { kind = "pairs", name = "table.csv", ...more }: Given = {}) {
  await disk.write({ [name]: text, "a.png": null, "b.png": null });
  return openSource("csv", kind, { records: name, ...more }, disk.folder);
}

describe("csv", () => {
  it("gives a record for every row, with the fields of the header", async () => {
    const set = await csv('image,text,more\na.png,"red, ""bright""\nand warm",1\n\nb.png,blue,2\n');
    expect(itemsOf(set).map(({ name, text, images: [first] }) => [name, text, first?.key.split("/").at(-1)])).toEqual([
      ["table.csv:2", 'red, "bright"\nand warm', "a.png"],
      ["table.csv:5", "blue", "b.png"],
    ]);
  });

  it.each<[what: string, text: string | Buffer, more: Given]>([
    ["tabs in a `.tsv`", "image\ttext\na.png\tone, two\n", { name: "table.tsv" }],
    ["another separator", "image;text\na.png;one, two\n", { separator: ";" }],
    ["line ends of Windows and a byte order mark", '\uFEFFimage,text\r\na.png,"one, two"\r\n', {}],
    ["other names of columns", 'file,caption\na.png,"one, two"', { fields: { image: ["file"], text: "caption" } }],
    ["columns in another order", '"text","image"\n"one, two","a.png"', {}],
  ])("reads %s", async (_, text, more) => {
    expect(itemsOf(await csv(text, more))).toMatchObject([{ text: "one, two" }]);
  });

  it("keeps quotes inside unquoted values", async () => {
    const set = await csv('image\ttext\na.png\tthe "red" one\nb.png\t6" tall\n', { separator: "\t", quotes: false });
    expect(itemsOf(set).map(({ text }) => text)).toEqual(['the "red" one', '6" tall']);
  });

  it.each<[what: string, label: string, more: Given, number: number]>([
    ["the number of a class", "2", {}, 2],
    ["the name of a class", "Cat", { classes: ["dog", "cat"] }, 1],
    ["a name that is a number", "7", { classes: ["9", "7"] }, 1],
    ["a truth value", "True", { kind: "statements" }, 1],
    ["a truth value as a number", "0", { kind: "statements" }, 0],
  ])("accepts as a label %s", async (_, label, more, number) => {
    const set = await csv(`image,label,text\na.png,${label},x`, { kind: "labelled_images", ...more });
    expect(set.item(0).label).toBe(number);
  });

  it("reads two images, answers and the rows of `where`", async () => {
    const text = "left,right,text,label,part\na.png,b.png,one,true,dev\nb.png,a.png,two,false,train\n";
    const where = { field: "part", is: ["train"] };
    const set = await csv(text, { kind: "statements", fields: { image: ["left", "right"] }, where });
    expect(itemsOf(set)).toMatchObject([{ name: "table.csv:3", text: "two", label: 0 }]);
    expect(set.supplies).toContain("images");
    const asked = await csv("image,text,answer\na.png,what?,red\nb.png,what?,blue", { kind: "questions" });
    expect(asked.answers).toEqual(["blue", "red"]);
  });

  const good = "a.png,one\nb.png,two\n";

  it.each<[what: string, rows: string | Buffer, said: readonly string[]]>([
    [
      "too few values",
      "a.png\n",
      ["V911 table.csv:4 this line is not a row of a table: it has 1 value, and the header names 2 columns"],
    ],
    [
      "too many values",
      "a.png,one,two\n",
      ["V911 table.csv:4 this line is not a row of a table: it has 3 values, and the header names 2 columns"],
    ],
    [
      "a quote within a value",
      'a.png,6" and 7" tall\n',
      ["V911 table.csv:4 this line is not a row of a table: there is a quote inside an unquoted value"],
    ],
    [
      "text after a closing quote",
      'a.png,"one" two\n',
      ["V911 table.csv:4 this line is not a row of a table: something follows the closing quote of a value"],
    ],
    [
      "an unclosed quote",
      'a.png,"one\nb.png,two\n',
      ["V911 table.csv:4 this line is not a row of a table: a quote in it is opened and not closed"],
    ],
    ["an empty text", "a.png,\n", ["V914 table.csv:4 the field `text` is an empty text: it has no tokens"]],
    ["an empty path", ",one\n", ['V913 table.csv:4 the field `image` should be a path, but is ""']],
    ["a missing image", "c.png,one\n", ["V916 table.csv:4 there is no image `c.png`"]],
    ["a path that leaves the folder", "../c.png,one\n", ["V915 table.csv:4 the image path `../c.png` leads out of ``"]],
    [
      "bytes that are not UTF-8",
      Buffer.from("a.png,caf\xe9\n", "latin1"),
      ["V981 table.csv:4 this line cannot be read: its byte 10 (0xE9, `é` in Windows-1252 or Latin-1) is not UTF-8"],
    ],
  ])("reports %s, or leaves the row out", async (_, rows, said) => {
    const text = Buffer.concat([Buffer.from(`image,text\n${good}`), Buffer.from(rows)]);
    expect(await disk.mistakes(csv(text))).toEqual(said);
    const set = await csv(text, { on_error: "skip" });
    expect([set.length, set.skipped?.length]).toEqual([2, 1]);
  });

  it("limits a stray quote to its row and the next", async () => {
    const text = `image,text\na.png,6" tall\nb.png,"x"y"\n${good.repeat(1500)}`;
    const set = await csv(text, { on_error: "skip" });
    expect([set.length, set.skipped?.map(({ line }) => line)]).toEqual([3000, [2]]);
  });

  it.each<[what: string, text: string, more: Given, said: string]>([
    [
      "a missing column",
      `picture,text\n${good}`,
      {},
      "V912 table.csv the table has no column `image`; it has `picture`, `text`",
    ],
    [
      "a duplicate column",
      `image,text,text\n${good}`,
      {},
      "V911 table.csv:1 this line is not the header of a table: the column `text` occurs twice",
    ],
    [
      "another separator",
      "image;text\na.png;one\n",
      {},
      "V912 table.csv the table has no column `image`; it has `image;text`",
    ],
    [
      "Excel's line with the separator",
      `sep=,\nimage,text\n${good}`,
      {},
      "V912 table.csv the table has no column `image`; it has `sep=`, ``",
    ],
    [
      "a header alone",
      "image,text\n",
      {},
      "V919 table.csv the data set `table.csv` cannot feed this run: it has no row below its header",
    ],
    ["nothing", "", {}, "V919 table.csv the data set `table.csv` cannot feed this run: it has no row below its header"],
    [
      "JSON lines",
      '{"image": "a.png", "text": "x"}\n{"image": "a.png", "text": "y"}\n',
      {},
      "V982 table.csv `table.csv` is JSON lines, not a table of text with the names of its columns in the first line",
    ],
    ...[
      ["one object of JSON", '{"image": "a.png", "text": "x"}\n', "JSON, an object a line"],
      ["an object of JSON with a quote inside", '{"image": "a.png", "text": "6\\" tall"}', "JSON, an object a line"],
      ["a JSON list", '[{"image": "a.png"}]', "one JSON list"],
      ["a JSON list with a quote inside", '[{"text": "6\\" tall"}]\n', "one JSON list"],
      ["JSON of quotes alone", '["a.png", "6\\""]\n["b.png", "y"]\n', "JSON, a list a line"],
    ].map(([what = "", text = "", is = ""]): [string, string, Given, string] => [
      what,
      text,
      {},
      `V982 table.csv \`table.csv\` is ${is}, not a table of text with the names of its columns in the first line`,
    ]),
  ])("reports %s", async (_, text, more, said) => {
    expect(await disk.mistakes(csv(text, more))).toEqual([said]);
  });
});
