// WordPiece with BERT-uncased normalisation and pre-tokenization (@huggingface/tokenizers), over a vocabulary from a file or
// learnt from data. Special tokens are added here, never parsed from a text: "[MASK]" in a text is text.
import { Tokenizer as WordPiece } from "@huggingface/tokenizers";

import { inTurns } from "../../turns.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { escaped } from "../../printable.js";
import { blanksAround } from "../sources/name-list.js";
import { expectFormat, otherFormat } from "../sources/recognise.js";
import { linesOf } from "../sources/text-file.js";

/** A text as a fixed number of tokens: [CLS] … [SEP] and padding. */
export interface EncodedText {
  /** int32 [length] */
  readonly ids: Int32Array;
  /** The padding mask, float32 [length]: 1 for real tokens (including special ones), 0 for padding. */
  readonly mask: Float32Array;
  /** The index of the word that a token belongs to; −1 for special tokens and padding. int32 [length] */
  readonly words: Int32Array;
  /** Whether the text was truncated. */
  readonly truncated: boolean;
}

/** Ids of the special tokens. */
export interface SpecialIds {
  readonly pad: number;
  readonly unknown: number;
  readonly cls: number;
  readonly sep: number;
  readonly mask: number;
}

/** Token ids are indices into the vocabulary. */
export interface Tokenizer {
  readonly vocabulary: readonly string[];
  readonly special: SpecialIds;
  /** The tokens (word pieces) of a text, without special tokens. */
  tokens(text: string): string[];
  encode(text: string, length: number): EncodedText;
  /** As `encode`, but `[MASK]` in the text becomes the mask token, to be predicted. */
  encodeBlanks(text: string, length: number): EncodedText;
}

/** The special tokens that every vocabulary must contain. */
export const SPECIAL_TOKENS = { pad: "[PAD]", unknown: "[UNK]", cls: "[CLS]", sep: "[SEP]", mask: "[MASK]" } as const;

/** A tokenizer over a list of tokens by id. Throws V918 if a special token is missing. */
export function createTokenizer(vocabulary: readonly string[], file?: string): Tokenizer {
  const ids = indexed(vocabulary, file);
  const special = specialIds(ids, file);
  const wordPiece = new WordPiece(configuration(ids), { tokenizer_class: "BertTokenizer", do_lower_case: true });
  const tokens = (text: string): string[] => wordPiece.tokenize(text, { add_special_tokens: false });
  return {
    vocabulary,
    special,
    tokens,
    encode: (text, length) => framed(tokens(text), length, { ids, special }),
    encodeBlanks: (text, length) => {
      const parts = text.split(SPECIAL_TOKENS.mask).map(tokens);
      const all = parts.flatMap((part, i) => (i === 0 ? part : [SPECIAL_TOKENS.mask, ...part]));
      return framed(all, length, { ids, special });
    },
  };
}

