// Files in another format than declared: each reported once, without false alarms.
import { rm, writeFile } from "node:fs/promises";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";

import { glanceAt } from "../../../../runtime/data/sources/glance.js";
import type { ReadAs } from "../../../../runtime/data/sources/file-kinds.js";
import { expectText, otherFormat } from "../../../../runtime/data/sources/recognise.js";
import { VlmoError } from "../../../../runtime/errors/vlmo-error.js";

const folder = mkdtempSync(path.join(tmpdir(), "vlmo-recognise-"));
const file = path.join(folder, "file");
afterAll(() => rm(folder, { recursive: true }));

const record = '{"image": "a.png", "text": "a café"}\n';
/** A compound file with a stream of this name, in UTF-16. */
const xls = Buffer.concat([
  Buffer.from("d0cf11e0a1b11ae1", "hex"),
  Buffer.alloc(500),
  Buffer.from("Workbook", "utf16le"),
]);
const utf16 = (text: string) => Buffer.from(text, "utf16le");

describe("a file that is not UTF-8 text", () => {
  it.each<[said: string, content: string | Buffer, remedy: string]>([
    ["is text in UTF-16 (little endian), not in UTF-8", utf16(`\uFEFF${record}`), "iconv -f UTF-16 -t UTF-8"],
    ["is text in UTF-16 (big endian), not in UTF-8", utf16(`\uFEFF${record}`).swap16(), "iconv -f UTF-16 -t"],
    ["is text in UTF-16 (little endian), not in UTF-8", utf16(record), "iconv -f UTF-16LE -t UTF-8"],
    ["is text in UTF-16 (big endian), not in UTF-8", utf16(record).swap16(), "iconv -f UTF-16BE -t UTF-8"],
    ["is text in UTF-16 (little endian), not in UTF-8", utf16('{"text": "日本語の説明文です"}\n'), "UTF-16LE"],
    ["is text in UTF-32, not in UTF-8", Buffer.from([0xff, 0xfe, 0, 0, 0x7b, 0, 0, 0]), "iconv -f UTF-32"],
    ["is packed by gzip, not data that can be read here", gzipSync(record), "gunzip"],
    ["is packed by bzip2, not data that can be read here", "BZh51AY&SY....", "bunzip2"],
    ["is a RAR archive, not data that can be read here", "Rar!\x1a\x07", "unrar x"],
    ["is packed by LZ4, not data that can be read here", Buffer.from("\x04\x22\x4d\x18d", "latin1"), "unlz4"],
    ["is a binary file, with control characters, not text", "\x01ab\x02cd\x03ef\n", "name a text file in UTF-8"],
    ["is a workbook of a spreadsheet program, not data", "PK\x03\x04 [Content_Types].xml xl/workbook.xml", "as CSV"],
    ["is a workbook of a spreadsheet program, not data", xls, "as CSV in UTF-8"],
    ["is a zip archive, not data that can be read here", "PK\x03\x04....", "unzip"],
    ["is a tar archive, not data that can be read here", `${"a".repeat(257)}ustar`, "`format: webdataset`"],
    ["is a table of Apache Parquet, not data that can be read here", "PAR1....PAR1", "`format: parquet`"],
    ["is a table of Apache Arrow, not data that can be read here", "ARROW1\0\0", "`format: arrow`"],
    ["is a web page (HTML), as downloads that failed leave, not", "\n<!doctype HTML><html>", "download the file again"],
    ["is a pointer of Git LFS, in the place of", "version https://git-lfs.github.com/spec/v1\n", "git lfs pull"],
    ["is an image, not data", Buffer.from("\x89PNG\r\n\x1a\n", "latin1"), "`format: folder`"],
    ["is a binary file, with zero bytes, not text", Buffer.from([1, 0, 0, 2, 3, 0, 4, 0]), "name a text file in UTF-8"],
    ["is text whose lines end as on old Macs", `${record.trim()}\r${record.trim()}\r`, "tr '\\r' '\\n'"],
  ])("%s", async (said, content, remedy) => {
    await writeFile(file, content);
    const error: unknown = await Promise.resolve()
      .then(() => expectText(glanceAt(file)))
      .catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(VlmoError);
    expect(error).toMatchObject({ code: "V982", message: expect.stringContaining(`\`${file}\` ${said}`) });
    expect(error).toHaveProperty("help", expect.stringContaining(remedy));
  });

  it.each([
    ["text", record],
    ["text that starts like a compressor's magic number", "BZh9 is how bzip2 begins\nRar! is another\n"],
    ["text that starts like an image format's magic number", "BMW on a road\n"],
    ["text with a byte-order mark", `\uFEFF${record}`],
    ["nothing", ""],
    ["text with a stray zero byte", `${record.repeat(9)}\0`],
    ["CRLF line ends", record.replace("\n", "\r\n")],
  ])("is not suspected in %s", async (_, content) => {
    await writeFile(file, content);
    expect(() => expectText(glanceAt(file))).not.toThrow();
  });
});

