// Questions as data that a trained model's programs run over: what answers, vectors and judgements have in common.
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

/** Called with what was skipped, by name, and why. */
export type LeftOut = (name: string, reason: string) => void;

/** Who is asked. */
export interface Asking {
  readonly model: TrainedModel;
  readonly engine: Engine;
  /** Of images; one of its own where it is left out. */
  readonly loader?: ImageLoader;
  /** Programs that stay loaded; each is loaded for one pass where it is left out. */
  readonly programs?: LoadedPrograms;
  /** Questions at a time. */
  readonly batch?: number;
  /** Called for each question whose image cannot be read; without it such an image ends all. */
  readonly leftOut?: LeftOut;
  /** Told how many texts of a batch were truncated to the model's text length. */
  readonly cut?: (texts: number) => void;
  readonly signal?: AbortSignal;
}

/** Does something with the model's parameters on the engine. */
export async function withParameters<T>(
  { model, engine }: Asking,
  work: (parameters: Handles) => Promise<T>,
): Promise<T> {
  return holding(engine, createAll(engine, model.parameters), work).catch(throwAdvised);
}

/** A pass over questions; where none of them can be read, each was told to `leftOut`, and that is all. */
export async function passed({ leftOut }: Pick<Asking, "leftOut">, pass: Promise<void>): Promise<void> {
  await pass.catch((error: unknown) => {
    const isAllBroken = error instanceof VlmoError && error.code === "V919";
    if (leftOut === undefined || !isAllBroken) throw error;
  });
}

/** An evaluation that measures nothing: the questions as its data. */
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
