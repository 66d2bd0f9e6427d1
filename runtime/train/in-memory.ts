// A stage trained without a run folder: the same loop, with nothing saved or evaluated. For tests of specifications, and for a
// page in a browser.
import type { StageSpec } from "../../compiler/index.js";
import { recordsOf, trainingBatchesBy, type DataSet, type ImageLoader, type Tokenizer } from "../data/index.js";
import { needsOfStage, onErrorOf } from "../data/stage-data.js";
import { feeding } from "../engines/backends.js";
import type { Engine } from "../engines/index.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Tensor, Tensors } from "../tensor.js";
import type { Checkpointing } from "./checkpointing.js";
import { Learner } from "./learner.js";
import type { Listener } from "./listener.js";
import { runSteps } from "./loop.js";
import { ownOf } from "./ranks.js";
import { courseOf, stepsOf } from "./schedule.js";

/** What is trained, and how long. */
export interface InMemory {
  readonly stage: StageSpec;
  /** Null: the stage's own. */
  readonly duration: StageSpec["duration"] | null;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly engine: Engine;
  readonly images: ImageLoader;
  /** Parameters before the first step. */
  readonly start: Tensors;
  /** Stops between two steps. */
  readonly signal: AbortSignal;
  readonly listener: Listener;
}

/** Runs the steps; returns the trained parameters. Throws VlmoError. */
export async function trainInMemory(given: InMemory): Promise<Tensors> {
  const { stage, duration, dataSet, tokenizer, engine, images, start, signal, listener } = given;
  const perEpoch = Math.floor(recordsOf(dataSet) / stage.batch);
  const course = courseOf(stage, perEpoch);
  const until = stepsOf(duration ?? stage.duration, course.total, perEpoch);
  if (until < 1)
    throw vlmoError("V919", { data: dataSet.name, reason: `a batch of ${stage.batch} is more than it holds` });
  const learner = new Learner(engine, stage, { parameters: copies(start), state: null });
  try {
    const batches = trainingBatchesBy({
      dataSet,
      needs: needsOfStage(stage, tokenizer, feeding[engine.name].pixels),
      batch: stage.batch,
      ...ownOf(stage, engine),
      seed: stage.seed,
      onError: onErrorOf(stage),
      loader: images,
    });
    try {
      await runSteps({ stage, learner, batches, course, from: 0, until, checkpoints: idle, engine, signal, listener });
    } finally {
      await batches.close();
    }
    return (await learner.read()).parameters;
  } finally {
    learner.dispose();
  }
}

/** Copies, whose buffers may be transferred. */
export function copies(tensors: Tensors): Map<string, Tensor> {
  return new Map([...tensors].map(([name, tensor]) => [name, { ...tensor, data: tensor.data.slice() }]));
}

/** Nothing is saved or evaluated between steps. */
const idle: Checkpointing = {
  begin: async () => undefined,
  rests: () => false,
  passed: () => undefined,
  between: async () => undefined,
  isOver: () => false,
  best: () => null,
  evaluate: async () => true,
  save: async () => "",
  lastGood: async () => null,
  reading: (_, read) => read(),
  sharing: (_, work) => work(),
};
