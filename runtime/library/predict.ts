// Asking a trained model, for programs: answers one after the other as they are found.
import type { Prediction } from "../predict/answer.js";
import { headFor } from "../predict/choose-head.js";
import type { TrainedModel } from "../predict/model.js";
import type { Candidate } from "../predict/candidates.js";
import { predict as predictAll } from "../predict/predict.js";
import { expectEffect } from "../predict/effect.js";
import { inLibrary } from "../predict/naming.js";
import { questionsFor, type Inputs } from "../predict/questions.js";
import type { EngineChoice } from "../engines/open.js";
import { modelAt, noticeDrift, onEngine, type ModelChoice } from "./model.js";
import { told, type Tell } from "./told.js";

/** What a model is asked. What is needed of it depends on the head: images, texts, both, or two images and texts. */
export interface PredictionOptions extends EngineChoice, ModelChoice {
  /** Files, or folders of them. */
  readonly images?: readonly string[];
  /** Each is asked of each image; a contrast chooses among them. */
  readonly texts?: readonly string[];
  /** JSON lines, CSV or TSV with images and texts. */
  readonly records?: string;
  /** The fields of a record; default as `recordFields` of the language: `image`, `text`. */
  readonly fields?: Inputs["fields"];
  /** In a contrast: what is chosen from besides `texts`, with the names that are said. */
  readonly candidates?: readonly Candidate[];
  /** Which head answers; default the one that reads what is given. */
  readonly head?: string;
  /** How many of the likeliest are said; default 5. */
  readonly top?: number;
  /** How many are answered at a time; default 32. */
  readonly batch?: number;
  /** Called for each question whose image cannot be read, with the reason; without it such an image ends all. */
  readonly leftOut?: (question: string, reason: string) => void;
}

/**
 * What a model says, in the order of what is asked. The next batch waits for the reader; a loop that is left ends it.
 * Throws VlmoError.
 */
export function predict(model: string | TrainedModel, options: PredictionOptions): AsyncIterable<Prediction> {
  return told((tell, signal) => answer(model, { ...options, signal }, tell));
}

async function answer(
  from: string | TrainedModel,
  options: PredictionOptions & { readonly signal: AbortSignal },
  tell: Tell<Prediction>,
): Promise<void> {
  const { images = [], texts = [], records = null, fields = {}, signal } = options;
  const model = await modelAt(from, options);
  const { batch = 32, top, leftOut, candidates: named = [] } = options;
  const inputs = { images, texts, records, fields };
  const given = { ...inputs, classes: named, top };
  const head = headFor(model.stage, options.head ?? null, given, inLibrary);
  expectEffect(head, given, inLibrary);
  noticeDrift(model, head, options);
  const candidates = [...named, ...texts.map((text) => ({ label: text, text }))];
  const questions = await questionsFor(head, inputs, { naming: inLibrary, leftOut });
  await onEngine(options, async (engine) => {
    const asking = { model, head, questions, candidates, engine, batch, top, signal };
    await predictAll({ ...asking, ...(leftOut && { leftOut }) }, tell);
  });
}
