// How each kind of head answers: its inputs, and how its logits become an answer. A kind of head is a row.
import { ruleOf, type DataSpec, type HeadKind, type HeadSpec, type StageSpec } from "../../compiler/index.js";
import { NO_CLASS, textOf, uprightSize } from "../data/index.js";
import { createSaidClasses } from "../evaluate/said-classes.js";
import type { Tensor } from "../tensor.js";
import type { Answer, Question, Said } from "./answer.js";
import { formRule, type AnswerForm } from "./forms.js";
import { labelOf, type TrainedModel } from "./model.js";

/** The model, head and settings of an answer. */
export interface Answering {
  readonly model: TrainedModel;
  readonly head: HeadSpec;
  /** How many of the likeliest answers are returned. */
  readonly top: number;
}

/** Logits of a batch, and the questions of its rows. */
export interface Answered {
  readonly logits: Tensor;
  readonly questions: readonly Question[];
}

/** From logits: one pass gives all answers of a batch. */
type ByLogits = (answering: Answering, answered: Answered) => Promise<Answer[]> | Answer[];

/** `vectors`: by similarity to texts; `writes`: generates token by token; null: has no answers of use. */
export type Way = ByLogits | "vectors" | "writes" | null;

interface Speaking {
  readonly way: Way;
  readonly form: AnswerForm;
}

const kinds: { readonly [Kind in HeadKind]: Speaking | null } = {
  masked_patches: null,
  visual_tokenizer: null,
  masked_tokens: { way: filledIn, form: "words" },
  contrastive: { way: "vectors", form: "choice" },
  matching: { way: truthOf, form: "truth" },
  classify: { way: choicesOf, form: "choice" },
  compare: { way: choicesOf, form: "choice" },
  segment: { way: regionsOf, form: "regions" },
  caption: { way: "writes", form: "caption" },
};

/** How a head answers. */
export function wayOf(head: HeadSpec): Way {
  return speakingOf(head)?.way ?? null;
}

/** The heads of a stage that answer; others only serve training. */
export function answeringHeads({ heads }: StageSpec): HeadSpec[] {
  return heads.filter((head) => wayOf(head) !== null);
}

/** The form of a head's answers; null where it has none. */
export function formOf(head: HeadSpec): AnswerForm | null {
  return speakingOf(head)?.form ?? null;
}

function speakingOf({ kind }: HeadSpec): Speaking | null {
  // Boundary: a checked head has one of the kinds.
  return kinds[kind as HeadKind];
}

/** Whether an answer has a class for each pixel of its image. */
export function saysRegions(head: HeadSpec): boolean {
  const form = formOf(head);
  return form !== null && formRule(form).isOfPixels;
}

/** The required inputs of a question: images, and whether a text. */
export interface Asked {
  readonly images: 0 | 1 | 2;
  readonly text: boolean;
}

/** The required inputs of a head. */
export function askedOf(head: HeadSpec): Asked {
  const views = new Set(head.features.map(({ view }) => view));
  const isPaired = views.has("pair");
  const way = wayOf(head);
  // The texts of a contrastive head are candidates, not inputs; a caption is the output.
  if (way === "vectors" || way === "writes") return { images: 1, text: false };
  const compares = head.features.some(({ image }) => image === 2);
  return { images: compares ? 2 : isPaired || views.has("image") ? 1 : 0, text: isPaired || views.has("text") };
}

/** Images per sample in data for a head: one even where it reads none. */
export function imagesAsked(head: HeadSpec): 1 | 2 {
  return askedOf(head).images === 2 ? 2 : 1;
}

/** A data specification with this many images per sample, of the kind that the stage reads; nothing is opened. */
export function askedData({ name, data: [first] }: StageSpec, images: 1 | 2): DataSpec {
  if (first === undefined) throw new Error(`internal: the stage ${name} has no data`);
  return { ...first, images };
}

/** Rows of a tensor [B, …], flat. */
function rowsOf({ shape: [count = 0], data }: Tensor): Tensor["data"][] {
  const one = data.length / Math.max(1, count);
  return Array.from({ length: count }, (_, row) => data.subarray(row * one, (row + 1) * one));
}

