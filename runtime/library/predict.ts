// Querying a trained model, for programs: answers in sequence, as they are computed.
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

/**
 * Inputs and options of a prediction. Which inputs are needed depends on the head: images, texts, both, or two images and
 * texts.
 */
export interface PredictionOptions extends EngineChoice, ModelChoice {
  /** Files, or folders of them. */
  readonly images?: readonly string[];
  /** Each is combined with each image; a contrastive head chooses among them. */
  readonly texts?: readonly string[];
  /** JSON lines, CSV or TSV with images and texts. */
  readonly records?: string;
  /** The fields of a record; default as `recordFields` of the language: `image`, `text`. */
  readonly fields?: Inputs["fields"];
  /** For a contrastive head: candidates besides `texts`, with the names to report. */
  readonly candidates?: readonly Candidate[];
  /** Which head answers; default the one that reads these inputs. */
  readonly head?: string;
  /** How many of the likeliest answers are returned; default 5. */
  readonly top?: number;
  /** Batch size; default 32. */
  readonly batch?: number;
  /**
   * Called for each question whose image cannot be read, with the reason; without it such an image ends the call with an error.
   */
  readonly leftOut?: (question: string, reason: string) => void;
}

/**
 * The model's answers, in the order of the questions. The next batch waits for the reader; leaving the loop ends it. Throws
 * VlmoError.
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
