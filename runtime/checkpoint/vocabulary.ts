// The vocabulary of a checkpoint's word embedding, one token a line: neither means anything without the other.
import { readFile } from "node:fs/promises";
import { systemError } from "../errors/system-error.js";

/** The file's name in a checkpoint folder. */
export const vocabularyFile = "vocabulary.txt";

/** The text of the file: the id of a token is the number of its line, from 0. */
export function vocabularyText(tokens: readonly string[]): string {
  return tokens.map((token) => `${token}\n`).join("");
}

/** The tokens by id. Throws V920. */
export async function readVocabulary(path: string): Promise<string[]> {
  try {
    return (await readFile(path, "utf8")).split("\n").slice(0, -1);
  } catch (error) {
    throw systemError("V920", path, error);
  }
}

/** The first difference of two vocabularies as a sentence; null if they are equal. */
export function vocabularyDifference(before: readonly string[], now: readonly string[]): string | null {
  const id = before.findIndex((token, i) => token !== now[i]);
  if (id >= 0 && id < now.length) return `token ${id} was \`${before[id]}\` and now is \`${now[id]}\``;
  return before.length === now.length ? null : `it had ${before.length} tokens and now has ${now.length}`;
}
