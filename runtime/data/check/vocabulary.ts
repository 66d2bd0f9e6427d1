// Checks the vocabulary file of a model against the model.
import { existsSync } from "node:fs";
import path from "node:path";
import type { ModelSpec } from "../../../compiler/index.js";
import { tokenizerFromFile } from "../index.js";
import { vocabularyFile } from "../stage-data.js";
import { mistakesIn, placedAt, vlmoError, type VlmoError } from "../../errors/vlmo-error.js";

/** A vocabulary file that was read. */
export interface VocabularyReport {
  readonly file: string;
  readonly tokens: number;
}

/** Reads the vocabulary file of a model, if it names one. */
export async function inspectVocabulary(
  model: ModelSpec,
): Promise<{ readonly mistakes: readonly VlmoError[]; readonly report: VocabularyReport | null }> {
  if (model.text === null) return { mistakes: [], report: null };
  const { vocabulary, span } = model.text.tokenizer;
  const file = vocabularyFile(model);
  if (file === null) return { mistakes: [], report: null };
  try {
    const { length: tokens } = await readVocabularyFor(file, vocabulary);
    return { mistakes: [], report: { file, tokens } };
  } catch (error) {
    return { mistakes: mistakesIn(error).map((mistake) => placedAt(mistake, span)), report: null };
  }
}

/** The tokens of a vocabulary file for a model that declares `declared` tokens. Throws V910, V918, V956. */
export async function readVocabularyFor(file: string, declared: number): Promise<readonly string[]> {
  const { vocabulary } = await tokenizerFromFile(file);
  const tokens = vocabulary.length;
  if (tokens === declared || (tokens < declared && isOfCheckpoint(file))) return vocabulary;
  const holes = { file, found: tokens.toLocaleString("en"), declared: declared.toLocaleString("en") };
  const help = `write \`vocabulary: ${tokens}\`, or name the vocabulary that is meant`;
  throw vlmoError("V956", holes, { help });
}

/** A learnt vocabulary may have fewer tokens than its model declares: no more than its texts had words. */
function isOfCheckpoint(file: string): boolean {
  return existsSync(path.join(path.dirname(file), "manifest.json"));
}
