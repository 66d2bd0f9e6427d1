// Predictions of a trained model for questions without labels: batch by batch, in order.
import { buildAnswer, buildVector, inputs, ruleOf, type HeadSpec, type Modality } from "../../compiler/index.js";
import { pairingOf } from "../data/index.js";
import type { Engine, Handles } from "../engines/index.js";
import type { EvaluateOptions } from "../evaluate/options.js";
import { needsOfHead, passOver, type Pass } from "../evaluate/pass.js";
import { captionsOf } from "../evaluate/write.js";
import { LoadedPrograms } from "../program/loaded-programs.js";
import { createAll, releaseAll } from "../program/results.js";
import { int32, type Tensor } from "../tensor.js";
import type { Answer, Prediction, Question, Said } from "./answer.js";
import { throwAdvised } from "./advice.js";
import { evaluationOf, passed, type Asking } from "./asking.js";
import { expectCandidates, type Candidate } from "./candidates.js";
import { askedOf, imagesAsked, likeliest, softmax, wayOf } from "./heads.js";
import type { TrainedModel } from "./model.js";

/** The questions and options of a prediction. */
export interface Asked {
  readonly head: HeadSpec;
  readonly questions: readonly Question[];
  /** For a contrastive head: the texts that each image is compared with, with the names to report. */
  readonly candidates?: readonly Candidate[];
  /** How many of the likeliest answers are returned; default 5. */
  readonly top?: number | undefined;
}

/** Options of a single prediction. */
export type PredictOptions = Asking & Asked;

/** Options of a prediction by a model that stays on its engine. */
export type AskedAgain = Omit<Asking, "model" | "engine"> & Asked;

/** Called with each prediction; the next one waits for it. */
type Each = (prediction: Prediction) => Promise<void> | void;

/** Calls `each` with every prediction, in the order of the questions. Throws the errors of broken images. */
export async function predict({ model, engine, ...asked }: PredictOptions, each: Each): Promise<void> {
  const answerer = createAnswerer(model, engine);
  try {
    await answerer.answer(asked, each);
  } finally {
    answerer.dispose();
  }
}

/** A model on an engine, to be queried repeatedly, one query at a time. */
export interface Answerer {
  /** Like `predict`. */
  answer(asked: AskedAgain, each: Each): Promise<void>;
  dispose(): void;
}

/** Uploads a model's parameters to an engine; at most `programs` programs stay loaded there. */
export function createAnswerer(model: TrainedModel, engine: Engine, programs = Infinity): Answerer {
  const parameters = createAll(engine, model.parameters);
  const held: Held = { model, engine, parameters, programs: new LoadedPrograms(engine, programs), texts: new Map() };
  return {
    answer: (asked, each) => passed(asked, answerAll({ ...held, ...asked }, each)).catch(throwAdvised),
    dispose: () => {
      held.programs.dispose();
      releaseAll(engine, parameters);
    },
  };
}

/** State kept between queries. */
interface Held {
  readonly model: TrainedModel;
  readonly engine: Engine;
  readonly parameters: Handles;
  readonly programs: LoadedPrograms;
  /** Vectors of candidate texts, by head and text. */
  readonly texts: Map<string, Float32Array>;
}

/** A query with its model. */
type AskedOfHeld = Held & AskedAgain;

/** Reports the answer to the question with that index. */
type Tell = (index: number, answer: Answer | undefined) => Promise<void>;

async function answerAll(options: AskedOfHeld, each: Each): Promise<void> {
  const { model, head, questions, candidates = [], top = 5 } = options;
  const tell: Tell = async (index, answer) => {
    const question = questions[index];
    if (question !== undefined && answer !== undefined) await each({ question, answer });
  };
  const way = wayOf(head);
  if (way === null) throw new Error(`internal: the head ${head.name} answers nothing`);
  expectCandidates(head, candidates);
  if (way === "vectors") return rankTexts(options, tell);
  const evaluating = evaluationOf(options, options.parameters, questions, imagesAsked(head));
  if (way === "writes") {
    // Captions are made once per image; an image named twice gets two answers.
    const captions = await captionsOf(evaluating, head);
    const { images } = pairingOf(evaluating.dataSet);
    const said = new Map(captions.map((caption) => [images[caption.item], caption.said]));
    for (const index of questions.keys()) {
      const text = said.get(images[index] ?? -1);
      await tell(index, text === undefined ? undefined : { form: "caption", text });
    }
    return;
  }
  const pass: Pass = {
    head,
    dataSet: evaluating.dataSet,
    needs: needsFor(evaluating, head),
    build: (stage, sizes) => buildAnswer(stage, sizes, head),
    ...(ruleOf(head).wants(head).maskedTokens !== undefined && { also: blanksOf(options) }),
  };
  await passOver(evaluating, pass, async ({ batch, results }) => {
    options.cut?.(batch.counts.truncated);
    const own = batch.indices.flatMap((index) => questions[index] ?? []);
    const answers = await way({ model, head, top }, { logits: logitsOf(results), questions: own });
    for (const [row, index] of batch.indices.entries()) await tell(index, answers[row]);
  });
}

