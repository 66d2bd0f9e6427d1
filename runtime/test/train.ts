// Trains the first steps of a stage for a test, and keeps everything that the trainer reports.
import { parametersOf, type StageSpec } from "../../compiler/index.js";
import { createImageLoader, type DataSet, type Tokenizer } from "../data/index.js";
import type { Engine } from "../engines/index.js";
import type { Tensors } from "../tensor.js";
import { trainInMemory } from "../train/in-memory.js";
import { startParameters, type Handed } from "../train/initialize.js";
import { silent, type StepEvent } from "../train/listener.js";

/** A stage trained by a test. */
export interface Trained {
  readonly stage: StageSpec;
  readonly tokenizer: Tokenizer | null;
  /** Parameters before the first step, and after the last. */
  readonly start: Tensors;
  readonly end: Tensors;
  readonly steps: readonly StepEvent[];
}

/** The training that a test requests. */
export interface TrainRequest {
  readonly stage: StageSpec;
  /** Null: the stage's own duration. */
  readonly duration: StageSpec["duration"] | null;
  readonly dataSet: DataSet;
  readonly tokenizer: Tokenizer | null;
  readonly engine: Engine;
  /** The parameters that the stage takes over. */
  readonly handed: Handed;
}

/** Runs the steps. Throws VlmoError. */
export async function trainSteps({ handed, ...request }: TrainRequest): Promise<Trained> {
  const { stage, tokenizer } = request;
  const start = await startOf(stage, handed);
  const steps: StepEvent[] = [];
  const listener = { ...silent, step: (event: StepEvent) => void steps.push(event) };
  const { signal } = new AbortController();
  const end = await trainInMemory({ ...request, start, images: createImageLoader(), signal, listener });
  return { stage, tokenizer, start, end, steps };
}

/** The initial parameters of a stage. */
export async function startOf(stage: StageSpec, handed: Handed): Promise<Tensors> {
  const { parameters } = await startParameters(stage, parametersOf(stage.model, stage.heads), handed);
  return parameters;
}
