import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  createTokenizer,
  hasWords,
  learnVocabulary,
  tokenizerFromFile,
} from "../../../../runtime/data/text/tokenizer.js";

const says = (text: string): unknown => expect.stringContaining(text);

const VOCABULARY = [
  ...["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"],
  ...["a", "red", "circle", "##s", "un", "##aff", "##able", "cafe", "naive", "don", "'", "t", "stop", "—", "!", "mask"],
  ...["[", "]", "x", "##y", "##z"],
];
const tokenizer = createTokenizer(VOCABULARY);

const ROWS = [
  { what: "lower-cases and drops accents", text: "CAFÉ Naïve", tokens: ["cafe", "naive"] },
  { what: "composes combining accents", text: "café", tokens: ["cafe"] },
  { what: "splits words into pieces", text: "unaffable circles", tokens: ["un", "##aff", "##able", "circle", "##s"] },
  { what: "splits at punctuation", text: "don't stop—a!", tokens: ["don", "'", "t", "stop", "—", "a", "!"] },
  { what: "gives [UNK] for a word without pieces", text: "a redq", tokens: ["a", "[UNK]"] },
  { what: "gives [UNK] for words over 100 characters", text: `x${"y".repeat(100)} a`, tokens: ["[UNK]", "a"] },
  { what: "keeps words of 100 characters", text: `x${"y".repeat(2)}`, tokens: ["x", "##y", "##y"] },
  { what: "splits Chinese text into characters", text: "a你好", tokens: ["a", "[UNK]", "[UNK]"] },
  { what: "drops invisible characters", text: "x\u200bz", tokens: ["x", "##z"] },
  { what: "treats special tokens in a text as text", text: "[MASK]", tokens: ["[", "mask", "]"] },
  { what: "gives no tokens for white space", text: " \t\n ", tokens: [] },
];

describe("tokens", () => {
  it.each(ROWS)("$what", ({ text, tokens }) => {
    expect(tokenizer.tokens(text)).toEqual(tokens);
  });
});

describe("encode", () => {
  it("adds [CLS] and [SEP], pads, and groups pieces into words", () => {
    const { ids, mask, words, truncated } = tokenizer.encode("a unaffable circle", 9);
    expect([...ids].map((id) => VOCABULARY[id])).toEqual([
      "[CLS]",
      "a",
      "un",
      "##aff",
      "##able",
      "circle",
      "[SEP]",
      "[PAD]",
      "[PAD]",
    ]);
    expect([...mask]).toEqual([1, 1, 1, 1, 1, 1, 1, 0, 0]);
    expect([...words]).toEqual([-1, 0, 1, 1, 1, 2, -1, -1, -1]);
    expect(truncated).toBe(false);
  });

  it("truncates a long text, keeps [SEP] at the end, and reports it", () => {
    const { ids, mask, truncated } = tokenizer.encode("a red circle a red circle", 5);
    expect([...ids].map((id) => VOCABULARY[id])).toEqual(["[CLS]", "a", "red", "circle", "[SEP]"]);
    expect([...mask]).toEqual([1, 1, 1, 1, 1]);
    expect(truncated).toBe(true);
  });

  it("gives the special token ids", () => {
    expect(tokenizer.special).toEqual({ pad: 0, unknown: 1, cls: 2, sep: 3, mask: 4 });
  });
});

describe("learnVocabulary", () => {
  const texts = ["a red circle", "a blue circle", "Café!"];

  it("puts special tokens first, then characters, then words by frequency", async () => {
    const learnt = await learnVocabulary(texts, 1000);
    expect(learnt.slice(0, 5)).toEqual(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]);
    expect(learnt.filter((token) => token.length > 3 && !token.startsWith("["))).toEqual(["circle", "blue", "cafe"]);
    expect(learnt.indexOf("circle")).toBeGreaterThan(learnt.indexOf("##c"));
  });

  it("does not depend on the order of texts", async () => {
    expect(await learnVocabulary([...texts].reverse(), 1000)).toEqual(await learnVocabulary(texts, 1000));
  });

  it("covers every word over the characters seen, in any position", async () => {
    const learnt = createTokenizer(await learnVocabulary(texts, 1000));
    expect(learnt.tokens("race")).toEqual(["r", "##a", "##c", "##e"]);
    expect(learnt.tokens("lira")).toEqual(["l", "##i", "##r", "##a"]);
  });

  it("respects its size limit", async () => {
    expect(await learnVocabulary(texts, 12)).toHaveLength(12);
  });
});

