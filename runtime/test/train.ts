// The first steps of a stage, as a test asks for them: the trainer's own loop without a run folder, and everything that
// it reports kept.
import { parametersOf, type StageSpec } from "../../compiler/index.js";
import { trainingBatches, type DataSet, type Tokenizer, recordsOf } from "../data/index.js";
import type { Engine } from "../engines/index.js";
import { ownOf } from "../train/ranks.js";
import { needsOfStage, onErrorOf } from "../data/stage-data.js";
import type { Tensor, Tensors } from "../tensor.js";
import { startParameters, type Handed } from "../train/initialize.js";
import type { Checkpointing } from "../train/checkpointing.js";
import { Learner } from "../train/learner.js";
import { silent, type StepEvent } from "../train/listener.js";
import { runSteps } from "../train/loop.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { courseOf, stepsOf } from "../train/schedule.js";

/** A stage that a test has trained. */
export interface Trained {
  readonly stage: StageSpec;
  readonly tokenizer: Tokenizer | null;
  /** Parameters before the first step, and after the last. */
  readonly start: Tensors;
  readonly end: Tensors;
  readonly steps: readonly StepEvent[];
}

/** What a test trains. */
export interface TrainRequest {
  readonly stage: StageSpec;
  /** Null: as long as the stage lasts. */
  readonly duration: StageSpec["duration"] | null;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly engine: Engine;
  /** What the stage takes over. */
  readonly handed: Handed;
}

/** Runs the steps. Throws RunError, DataError. */
export async function trainSteps(request: TrainRequest): Promise<Trained> {
  const { stage, duration, dataSet, tokenizer, engine } = request;
  const perEpoch = Math.floor(recordsOf(dataSet) / stage.batch);
  const course = courseOf(stage, perEpoch);
  const until = stepsOf(duration ?? stage.duration, course.total, perEpoch);
  if (until < 1)
    throw vlmoError("V919", { data: dataSet.name, reason: `a batch of ${stage.batch} is more than it holds` });
  const start = await startOf(stage, request.handed);
  const learner = new Learner(engine, stage, { parameters: copies(start), state: null });
  const onError = onErrorOf(stage);
  const needs = needsOfStage(stage, tokenizer);
  const steps: StepEvent[] = [];
  try {
    const own = ownOf(stage, engine);
    const batches = trainingBatches({ dataSet, needs, batch: stage.batch, ...own, seed: stage.seed, onError });
    try {
      const listener = { ...silent, step: (event: StepEvent) => void steps.push(event) };
      const { signal } = new AbortController();
      const ranks = engine.ranks ?? null;
      await runSteps({ stage, learner, batches, course, from: 0, until, checkpoints: idle, ranks, signal, listener });
    } finally {
      await batches.close();
    }
    return { stage, tokenizer, start, end: (await learner.read()).parameters, steps };
  } finally {
    learner.dispose();
  }
}

/** The initial parameters of a stage. */
export async function startOf(stage: StageSpec, handed: Handed): Promise<Tensors> {
  return (await startParameters(stage, parametersOf(stage.model, stage.heads), handed)).parameters;
}

/** Tensors that may be given away. */
export function copies(tensors: Tensors): Map<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]));
}

/** Nothing is saved or evaluated between the steps of a test. */
const idle: Checkpointing = {
  begin: async () => undefined,
  between: async () => undefined,
  isOver: () => false,
  best: () => null,
  evaluate: async () => true,
  save: async () => "",
  lastGood: async () => null,
  reading: (_, read) => read(),
};