const karpathy = { images: [{ filename: "a.png", split: "train", sentences: [{ raw: "a" }] }], dataset: "coco" };
const coco = {
  info: {},
  images: Array.from({ length: 2000 }, (_, id) => ({ id, file_name: `${id}.jpg`, license: 3, height: 480 })),
  annotations: [{ image_id: 1, id: 5, caption: "a" }],
};
const objects = { images: coco.images, annotations: [{ image_id: 1, bbox: [1], segmentation: [] }] };
const questions = { info: {}, questions: [{ image_id: 1, question: "what?", question_id: 10 }] };
const annotations = {
  annotations: [{ question_id: 10, answers: [{ answer: "a", answer_confidence: "yes" }], image_id: 1 }],
};
const nlvr2 = { sentence: "a", left_url: "http://x", label: "True", identifier: "dev-1-0-0" };
const tokenizer = { version: "1.0", added_tokens: [], normalizer: {}, model: { vocab: { "[PAD]": 0 } } };

describe("a data set in another format", () => {
  it.each<[what: string, readAs: ReadAs, content: unknown, remedy: string]>([
    ["COCO captions", "karpathy", coco, "`format: coco`"],
    ["COCO captions", "jsonl", coco, "`format: coco`"],
    ["COCO's boxes and outlines of objects", "coco", objects, "`captions_….json`"],
    ["the JSON of Karpathy's splits", "coco", karpathy, "`format: karpathy`"],
    ["the JSON of Karpathy's splits", "jsonl", karpathy, "`format: karpathy`"],
    ["the questions of VQA v2", "jsonl", questions, "`format: vqa2`"],
    ["the answers of VQA v2", "jsonl", annotations, "`format: vqa2`"],
    ["the sentences of NLVR2, which name no image files", "jsonl", `${JSON.stringify(nlvr2)}\n`, "`format: nlvr2`"],
    ["conversations, as LLaVA has them", "jsonl", [{ conversations: [{ from: "human", value: "q" }] }], "docs/data.md"],
    ["the region descriptions of Visual Genome", "jsonl", [{ regions: [{ phrase: "a" }] }], "docs/data.md"],
    ["the tokenizer.json of Hugging Face", "vocabulary", tokenizer, ".model.vocab"],
    ["annotations of which a list is empty", "jsonl", { info: {}, questions: [] }, "name the file that has entries"],
    ["annotations of which a list is empty", "csv", { images: [], dataset: "coco" }, "name the file that has entries"],
    ["one JSON list", "jsonl", JSON.stringify([{ image: "a.png" }], null, 2), "jq -c '.[]'"],
    ["one JSON list", "jsonl", '[\n{"image": "a.png"},\n{"image": "b.png"}\n]\n', "jq -c '.[]'"],
    ["one JSON list", "names", '["cat", "dog"]', "jq -r"],
    ["one JSON document", "jsonl", JSON.stringify({ data: [{ image: "a.png" }] }, null, 1), "jq -c '.NAME[]'"],
    ["JSON lines", "karpathy", record + record, "`format: jsonl`"],
    ["JSON, an object a line", "csv", record, "`format: jsonl`"],
    ["JSON, an object a line", "csv", record.trim(), "`format: jsonl`"],
    ["JSON, an object a line", "csv", { image: ["a.png", "b.png"], text: ["a", "b"] }, "`format: jsonl`"],
    ["JSON, an object a line", "csv", { a: { image: "a.png" }, b: { image: "b.png" } }, "jq -c '.NAME[]'"],
    ["JSON, an object a line", "csv", `${record.trim()}${record}`, "`format: jsonl`"],
    ["JSON, an object a line", "csv", `${record.slice(0, 20)}\n${record}`, "`format: jsonl`"],
    ["JSON, an object a line", "csv", {}, "`format: jsonl`"],
    ["JSON, an object a line", "lines", record, "`format: jsonl`"],
    ["JSON, a list a line", "csv", '["a.png", "red"]\n["b.png", "blue"]\n', "{image: .[0], text: .[1]}"],
    ["JSON, a list a line", "jsonl", '["a.png", "red"]\n["b.png", "blue"]\n', "{image: .[0], text: .[1]}"],
    ["JSON lines", "csv", record + record, "`format: jsonl`"],
    ["one JSON list", "csv", [{ image: "a.png" }], "jq -c '.[]'"],
    ["one JSON list", "csv", "[]", "jq -c '.[]'"],
    ["one JSON document", "csv", { data: [{ image: "a.png" }] }, "jq -c '.NAME[]'"],
    ["data as Python prints them", "jsonl", "[{'image': 'a.png'}, {'image': 'b.png'}]", "json.dumps"],
    ["data as Python prints them", "csv", "{'image': 'a.png', 'text': 'a'}\n", "json.dumps"],
    ["a vocab.json, tokens with their numbers", "vocabulary", { "[PAD]": 0, '"': 1, a: 2 }, "name the `vocab.txt`"],
    ["XML", "lines", '<?xml version="1.0"?>\n<a>one</a>\n', "docs/data.md"],
    ["XML", "jsonl", "<captions>\n<caption>one</caption>\n</captions>", "docs/data.md"],
    ["a document of a word processor (RTF)", "lines", "{\\rtf1\\ansi one}\n", "plain text"],
    ["a table with commas (CSV)", "lines", "image,caption\na.png,red\n", "`format: csv`"],
    ["a table with commas (CSV)", "jsonl", 'image,caption\na.png,"red, blue"\n', "`format: csv`"],
    ["a table with tabs (TSV)", "jsonl", "a dog\thttp://x\na cat\thttp://y\n", "`format: csv`"],
    ["plain text", "jsonl", "A book.\nIt has lines.\n", "`format: lines`"],
  ])("is recognised: %s, read as %s", async (what, readAs, content, remedy) => {
    await writeFile(file, typeof content === "string" ? content : JSON.stringify(content));
    const error = otherFormat(file, readAs);
    expect(error).toMatchObject({ code: "V982", message: expect.stringContaining(`\`${file}\` is ${what}, not `) });
    expect(error?.help).toContain(remedy);
  });

  it.each<[what: string, readAs: ReadAs, content: string]>([
    ["records", "jsonl", record + record],
    ["a broken first record", "jsonl", `${record.slice(0, 20)}\n${record}`],
    ["two broken first records", "jsonl", `${record.slice(0, 20)}\n${record.slice(0, 9)}\n${record}`],
    ["a record of lists", "jsonl", '{"image": ["a.png", "b.png"], "boxes": [[1, 2], [3, 4]]}\n'],
    ["annotations with a mistake", "karpathy", '{"images": [{"filename": "a.png"}]}'],
    ["captions with a mistake", "coco", JSON.stringify({ images: [], annotations: [{ image_id: 1 }] })],
    ["a table of a column with quotes", "csv", '"text"\n"[a] {b}"\n'],
    ["a table whose names stand in brackets", "csv", "[image],[text]\na.png,red\n"],
    ["one record", "jsonl", record],
    ["texts in brackets", "lines", "[music]\n{laughs}\n"],
    ["texts with commas", "lines", "one, two\nthree, four\n"],
    ["a vocabulary", "vocabulary", "[PAD]\n[UNK]\na\n"],
    ["names", "names", "cat\ndog\n"],
  ])("is not suspected in %s, read as %s", async (_, readAs, content) => {
    await writeFile(file, content);
    expect(otherFormat(file, readAs)).toBeUndefined();
  });
});