describe("hasWords", () => {
  it.each(["a", "7", "!", "ä", "犬", "🙂", "\u200b word", "é"])("is true of %j", (text) => {
    expect(hasWords(text)).toBe(true);
    expect(createTokenizer(VOCABULARY).tokens(text).length).toBeGreaterThan(0);
  });

  it.each(["", "  \n\t", "\u200b", "\u0000\u0007", "\u00ad\u2060", "\u0301", "\ufffd", "\u2028"])(
    "is false of %j",
    (text) => {
      expect(hasWords(text)).toBe(false);
      expect(createTokenizer(VOCABULARY).tokens(text)).toEqual([]);
    },
  );
});

describe("tokenizerFromFile", () => {
  let folder = "";
  beforeAll(async () => {
    folder = await mkdtemp(path.join(tmpdir(), "vlmo-vocabulary-"));
  });
  afterAll(async () => rm(folder, { recursive: true }));

  it("reads one token per line, with or without a final line break", async () => {
    const file = path.join(folder, "good.txt");
    await writeFile(file, VOCABULARY.join("\n") + "\n");
    expect((await tokenizerFromFile(file)).vocabulary).toEqual(VOCABULARY);
  });

  it.each([
    { what: "a missing file", content: undefined, expected: { code: "V910" } },
    { what: "a token twice", content: [...VOCABULARY, "red"].join("\n"), expected: { code: "V918", line: 7 } },
    {
      what: "a blank line",
      content: [...VOCABULARY.slice(0, 5), "", ...VOCABULARY.slice(5), "", ""].join("\n"),
      expected: { code: "V918", line: 6, message: says("line 6 is blank") },
    },
    {
      what: "a missing special token",
      content: "[PAD]\n[UNK]\n[CLS]\n[SEP]\na",
      expected: { code: "V918", message: says("it lacks [MASK]") },
    },
    {
      what: "a blank after a token",
      content: ["[PAD] ", ...VOCABULARY.slice(1, -1), "red "].join("\n"),
      expected: {
        code: "V918",
        line: 1,
        message: says("line 1 is `[PAD] `, with a blank after it (and 1 more)"),
        help: says("take those around them away"),
      },
    },
    {
      what: "another tokenizer's special tokens",
      content: "<pad>\n<unk>\na",
      expected: { code: "V918", message: says("it lacks [PAD]; line 1 is `<pad>`") },
    },
    {
      what: "tokens with their numbers",
      content: VOCABULARY.map((token, i) => `${token}\t${i}`).join("\n"),
      expected: { code: "V918", message: says("it lacks [PAD]; line 1 is `[PAD]\\u00090`") },
    },
    {
      what: "an invisible character after a special token",
      content: ["[PAD]\u200b", ...VOCABULARY.slice(1)].join("\n"),
      expected: { code: "V918", message: says("it lacks [PAD]; line 1 is `[PAD]\\u200b`") },
    },
    { what: "nothing", content: "\n", expected: { code: "V918", message: says("it is empty") } },
    {
      what: "UTF-16",
      content: Buffer.from(VOCABULARY.join("\n"), "utf16le"),
      expected: { code: "V982", message: says("is text in UTF-16 (little endian), not in UTF-8") },
    },
    {
      what: "Latin-1",
      content: Buffer.from([...VOCABULARY, "café"].join("\n"), "latin1"),
      expected: { code: "V981", line: VOCABULARY.length + 1 },
    },
    {
      what: "another token file format",
      content: JSON.stringify({ added_tokens: [], normalizer: {}, model: { vocab: {} } }),
      expected: { code: "V982", message: says("is the tokenizer.json of Hugging Face, not a vocabulary") },
    },
  ])("reports $what", async ({ content, expected }) => {
    const file = path.join(folder, "bad.txt");
    await (content === undefined ? rm(file, { force: true }) : writeFile(file, content));
    await expect(tokenizerFromFile(file)).rejects.toMatchObject(expected);
  });

  it("ignores a byte-order mark and carriage returns", async () => {
    const file = path.join(folder, "windows.txt");
    await writeFile(file, `\uFEFF${VOCABULARY.join("\r\n")}\r\n`);
    expect((await tokenizerFromFile(file)).vocabulary).toEqual(VOCABULARY);
  });

  it("accepts any token, also names of inherited object properties", () => {
    const odd = ["__proto__", "constructor", "\u2028"];
    const { tokens } = createTokenizer([...VOCABULARY, "_", ...odd]);
    expect(tokens("constructor a")).toEqual(["constructor", "a"]);
  });
});
