// Runs one `evaluate` block on a checkpoint, outside a run: opens data, tokenizer and parameters, then evaluates.
import { parametersOf, type EvaluationSpec, type Spec, type StageSpec } from "../../compiler/index.js";
import { readCheckpoint, type Checkpoint } from "../checkpoint/index.js";
import type { DataSet, Tokenizer } from "../data/index.js";
import type { Engine } from "../engines/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { evaluate } from "./evaluate.js";
import type { LeftOut } from "./left-out.js";
import { overlapOf } from "./overlap.js";
import { inspectData, notAtImages } from "../data/check/inspect.js";
import { DataShelf, openTokenizers, tokenizerKey } from "../data/stage-data.js";
import { refuse } from "../errors/vlmo-error.js";
import { holding } from "../program/results.js";
import type { MetricValue } from "../train/listener.js";
import { expectSameVocabulary } from "../train/same-run.js";

/** An evaluation of a checkpoint. */
export interface CheckpointEvaluation {
  readonly spec: Spec;
  readonly evaluation: EvaluationSpec;
  readonly stage: StageSpec;
  /**
   * The checkpoint, which must hold exactly the stage's parameters; `isVerified`: its contents were checked against its
   * manifest.
   */
  readonly checkpoint: { readonly folder: string; readonly isVerified: boolean };
  readonly engine: Engine;
}

/** The result of evaluating a checkpoint. */
export interface CheckpointResult {
  readonly metrics: MetricValue[];
  readonly items: number;
  /** How many of them the stage was trained on; null where that is unknown. */
  readonly seen: number | null;
  readonly leftOut: LeftOut;
}

/** Values of every metric of the block, and how many of its items the stage was trained on. Throws VlmoError. */
export async function evaluateCheckpoint(options: CheckpointEvaluation): Promise<CheckpointResult> {
  const { evaluation, stage, engine } = options;
  const targets = parametersOf(stage.model, stage.heads);
  const { folder, isVerified } = options.checkpoint;
  const checkpoint = await readCheckpoint(folder, { optimizer: false, expect: targets, verify: !isVerified });
  const data = new DataShelf();
  // The vocabulary is compared with the checkpoint's own, a stricter check than its size.
  const readers = { stages: [], evaluations: [{ evaluation, stage }], models: [], look: notAtImages };
  refuse((await inspectData(readers, data)).mistakes);
  const dataSet = await data.open([evaluation.data]);
  const tokenizer = await tokenizerOf(options, checkpoint, data);
  const handles = new Map([...checkpoint.parameters].map(([name, tensor]) => [name, engine.create(tensor)]));
  const { metrics, leftOut } = await holding(engine, handles, (parameters) =>
    evaluate({ evaluation, stage, dataSet, tokenizer, engine, parameters }),
  );
  return { metrics, items: dataSet.length, seen: await seenBy(stage, dataSet, data), leftOut };
}

/** Items that the stage was trained on; null also where the training data are missing, since evaluating does not need them. */
async function seenBy(stage: StageSpec, evaluated: DataSet, data: DataShelf): Promise<number | null> {
  try {
    return overlapOf(evaluated, await data.ofStage(stage));
  } catch (error) {
    if (error instanceof VlmoError) return null;
    throw error;
  }
}

/** Uses the checkpoint's own vocabulary, where the model does not name a file. */
async function tokenizerOf(
  { spec, stage }: CheckpointEvaluation,
  checkpoint: Checkpoint,
  data: DataShelf,
): Promise<Tokenizer | null> {
  const { vocabulary } = checkpoint;
  const learnt = new Map(vocabulary === null ? [] : [[tokenizerKey(stage.model), vocabulary]]);
  // Without a vocabulary in the checkpoint, one is learned again from the texts of all stages.
  const corpus = { stages: [...spec.stages.values()], data, learnt };
  const tokenizer = (await openTokenizers([stage], corpus)).get(stage.name) ?? null;
  expectSameVocabulary(checkpoint, stage, tokenizer);
  return tokenizer;
}