/** Decodes tokens: word pieces are joined, punctuation is attached to the word before, special tokens are dropped. */
export function textOf(ids: Iterable<number>, { vocabulary, special }: Tokenizer): string {
  const silent = new Set(Object.values(special));
  const tokens = [...ids].flatMap((id) => (silent.has(id) ? [] : (vocabulary[id] ?? [])));
  return tokens
    .join(" ")
    .replaceAll(" ##", "")
    .replace(/ ([.,!?;:%)])/g, "$1")
    .replace(/ (['’-]) /g, "$1");
}

/** Reads a vocabulary, one token per line. Throws V910, V918, V981, V982. */
export async function tokenizerFromFile(file: string): Promise<Tokenizer> {
  const lines = await linesOf(file);
  while (lines.at(-1) === "") lines.pop();
  if (lines.length === 0) throw vlmoError("V918", { reason: "it is empty" }, { file });
  const blanks = lines.flatMap((token, i) => (blanksAround(token) === undefined ? [] : [i]));
  const [blank] = blanks;
  if (blank !== undefined) {
    const others = blanks.length === 1 ? "" : ` (and ${(blanks.length - 1).toLocaleString("en")} more)`;
    const reason = `line ${blank + 1} is ${blanksAround(lines[blank] ?? "") ?? ""}${others}`;
    const help =
      "tokens stand for themselves, blanks and all: take those around them away, as `sed -i 's/^[ \\t]*//; s/[ \\t]*$//'` does";
    throw otherFormat(file, "vocabulary") ?? vlmoError("V918", { reason }, { file, line: blank + 1, help });
  }
  if (!lines.includes(SPECIAL_TOKENS.pad)) expectFormat(file, "vocabulary");
  const empty = lines.indexOf("");
  if (empty >= 0) {
    const help = "each line is a token, and its number the token's: take the line out where no token is missing";
    throw vlmoError("V918", { reason: `line ${empty + 1} is blank` }, { file, line: empty + 1, help });
  }
  return createTokenizer(lines, file);
}

/**
 * Learns a vocabulary of at most `size` tokens: the special ones, all characters (alone and as a continuation, most frequent
 * first), then whole words by frequency. Ties are broken by code units, so that the order of the texts does not matter.
 */
export async function learnVocabulary(texts: Iterable<string>, size: number): Promise<string[]> {
  const specials: string[] = Object.values(SPECIAL_TOKENS);
  const words = new Map<string, number>();
  const characters = new Map<string, number>();
  for await (const text of inTurns(texts)) {
    for (const word of splitWords(plainSplitter(), text)) add(words, word);
  }
  for (const [word, count] of words) {
    [...word].forEach((character, i) => add(characters, i === 0 ? character : `##${character}`, count));
    for (const character of word) {
      add(characters, character, 0);
      add(characters, `##${character}`, 0);
    }
  }
  const learnt = new Set([...specials, ...byCount(characters), ...byCount(words)]);
  return [...learnt].slice(0, Math.max(size, specials.length));
}

/** Whether a text has any token in whatever vocabulary: white space and invisible characters have none. */
export function hasWords(text: string): boolean {
  // Almost every text has an ASCII letter or digit, which always makes a word.
  return /[a-z0-9]/i.test(text) || splitWords(plainSplitter(), text).some((word) => word !== "");
}

/** Splits texts into words without a vocabulary. */
function plainSplitter(): WordPiece {
  const specials = Object.values(SPECIAL_TOKENS).map((token, id) => [token, id] as const);
  splitter ??= new WordPiece(configuration(new Map(specials)), {});
  return splitter;
}

let splitter: WordPiece | undefined;

function add(counts: Map<string, number>, key: string, by = 1): void {
  counts.set(key, (counts.get(key) ?? 0) + by);
}

function byCount(counts: Map<string, number>): string[] {
  const order = ([a, countA]: [string, number], [b, countB]: [string, number]): number =>
    countB - countA || (a < b ? -1 : 1);
  return [...counts].sort(order).map(([key]) => key);
}

function splitWords(splitter: WordPiece, text: string): string[] {
  const normal = splitter.normalizer?.normalize(text) ?? text;
  return splitter.pre_tokenizer?.pre_tokenize(normal) ?? [normal];
}

function indexed(vocabulary: readonly string[], file?: string): Map<string, number> {
  const ids = new Map(vocabulary.map((token, id) => [token, id]));
  if (ids.size === vocabulary.length) return ids;
  const line = vocabulary.findIndex((token, id) => ids.get(token) !== id);
  throw vlmoError("V918", { reason: `\`${vocabulary[line]}\` occurs twice` }, { file, line: line + 1 });
}

function specialIds(ids: ReadonlyMap<string, number>, file?: string): SpecialIds {
  const id = (token: string): number => {
    const found = ids.get(token);
    if (found === undefined) throw vlmoError("V918", { reason: `it lacks ${token}${insteadOf(token, ids)}` }, { file });
    return found;
  };
  return {
    pad: id(SPECIAL_TOKENS.pad),
    unknown: id(SPECIAL_TOKENS.unknown),
    cls: id(SPECIAL_TOKENS.cls),
    sep: id(SPECIAL_TOKENS.sep),
    mask: id(SPECIAL_TOKENS.mask),
  };
}

/** What a vocabulary has instead of a special token. */
function insteadOf(token: string, ids: ReadonlyMap<string, number>): string {
  const bare = (text: string): string => text.toLowerCase().replace(/^[[<|]+|[\]>|]+$/g, "");
  // Numbers after a tab, as some tools write them, and invisible characters.
  const seen = (text: string): string => text.replace(/\t.*$/, "").replace(/[\s\p{Cc}\p{Cf}]/gu, "");
  const like = [...ids.keys()].find(
    (each) => bare(seen(each)) === bare(token) && seen(each).toLowerCase() !== bare(token),
  );
  if (like === undefined) return "";
  const shown = like.replace(/\p{C}|(?! )\p{Z}/gu, escaped);
  return `; line ${(ids.get(like) ?? 0) + 1} is \`${shown}\``;
}

/** BERT-uncased in the library's format, without special tokens, which are added here. */
export function configuration(ids: ReadonlyMap<string, number>): object {
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: {
      type: "BertNormalizer",
      clean_text: true,
      handle_chinese_chars: true,
      strip_accents: null,
      lowercase: true,
    },
    pre_tokenizer: { type: "BertPreTokenizer" },
    post_processor: null,
    decoder: { type: "WordPiece", prefix: "##", cleanup: true },
    model: {
      type: "WordPiece",
      unk_token: SPECIAL_TOKENS.unknown,
      continuing_subword_prefix: "##",
      max_input_chars_per_word: 100,
      vocab: Object.fromEntries(ids),
    },
  };
}

interface Ids {
  readonly ids: ReadonlyMap<string, number>;
  readonly special: SpecialIds;
}

function framed(tokens: readonly string[], length: number, { ids, special }: Ids): EncodedText {
  if (length < 2) throw new Error(`internal: a text of ${length} tokens has no room for [CLS] and [SEP]`);
  const kept = tokens.slice(0, length - 2);
  const row = new Int32Array(length).fill(special.pad);
  const mask = new Float32Array(length).fill(1, 0, kept.length + 2);
  const words = new Int32Array(length).fill(-1);
  row[0] = special.cls;
  let word = -1;
  kept.forEach((token, i) => {
    if (!token.startsWith("##") || word < 0) word += 1;
    row[i + 1] = ids.get(token) ?? special.unknown;
    words[i + 1] = word;
  });
  row[kept.length + 1] = special.sep;
  return { ids: row, mask, words, truncated: kept.length < tokens.length };
}