/** Softmax for classes (cross entropy), sigmoid for answers with scores, which are independent. */
function choicesOf({ model, head, top }: Answering, { logits }: Answered): Answer[] {
  const scored = ruleOf(head).classes?.(head).of === "answers";
  const shares = scored ? sigmoids : softmax;
  const name = (index: number): string => labelOf(model, head, index);
  return rowsOf(logits).map((row) => ({ form: "choice", top: likeliest(shares(row), top, name) }));
}

function truthOf(_: Answering, { logits }: Answered): Answer[] {
  return rowsOf(logits).map((row) => ({ form: "truth", probability: softmax(row)[1] ?? 0 }));
}

function filledIn({ model: { tokenizer, stage }, top }: Answering, { logits, questions }: Answered): Answer[] {
  if (tokenizer === null || stage.model.text === null) throw new Error("internal: blanks without a vocabulary");
  const { special, vocabulary } = tokenizer;
  // A blank stands for a word: special tokens and continuations of the previous word are excluded.
  const never = new Set([
    ...Object.values(special),
    ...vocabulary.flatMap((token, id) => (token.startsWith("##") ? [id] : [])),
  ]);
  const { length } = stage.model.text;
  const width = vocabulary.length;
  return rowsOf(logits).map((row, i) => {
    const { ids } = tokenizer.encodeBlanks(questions[i]?.text ?? "", length);
    const places = [...ids.keys()].filter((place) => ids[place] === special.mask);
    const blanks = places.map((place) => {
      const shares = softmax(Array.from({ length: width }, (_, id) => (never.has(id) ? -Infinity : (row[place * width + id] ?? 0))));
      return likeliest(shares, top, (id) => vocabulary[id] ?? "").filter(({ probability }) => probability > 0);
    }); // prettier-ignore
    const filled = ids.slice();
    places.forEach((place, n) => (filled[place] = vocabulary.indexOf(blanks[n]?.[0]?.label ?? "")));
    return { form: "words", text: textOf(filled, tokenizer), blanks };
  });
}

/** Resizes logits [B, side, side, C] to the size of the image in its file. */
async function regionsOf({ model, head }: Answering, { logits, questions }: Answered): Promise<Answer[]> {
  const [, side = 0, , count = 0] = logits.shape;
  const size = model.stage.model.image?.size ?? 0;
  return Promise.all(
    rowsOf(logits).map(async (data, row): Promise<Answer> => {
      const [image] = questions[row]?.images ?? [];
      if (image === undefined) throw new Error("internal: regions of no image");
      const { said: classes, add } = createSaidClasses({ width: size, height: size }, await uprightSize(image), count);
      add({ logits: { side, classes: count, data }, left: 0, top: 0, size });
      const pixels = new Float64Array(count);
      for (const label of classes.data) if (label !== NO_CLASS) pixels[label] = (pixels[label] ?? 0) + 1;
      const shares = Array.from(pixels, (each) => each / classes.data.length);
      return { form: "regions", classes, shares: likeliest(shares, count, (index) => labelOf(model, head, index)) };
    }),
  );
}

/** Softmax, without overflow. */
export function softmax(logits: ArrayLike<number>): number[] {
  const all = Array.from(logits);
  const most = all.reduce((largest, logit) => Math.max(largest, logit), -Infinity);
  const powers = all.map((logit) => Math.exp(logit - most));
  const sum = powers.reduce((total, power) => total + power, 0);
  return powers.map((power) => power / sum);
}

function sigmoids(logits: ArrayLike<number>): number[] {
  return Array.from(logits, (logit) => 1 / (1 + Math.exp(-logit)));
}

/** The `top` largest; ties go to the first. */
export function likeliest(shares: readonly number[], top: number, name: (index: number) => string): Said[] {
  const order = [...shares.keys()].sort((a, b) => (shares[b] ?? 0) - (shares[a] ?? 0) || a - b);
  return order.slice(0, top).map((index) => ({ label: name(index), probability: shares[index] ?? 0 }));
}
