// Runs one `evaluate` block on a checkpoint, outside a run: opens data, tokenizer and parameters, then evaluates.
import { access } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parametersOf, type EvaluationSpec, type Spec, type StageSpec } from "../compiler/index.js";
import { readCheckpoint } from "./checkpoint/index.js";
import { tokenizerFromFile, type Tokenizer } from "./data/index.js";
import type { Engine } from "./engines/index.js";
import { evaluate } from "./evaluate/evaluate.js";
import { openData } from "./stage-data.js";
import type { MetricValue } from "./train/listener.js";
import { openTokenizers } from "./train/train.js";

export interface CheckpointEvaluation {
  readonly spec: Spec;
  readonly evaluation: EvaluationSpec;
  readonly stage: StageSpec;
  /** Folder of the checkpoint, which must hold exactly the stage's parameters. */
  readonly checkpoint: string;
  readonly engine: Engine;
}

/** Values of every metric of the block. Throws VlmoError. */
export async function evaluateCheckpoint(options: CheckpointEvaluation): Promise<MetricValue[]> {
  const { evaluation, stage, engine } = options;
  const targets = parametersOf(stage.model, stage.heads);
  const { folder, parameters } = await readCheckpoint(options.checkpoint, { optimizer: false, expect: targets });
  const dataSet = await openData([evaluation.data]);
  const tokenizer = await tokenizerOf(options, folder);
  const handles = new Map([...parameters].map(([name, tensor]) => [name, engine.create(tensor)]));
  return evaluate({ evaluation, stage, dataSet, tokenizer, engine, parameters: handles });
}

/** The vocabulary that the run has learnt lies beside its checkpoints; elsewhere it is learnt again from the same texts. */
async function tokenizerOf({ spec, stage }: CheckpointEvaluation, folder: string): Promise<Tokenizer | null> {
  const learnt = join(dirname(dirname(folder)), "vocabulary.txt");
  const exists = await access(learnt).then(
    () => true,
    () => false,
  );
  if (exists && stage.model.text?.tokenizer.file === null) return tokenizerFromFile(learnt);
  const tokenizers = await openTokenizers([...spec.stages.values()], async (owner) => openData(owner.data));
  return tokenizers.get(stage.name) ?? null;
}
