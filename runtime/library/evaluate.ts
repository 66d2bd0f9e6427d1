// Evaluating a checkpoint, for programs.
import type { Spec } from "../../compiler/index.js";
import { openEngine, type EngineChoice } from "../engines/open.js";
import { evaluateCheckpoint, type CheckpointResult } from "../evaluate/evaluate-checkpoint.js";
import { stageOf, unknownName } from "../specs/stages.js";
import { checkpointOf } from "../train/checkpoint-of.js";
import { usualFolder } from "../train/usual.js";
import { tellDamaged, warn, type Notice } from "./notice.js";

/** Options of an evaluation; all have defaults. */
export interface EvaluationOptions extends EngineChoice {
  /**
   * A checkpoint, or a run folder (the latest checkpoint of the block's stage); default `runs/NAME` of the specification's
   * file.
   */
  readonly checkpoint?: string;
  /** In a run folder, the stage's best checkpoint by its `best`. */
  readonly best?: boolean;
  /** Called with notices for the user; by default Node prints them as warnings. */
  readonly notice?: Notice;
}

/** The result of an evaluation, and its checkpoint. */
export interface EvaluationResult extends CheckpointResult {
  readonly name: string;
  readonly stage: string;
  readonly checkpoint: string;
}

/** Runs the `evaluate` block `name` on a checkpoint. Throws VlmoError. */
export async function evaluate(spec: Spec, name: string, options: EvaluationOptions = {}): Promise<EvaluationResult> {
  const { checkpoint: path = usualFolder(spec.written.entry), best = false, notice = warn } = options;
  const evaluation = spec.evaluations.get(name);
  if (evaluation === undefined) throw unknownName("evaluation", name, [...spec.evaluations.keys()]);
  const stage = stageOf(spec, spec.written.entry, evaluation.stage);
  const checkpoint = await checkpointOf(path, { stage: stage.name, best }, tellDamaged(notice));
  const engine = await openEngine(options);
  try {
    if (engine.notice !== undefined) notice(engine.notice);
    const found = await evaluateCheckpoint({ spec, evaluation, stage, checkpoint, engine });
    return { name, stage: stage.name, checkpoint: checkpoint.folder, ...found };
  } finally {
    engine.dispose();
  }
}
