// The text reader: lines against a plain definition, and errors for invalid bytes.
import { open, rm, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, describe, expect, it } from "vitest";

import { LONGEST_LINE, readLines, readWhole, type Line } from "../../../../runtime/data/sources/text-file.js";
import { stream } from "../../../../runtime/random.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-text-"));
const file = path.join(folder, "text.txt");
afterAll(() => rm(folder, { recursive: true }));

interface Read {
  readonly lines: Line[];
  readonly broken: string[];
}

async function read(content: string | Buffer): Promise<Read> {
  await writeFile(file, content);
  return readAgain();
}

async function readAgain(): Promise<Read> {
  const result: Read = { lines: [], broken: [] };
  await readLines(file, {
    line: (line) => result.lines.push(line),
    broken: ({ code, line, message }) => result.broken.push(`${code} ${line ?? ""} ${message}`),
  });
  return result;
}

const texts = async (content: string | Buffer) => (await read(content)).lines.map(({ text }) => text);

describe("lines", () => {
  it.each<[what: string, content: string, lines: string[]]>([
    ["end in a line feed", "a\nb\n", ["a", "b"]],
    ["end with the file", "a\nb", ["a", "b"]],
    ["may be empty", "a\n\n\nb\n", ["a", "", "", "b"]],
    ["may have a carriage return before the line feed", "a\r\nb\r\r\n", ["a", "b\r"]],
    [
      "do not end in U+2028, U+2029, U+0085, a form feed or a vertical tab",
      "a\u2028b\u2029c\u0085d\fe\vf",
      ["a\u2028b\u2029c\u0085d\fe\vf"],
    ],
    ["start after the byte-order mark", "\uFEFFa\nb", ["a", "b"]],
    ["keep a byte-order mark elsewhere", "a\n\uFEFFb", ["a", "\uFEFFb"]],
    ["are none in an empty file", "", []],
    ["are none in a file with only a byte-order mark", "\uFEFF", []],
  ])("%s", async (_, content, lines) => {
    expect(await texts(content)).toEqual(lines);
  });

  it("have numbers and byte offsets, for all chunk sizes", async () => {
    const random = stream(7, "lines");
    const words = ["é", "x".repeat(300_000), "", "日本", "\u2028", "short"];
    const lines = Array.from({ length: 40 }, () => words[random.integer(words.length)] ?? "");
    const ends = lines.map(() => (random.integer(2) === 0 ? "\n" : "\r\n"));
    const bytes = Buffer.from(`\uFEFF${lines.map((line, i) => line + (ends[i] ?? "")).join("")}`);
    const found = await read(bytes);
    expect(found.lines.map(({ text }) => text)).toEqual(lines);
    expect(found.lines.map(({ number }) => number)).toEqual(lines.map((_, i) => i + 1));
    expect(found.lines.map(({ begin, end }) => bytes.toString("utf8", begin, end))).toEqual(lines);
  });
});

describe("unreadable lines", () => {
  it.each<[what: string, bytes: number[], reason: string]>([
    ["Latin-1", [0x63, 0x61, 0x66, 0xe9], "its byte 4 (0xE9, `é` in Windows-1252 or Latin-1) is not UTF-8"],
    ["a truncated character", [0xe6, 0x97], "its byte 1 (0xE6) is not UTF-8"],
    ["an invalid byte after a replacement character", [0xef, 0xbf, 0xbd, 0xff], "its byte 4 (0xFF) is not UTF-8"],
    ["an invalid byte", [0x61, 0x81], "its byte 2 (0x81) is not UTF-8"],
    ["a lone surrogate", [0xed, 0xa0, 0x80], "its byte 1 (0xED) is not UTF-8"],
    ["a zero byte", [0x61, 0, 0x62], "it holds zero bytes"],
  ])("are reported with their number, and the others are read: %s", async (_, bytes, reason) => {
    const padding = Buffer.alloc(5000, "text\n");
    const { lines, broken } = await read(Buffer.concat([padding, Buffer.from([...bytes, 10]), Buffer.from("b\n")]));
    expect(broken).toEqual([expect.stringContaining(`V981 1001 this line cannot be read: ${reason}`)]);
    expect(lines.slice(999).map(({ number, text }) => [number, text])).toEqual([
      [1000, "text"],
      [1002, "b"],
    ]);
  });

  it("are reported if over the length limit, and not kept in memory", async () => {
    const opened = await open(file, "w");
    const piece = Buffer.alloc(2 ** 20, "x");
    await opened.write("first\n");
    for (let size = 0; size <= LONGEST_LINE; size += piece.length) await opened.write(piece);
    await opened.write("\nlast\n");
    await opened.close();
    const { lines, broken } = await readAgain();
    expect(lines.map(({ number, text }) => [number, text])).toEqual([
      [1, "first"],
      [3, "last"],
    ]);
    expect(broken).toEqual(["V981 2 this line cannot be read: it is longer than 16 MiB"]);
  });
});

describe("a whole file", () => {
  it("is read without its byte-order mark, with whether all of it was UTF-8", async () => {
    await writeFile(file, "\uFEFFé\uFFFD");
    expect(await readWhole(file)).toMatchObject({ text: "é\uFFFD", isDamaged: false });
    await writeFile(file, Buffer.from([0x61, 0xe9]));
    expect(await readWhole(file)).toMatchObject({ text: "a\uFFFD", isDamaged: true });
  });

  it.each([
    ["a folder", folder, "it is a folder"],
    ["nothing", path.join(folder, "none"), "it does not exist"],
    ["a device", "/dev/zero", "it is a pipe or a device, not a file on a disk"],
  ])("is reported to be %s", async (_, named, reason) => {
    const message = `cannot read \`${named}\`: ${reason}`;
    await expect(readWhole(named)).rejects.toMatchObject({ code: "V910", message });
  });
});
