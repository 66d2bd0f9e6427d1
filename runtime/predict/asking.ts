// Questions as data for a trained model's programs: shared by answers, vectors and re-ranking.
import type { DataSpec, EvaluationSpec } from "../../compiler/index.js";
import { createImageLoader, type DataSet, type ImageLoader, type Item } from "../data/index.js";
import type { Engine, Handles } from "../engines/index.js";
import { VlmoError } from "../errors/vlmo-error.js";
import type { EvaluateOptions } from "../evaluate/options.js";
import type { LoadedPrograms } from "../program/loaded-programs.js";
import { createAll, holding } from "../program/results.js";
import { throwAdvised } from "./advice.js";
import type { Question } from "./answer.js";
import { askedData } from "./heads.js";
import type { TrainedModel } from "./model.js";

/** Called with the name of each skipped question, and the reason. */
export type LeftOut = (name: string, reason: string) => void;

/** The model, the engine and the options of a query. */
export interface Asking {
  readonly model: TrainedModel;
  readonly engine: Engine;
  /** The image loader; by default one is created. */
  readonly loader?: ImageLoader;
  /** Programs that stay loaded; by default each is loaded for one pass. */
  readonly programs?: LoadedPrograms;
  /** Batch size. */
  readonly batch?: number;
  /** Called for each question whose image cannot be read; without it such an image ends the call with an error. */
  readonly leftOut?: LeftOut;
  /** Called with the number of texts in a batch that were truncated to the model's text length. */
  readonly cut?: (texts: number) => void;
  readonly signal?: AbortSignal;
}

/** Runs some work with the model's parameters on the engine, and releases them. */
export async function withParameters<T>(
  { model, engine }: Asking,
  work: (parameters: Handles) => Promise<T>,
): Promise<T> {
  return holding(engine, createAll(engine, model.parameters), work).catch(throwAdvised);
}

/** A pass over questions; that none of them can be read is no error where `leftOut` was called for each. */
export async function passed({ leftOut }: Pick<Asking, "leftOut">, pass: Promise<void>): Promise<void> {
  await pass.catch((error: unknown) => {
    const isAllBroken = error instanceof VlmoError && error.code === "V919";
    if (leftOut === undefined || !isAllBroken) throw error;
  });
}

/** An evaluation without metrics, whose data are the questions. */
export function evaluationOf(
  { model, engine, loader = createImageLoader(), programs, batch = 32, leftOut, signal }: Asking,
  parameters: Handles,
  questions: readonly Question[],
  images: 1 | 2 = 1,
): EvaluateOptions {
  const { stage, tokenizer } = model;
  const data: DataSpec = { ...askedData(stage, images), onError: leftOut === undefined ? "stop" : "skip" };
  const evaluation: EvaluationSpec = { name: "predict", data, stage: stage.name, metrics: [], batch, span: stage.span };
  return {
    evaluation,
    stage,
    tokenizer,
    engine,
    parameters,
    images: loader,
    dataSet: dataSetOf(questions),
    ...(programs && { programs }),
    ...(signal && { signal }),
    ...(leftOut && { leftOut: ({ name }, reason) => leftOut(name, reason) }),
  };
}

function dataSetOf(questions: readonly Question[]): DataSet {
  const items = questions.map(({ name, images, text }): Item => ({
    name,
    images,
    ...(text !== undefined && { text }),
  }));
  const two = items.some(({ images }) => images.length === 2);
  return {
    name: "what is asked",
    kind: "pairs",
    supplies: new Set([two ? "images" : "image", "text"]),
    length: items.length,
    digests: new Map(),
    item: (index) => {
      const item = items[index];
      if (item === undefined) throw new Error(`internal: no question ${index}`);
      return item;
    },
  };
}
