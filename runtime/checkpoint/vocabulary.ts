// The vocabulary beside a checkpoint's word embeddings, one token a line: they mean something only with each other.
import { readFile } from "node:fs/promises";
import { systemError } from "../errors/system-error.js";

/** Its name in a checkpoint's folder. */
export const vocabularyFile = "vocabulary.txt";

/** The file's text; the line is the token's id, from 0. */
export function vocabularyText(tokens: readonly string[]): string {
  return tokens.map((token) => `${token}\n`).join("");
}

/** Throws V920. */
export async function readVocabulary(path: string): Promise<string[]> {
  try {
    return (await readFile(path, "utf8")).split("\n").slice(0, -1);
  } catch (error) {
    throw systemError("V920", path, error);
  }
}

/** The first difference of two vocabularies in words, or null where they are the same. */
export function vocabularyDifference(before: readonly string[], now: readonly string[]): string | null {
  const id = before.findIndex((token, i) => token !== now[i]);
  if (id >= 0 && id < now.length) return `token ${id} was \`${before[id]}\` and now is \`${now[id]}\``;
  return before.length === now.length ? null : `it had ${before.length} tokens and now has ${now.length}`;
}