function logitsOf(results: ReadonlyMap<string, Tensor>): Tensor {
  const logits = results.get("logits");
  if (logits === undefined) throw new Error("internal: an answer without logits");
  return logits;
}

/** Each image with all texts: the softmax over their similarities, at the learned temperature. */
async function rankTexts(options: AskedOfHeld, tell: Tell): Promise<void> {
  const { model, head, questions, candidates = [], top = 5 } = options;
  const texts = await textVectors(options, candidates);
  const images = await vectorsOf(options, { side: "image", questions });
  const logScale = model.parameters.get(`heads.${head.parametersOf}.scale`)?.data[0] ?? 0;
  for (const [index, image] of images) {
    const similarities = texts.map((text) => Math.exp(logScale) * dot(image, text));
    const said: Said[] = likeliest(softmax(similarities), top, (at) => candidates[at]?.label ?? "");
    await tell(index, { form: "choice", top: said });
  }
}

/** Text vectors in the cache: class names are reused between queries. */
const MOST_TEXTS = 10_000;

/** A vector for each of the texts; those not in the cache are computed. */
async function textVectors(options: AskedOfHeld, candidates: readonly Candidate[]): Promise<Float32Array[]> {
  const { head, texts: known } = options;
  const keyOf = (text: string): string => `${head.name} ${text}`;
  const texts = [...new Set(candidates.map(({ text }) => text))];
  if (known.size + texts.length > MOST_TEXTS) known.clear();
  const unknown = texts.filter((text) => !known.has(keyOf(text)));
  const questions = unknown.map((text) => ({ name: text, images: [], text }));
  if (questions.length > 0) {
    const computed = await vectorsOf(options, { side: "text", questions });
    for (const [index, vector] of computed) known.set(keyOf(unknown[index] ?? ""), vector);
  }
  return candidates.map(({ text }) => known.get(keyOf(text)) ?? new Float32Array());
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

async function vectorsOf(
  options: AskedOfHeld,
  { side, questions }: { readonly side: Modality; readonly questions: readonly Question[] },
): Promise<Map<number, Float32Array>> {
  const { head } = options;
  const evaluating = evaluationOf(options, options.parameters, questions);
  const { [side]: need } = needsOfHead(evaluating, head);
  const vectors = new Map<number, Float32Array>();
  await passOver(
    evaluating,
    { head, dataSet: evaluating.dataSet, needs: { [side]: need }, build: (stage, sizes) => buildVector(stage, sizes, head, side) },
    ({ batch, results }) => {
      options.cut?.(batch.counts.truncated);
      const { shape: [, width = 0] = [], data = new Float32Array() } = results.get("vector") ?? {};
      batch.indices.forEach((index, row) => vectors.set(index, Float32Array.from(data.subarray(row * width, (row + 1) * width))));
    },
  ); // prettier-ignore
  return vectors;
}

/** Batch needs: images and texts, but no labels. */
function needsFor(evaluating: EvaluateOptions, head: HeadSpec) {
  const asked = askedOf(head);
  const all = needsOfHead(evaluating, head);
  return {
    ...(asked.images > 0 && all.image && { image: all.image }),
    ...(asked.text && all.text && { text: all.text }),
  };
}

/** The texts with their blanks, for a masked language modelling head. */
function blanksOf({ model: { stage, tokenizer }, questions }: AskedOfHeld): NonNullable<Pass["also"]> {
  const { text } = stage.model;
  if (tokenizer === null || text === null) return () => new Map();
  return ({ indices }) => {
    const rows = indices.map((index) => tokenizer.encodeBlanks(questions[index]?.text ?? "", text.length).ids);
    return new Map([
      [inputs.maskedTokens, int32([rows.length, text.length], Int32Array.from(rows.flatMap((row) => [...row])))],
    ]);
  };
}
