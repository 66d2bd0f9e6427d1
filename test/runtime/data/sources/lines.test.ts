// Text files with one text per line.
import { describe, expect, it } from "vitest";

import type { DataSet } from "../../../../runtime/data/sources/data-set.js";
import { openSource } from "../../../support/sources.js";
import { digestOf, itemsOf, useDisk } from "../disk.js";

const disk = useDisk();

/** Opens text files. */
function lines(files: readonly string[], more: object = {}): Promise<DataSet> {
  return openSource("lines", "texts", { files, ...more }, disk.folder);
}

describe("lines", () => {
  it("gives the texts of all files in order, without blank lines, for any line ends", async () => {
    await disk.write({ "a.txt": "\uFEFFone\r\n\r\n  two \n \t\nthrée", "b.txt": "four\n" });
    const set = await lines(["a.txt", "b.txt"]);
    expect(itemsOf(set)).toEqual([
      { name: "a.txt:1", images: [], text: "one" },
      { name: "a.txt:3", images: [], text: "two" },
      { name: "a.txt:5", images: [], text: "thrée" },
      { name: "b.txt:1", images: [], text: "four" },
    ]);
    expect(set.supplies).toEqual(new Set(["text"]));
  });

  it("reads lines across the chunks of a file", async () => {
    const long = Array.from({ length: 3 }, (_, i) => `${i}${"é".repeat(700_000)}`);
    await disk.write({ "a.txt": long.join("\n") });
    expect(itemsOf(await lines(["a.txt"])).map(({ text }) => text)).toEqual(long);
  });

  it("joins the lines between blank ones to one text with `unit: paragraph`", async () => {
    await disk.write({ "a.txt": "one\r\n  two\r\n\r\n\r\nthree\n", "b.txt": "four\nfive" });
    const set = await lines(["*.txt"], { unit: "paragraph" });
    expect(itemsOf(set).map(({ name, text }) => [name, text])).toEqual([
      ["a.txt:1", "one two"],
      ["a.txt:5", "three"],
      ["b.txt:1", "four five"],
    ]);
    expect(digestOf(set)).not.toBe(digestOf(await lines(["a.txt", "b.txt"])));
  });

  it("leaves out a paragraph with an unreadable line", async () => {
    const text = (at: number) => ["a", "b", "", "c", "d"].map((line, i) => (i === at ? "\xe9" : line)).join("\n");
    for (const [at, left] of [
      [0, ["c d"]],
      [1, ["c d"]],
      [3, ["a b"]],
      [4, ["a b"]],
    ] as const) {
      await disk.write({ "a.txt": Buffer.from(text(at), "latin1") });
      expect(await disk.mistakes(lines(["a.txt"], { unit: "paragraph" }))).toHaveLength(1);
      const set = await lines(["a.txt"], { unit: "paragraph", on_error: "skip" });
      expect(itemsOf(set).map((item) => item.text)).toEqual(left);
    }
  });

  it("has another digest when a text changes", async () => {
    await disk.write({ "a.txt": "one\n", "b.txt": "two\n" });
    expect(digestOf(await lines(["a.txt"]))).not.toBe(digestOf(await lines(["b.txt"])));
    expect(digestOf(await lines(["a.txt"]))).toBe(digestOf(await lines(["a.txt"])));
  });

  it("reports every unreadable file and line", async () => {
    await disk.write({ "a.txt": Buffer.from([0x61, 10, 0xe9, 0x61, 10, 0x61, 0xc3, 10]) });
    expect(await disk.mistakes(lines(["none.txt", "a.txt", "gone.txt"], { on_error: "skip" }))).toEqual([
      "V910 none.txt cannot read `none.txt`: it does not exist",
      "V910 gone.txt cannot read `gone.txt`: it does not exist",
      "V981 a.txt:2 this line cannot be read: its byte 1 (0xE9, `é` in Windows-1252 or Latin-1) is not UTF-8",
      "V981 a.txt:3 this line cannot be read: its byte 2 (0xC3, `Ã` in Windows-1252 or Latin-1) is not UTF-8",
    ]);
  });

  it("reports a line with a control character", async () => {
    await disk.write({ "a.txt": "one\ttwo\f\n".repeat(40) + "th\u0004ree\n" });
    expect(await disk.mistakes(lines(["a.txt"]))).toEqual([
      "V981 a.txt:41 this line cannot be read: it holds the control character U+0004, as binary files do",
    ]);
  });

  it("leaves broken lines out and counts them with `on_error: skip`", async () => {
    await disk.write({ "a.txt": Buffer.from([0x61, 10, 0xff, 10]) });
    const set = await lines(["a.txt"], { on_error: "skip" });
    expect([set.length, set.skipped?.length]).toEqual([1, 1]);
  });

  it("reads a file that looks like another format as text, and notes it", async () => {
    await disk.write({ "a.txt": '{"text": "one"}\n{"text": "two"}\n', "b.txt": "one, two\nthree, four\n" });
    const set = await lines(["a.txt", "b.txt"]);
    expect(set.length).toBe(4);
    expect(set.notes?.map(({ says }) => says.replaceAll(`${disk.folder}/`, ""))).toEqual([
      "`a.txt` is JSON lines, not texts, one a line; it is read line by line",
    ]);
  });

  it("reports files without any text", async () => {
    await disk.write({ "a.txt": "\n \n" });
    expect(await disk.mistakes(lines(["a.txt"]))).toEqual([
      "V919 a.txt the data set `a.txt` cannot feed this run: its files hold no text",
    ]);
  });
});
