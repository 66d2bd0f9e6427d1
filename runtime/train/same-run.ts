// Whether a checkpoint belongs to a stage as it is now: its meaning, its data, its vocabulary. Going on with another
// would silently be another run.
import type { StageSpec } from "../../compiler/index.js";
import { vocabularyDifference, type Checkpoint } from "../checkpoint/index.js";
import type { DataSet, Tokenizer } from "../data/index.js";
import { vlmoError } from "../vlmo-error.js";
import { hashOf } from "./run-folder.js";

/** What a checkpoint says of itself. */
type Trained = Pick<Checkpoint, "folder" | "manifest" | "vocabulary">;

/** A stage as it is now, with what it reads. */
export interface Present {
  readonly stage: StageSpec;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
}

/** Throws V931 (another stage), V934 (other data), V935 (another vocabulary). */
export function expectSameRun(before: Trained, { stage, dataSet, tokenizer }: Present): void {
  const { spec, data } = before.manifest;
  if (spec.hash !== hashOf(stage)) throw vlmoError("V931", { stage: stage.name }, { span: stage.span });
  const changed = [...dataSet.digests].flatMap(([name, digest]) => (data[name] === digest ? [] : [`\`${name}\``]));
  if (changed.length > 0) {
    const span = stage.data.find(({ name }) => changed.includes(`\`${name}\``))?.span ?? stage.span;
    throw vlmoError("V934", { stage: stage.name, data: changed.join(", ") }, { span });
  }
  expectSameVocabulary(before, stage, tokenizer);
}

/** Throws V935 where a checkpoint's words are not those of the tokenizer; either may have none. */
export function expectSameVocabulary(
  { folder, vocabulary }: Pick<Checkpoint, "folder" | "vocabulary">,
  stage: StageSpec,
  tokenizer: Tokenizer | null,
): void {
  if (vocabulary === null || tokenizer === null) return;
  const difference = vocabularyDifference(vocabulary, tokenizer.vocabulary);
  if (difference === null) return;
  const span = stage.model.text?.tokenizer.span ?? stage.span;
  throw vlmoError("V935", { stage: stage.name, file: folder, difference }, { span });
}
