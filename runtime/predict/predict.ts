// What a trained model says of questions that nobody has answered: batch by batch, in their order.
import { buildAnswer, buildVector, inputs, ruleOf, type HeadSpec, type Modality } from "../../compiler/index.js";
import type { Handles } from "../engines/index.js";
import type { EvaluateOptions } from "../evaluate/options.js";
import { needsOfHead, passOver, type Pass } from "../evaluate/pass.js";
import { captionsOf } from "../evaluate/write.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { int32, type Tensor } from "../tensor.js";
import type { Answer, Prediction, Question, Said } from "./answer.js";
import { evaluationOf, passed, withParameters, type Asking } from "./asking.js";
import { askedOf, imagesAsked, likeliest, softmax, wayOf } from "./heads.js";

/** What is asked of a model. */
export interface PredictOptions extends Asking {
  readonly head: HeadSpec;
  readonly questions: readonly Question[];
  /** Of a contrast: the texts that each image is compared with, under the names that are said. */
  readonly candidates?: readonly Candidate[];
  /** How many of the likeliest are said. */
  readonly top?: number;
}

/** A text that an image may fit. */
export interface Candidate {
  readonly label: string;
  readonly text: string;
}

/** What is done with a prediction, before the next one is made. */
type Each = (prediction: Prediction) => Promise<void> | void;

/** Calls `each` with every prediction, in the order of the questions. Throws what broken images give. */
export async function predict(options: PredictOptions, each: Each): Promise<void> {
  await passed(
    options,
    withParameters(options, (parameters) => answerAll(options, parameters, each)),
  );
}

/** Passes on the answer to the question with that index. */
type Tell = (index: number, answer: Answer | undefined) => Promise<void>;

async function answerAll(options: PredictOptions, parameters: Handles, each: Each) {
  const { model, head, questions, candidates = [], top = 5 } = options;
  const tell: Tell = async (index, answer) => {
    const question = questions[index];
    if (question !== undefined && answer !== undefined) await each({ question, answer });
  };
  const way = wayOf(head);
  if (way === null) throw new Error(`internal: the head ${head.name} answers nothing`);
  if (way === "vectors" && candidates.length === 0) throw nothingToChoose(head);
  if (way === "vectors") return rankTexts(options, parameters, tell);
  const evaluating = evaluationOf(options, parameters, questions, imagesAsked(head));
  if (way === "writes") {
    const captions = await captionsOf(evaluating, head);
    for (const { item, said } of captions) await tell(item, { form: "caption", text: said });
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
    const own = batch.indices.flatMap((index) => questions[index] ?? []);
    const answers = await way({ model, head, top }, { logits: logitsOf(results), questions: own });
    for (const [row, index] of batch.indices.entries()) await tell(index, answers[row]);
  });
}

function nothingToChoose({ name }: HeadSpec): Error {
  const help = "name texts with --text, or names with --classes";
  return vlmoError("V991", { reason: `the head \`${name}\` chooses among texts, and none is given` }, { help });
}

function logitsOf(results: ReadonlyMap<string, Tensor>): Tensor {
  const logits = results.get("logits");
  if (logits === undefined) throw new Error("internal: an answer without logits");
  return logits;
}

/** Each image with all texts: the softmax over them of the similarity, at the temperature that was learnt. */
async function rankTexts(options: PredictOptions, parameters: Handles, tell: Tell): Promise<void> {
  const { model, head, questions, candidates = [], top = 5 } = options;
  const texts = candidates.map(({ label, text }) => ({ name: label, images: [], text }));
  const encoded = await vectorsOf(options, parameters, { side: "text", questions: texts });
  const images = await vectorsOf(options, parameters, { side: "image", questions });
  const logScale = model.parameters.get(`heads.${head.parametersOf}.scale`)?.data[0] ?? 0;
  for (const [index, image] of images) {
    const similarities = [...encoded.values()].map((text) => Math.exp(logScale) * dot(image, text));
    const said: Said[] = likeliest(softmax(similarities), top, (at) => candidates[at]?.label ?? "");
    await tell(index, { form: "choice", top: said });
  }
}

function dot(a: Float32Array, b: Float32Array): number {
  return a.reduce((sum, value, i) => sum + value * (b[i] ?? 0), 0);
}

async function vectorsOf(
  options: PredictOptions,
  parameters: Handles,
  { side, questions }: { readonly side: Modality; readonly questions: readonly Question[] },
): Promise<Map<number, Float32Array>> {
  const { head } = options;
  const evaluating = evaluationOf(options, parameters, questions);
  const { [side]: need } = needsOfHead(evaluating, head);
  const vectors = new Map<number, Float32Array>();
  await passOver(
    evaluating,
    { head, dataSet: evaluating.dataSet, needs: { [side]: need }, build: (stage, sizes) => buildVector(stage, sizes, head, side) },
    ({ batch, results }) => {
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
function blanksOf({ model: { stage, tokenizer }, questions }: PredictOptions): NonNullable<Pass["also"]> {
  const { text } = stage.model;
  if (tokenizer === null || text === null) return () => new Map();
  return ({ indices }) => {
    const rows = indices.map((index) => tokenizer.encodeBlanks(questions[index]?.text ?? "", text.length).ids);
    return new Map([
      [inputs.maskedTokens, int32([rows.length, text.length], Int32Array.from(rows.flatMap((row) => [...row])))],
    ]);
  };
}
