// What a trained model says of questions that nobody has answered: batch by batch, in their order.
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

/** What a model is asked. */
export interface Asked {
  readonly head: HeadSpec;
  readonly questions: readonly Question[];
  /** Of a contrast: the texts that each image is compared with, under the names that are said. */
  readonly candidates?: readonly Candidate[];
  /** How many of the likeliest are said; default 5. */
  readonly top?: number | undefined;
}

/** What is asked of a model, once. */
export type PredictOptions = Asking & Asked;

/** What is asked of a model that stays on its engine. */
export type AskedAgain = Omit<Asking, "model" | "engine"> & Asked;

/** What is done with a prediction, before the next one is made. */
type Each = (prediction: Prediction) => Promise<void> | void;

/** Calls `each` with every prediction, in the order of the questions. Throws what broken images give. */
export async function predict({ model, engine, ...asked }: PredictOptions, each: Each): Promise<void> {
  const answerer = createAnswerer(model, engine);
  try {
    await answerer.answer(asked, each);
  } finally {
    answerer.dispose();
  }
}

/** A model on an engine, to be asked again and again, one thing at a time. */
export interface Answerer {
  /** As `predict`. */
  answer(asked: AskedAgain, each: Each): Promise<void>;
  dispose(): void;
}

/** Puts a model's parameters on an engine; at most so many programs stay there. */
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

/** What stays from one asking to the next. */
interface Held {
  readonly model: TrainedModel;
  readonly engine: Engine;
  readonly parameters: Handles;
  readonly programs: LoadedPrograms;
  /** Vectors of texts to choose among, by head and text. */
  readonly texts: Map<string, Float32Array>;
}

/** What is asked, of whom. */
type AskedOfHeld = Held & AskedAgain;

/** Passes on the answer to the question with that index. */
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
    // One for each image; who names an image twice wants two answers.
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

/** Each image with all texts: the softmax over them of the similarity, at the temperature that was learnt. */
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

/** Vectors of texts that are kept: names of classes are asked about again and again. */
const MOST_TEXTS = 10_000;

/** A vector for each of the texts, of which those that are not known yet are computed. */
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

/** Images and texts, and nothing that only who knows the answer could give. */
function needsFor(evaluating: EvaluateOptions, head: HeadSpec) {
  const asked = askedOf(head);
  const all = needsOfHead(evaluating, head);
  return {
    ...(asked.images > 0 && all.image && { image: all.image }),
    ...(asked.text && all.text && { text: all.text }),
  };
}

/** The texts with their blanks, for a head that fills them in. */
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
