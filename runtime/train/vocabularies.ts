// The vocabularies of a run: from its checkpoints, and from the files that its stages are initialised from.
import type { Spec, StageSpec } from "../../compiler/index.js";
import { listCheckpoints, savedVocabulary } from "../checkpoint/index.js";
import type { Tokenizer } from "../data/index.js";
import { tokenizerKey, vocabularyFile, type Learnt } from "../data/stage-data.js";
import { mistakesIn, vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { isFromFile, vocabularyInFile } from "./from-file.js";
import type { RunFolder } from "./run-folder.js";
import { expectSameVocabulary } from "./same-run.js";

/** A stage initialised from a file that holds a word embedding. */
export interface Taken {
  readonly stage: StageSpec;
  readonly file: string;
  /** Null if the file has no vocabulary. */
  readonly vocabulary: readonly string[] | null;
}

/** The vocabularies of files that stages are initialised from. Throws what opening the files throws. */
export async function takenVocabularies(stages: readonly StageSpec[], spec: Spec): Promise<Taken[]> {
  const taken = stages.map(async (stage): Promise<Taken[]> => {
    if (!isFromFile(stage) || stage.model.text === null) return [];
    const vocabulary = await vocabularyInFile(stage, spec);
    return vocabulary === undefined ? [] : [{ stage, file: stage.from.path, vocabulary }];
  });
  return (await Promise.all(taken)).flat();
}

/** Vocabularies that come with a word embedding, by tokenizer. */
export function learntIn(taken: readonly Taken[]): Map<string, readonly string[]> {
  const known = new Map<string, readonly string[]>();
  for (const { stage, vocabulary } of taken)
    if (vocabulary !== null && vocabularyFile(stage.model) === null) known.set(tokenizerKey(stage.model), vocabulary);
  return known;
}

/**
 * Vocabularies that need not be built from data: those of this run's checkpoints, and those that come with a word embedding.
 */
export async function knownVocabularies(
  { checkpoints }: RunFolder,
  { stages }: Spec,
  taken: readonly Taken[],
): Promise<Learnt> {
  const known = learntIn(taken);
  for (const saved of await listCheckpoints(checkpoints)) {
    const model = stages.get(saved.manifest.stage)?.model;
    if (model?.text?.tokenizer.file !== null) continue;
    // A damaged checkpoint is skipped here too; whether its stage can resume is checked when the stage starts.
    const vocabulary = await savedVocabulary(saved).catch((error: unknown) => mistakesIn(error) && null);
    if (vocabulary !== null) known.set(tokenizerKey(model), vocabulary);
  }
  return known;
}

/** Word embeddings that would be used with a vocabulary not their own: V935, or V992 if theirs is not known. */
export function wrongVocabularies(
  taken: readonly Taken[],
  tokenizers: ReadonlyMap<string, Tokenizer | null>,
): VlmoError[] {
  return taken.flatMap(({ stage, file, vocabulary }) => {
    if (vocabulary === null && vocabularyFile(stage.model) === null) {
      return [vlmoError("V992", { stage: stage.name, file }, { span: stage.model.text?.tokenizer.span ?? null })];
    }
    try {
      expectSameVocabulary({ folder: file, vocabulary }, stage, tokenizers.get(stage.name) ?? null);
      return [];
    } catch (error) {
      return mistakesIn(error);
    }
  });
}
