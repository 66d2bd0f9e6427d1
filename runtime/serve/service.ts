// A model that answers requests: which head, what it is asked, its images decoded as they come, and then with the questions
// of other requests in one batch.
import type { HeadSpec } from "../../compiler/index.js";
import { createImageLoader, uprightSize, type ImageFile } from "../data/index.js";
import type { Engine } from "../engines/index.js";
import { mistakesIn, refuse, VlmoError, vlmoError, withHelp } from "../errors/vlmo-error.js";
import type { Answer, Prediction, Question } from "../predict/answer.js";
import { candidatesFrom, expectCandidates, type Candidate } from "../predict/candidates.js";
import { headFor } from "../predict/choose-head.js";
import { driftNote } from "../predict/drift.js";
import { expectEffect } from "../predict/effect.js";
import { saysRegions, wayOf } from "../predict/heads.js";
import type { TrainedModel } from "../predict/model.js";
import type { Naming } from "../predict/naming.js";
import { createAnswerer } from "../predict/predict.js";
import { questionsAbout } from "../predict/questions.js";
import { createBatcher } from "./batcher.js";
import { decodedImages } from "./decoded.js";
import { limits } from "./limits.js";
import type { PredictRequest } from "./predict-request.js";
import { refusal } from "./refusal.js";

/** What a model says to a request. */
export interface Answered {
  readonly head: HeadSpec;
  readonly predictions: readonly Prediction[];
}

/** Answers requests. */
export interface Service {
  /** Throws Refusal and what `refusalOf` makes one of; with the signal, its reason. */
  ask(request: PredictRequest, signal: AbortSignal): Promise<Answered>;
  /** Resolves when nothing is being answered. */
  idle(): Promise<void>;
  dispose(): void;
}

/** One question with all that those of its batch have in common. */
interface Asked {
  readonly head: HeadSpec;
  readonly candidates: readonly Candidate[];
  readonly top: number | undefined;
  readonly question: Question;
}

/** How a request names what a head needs. */
const inRequest: Naming = {
  head: "`head`",
  inputs: "name images in `images`, and texts in `texts`; GET /model says what each head is asked",
  candidates: "name texts in `texts`, or names in `classes`",
  settings: {
    images: "`images`",
    texts: "`texts`",
    classes: "`classes`",
    template: "`template`",
    top: "`top`",
    overlay: "`overlay`",
  },
};

/** What a service is made of. */
export interface ServiceOptions {
  readonly model: TrainedModel;
  readonly engine: Engine;
  /** Questions that are answered at a time. */
  readonly batch: number;
  /** Told once of each head that is asked and may have drifted. */
  readonly noted: (note: string) => void;
}

/** A model on an engine. */
export function createService({ model, engine, batch, noted }: ServiceOptions): Service {
  const { stage } = model;
  const known = new Set<HeadSpec>();
  const noteOnce = (head: HeadSpec): void => {
    const note = known.has(head) ? null : driftNote(model, head);
    known.add(head);
    if (note !== null) noted(note);
  };
  // Enough that the next batch is decoded while one is computed.
  const images = decodedImages(createImageLoader(0), stage.model.image ?? { size: 0, channels: 3 }, 4 * batch);
  const answerer = createAnswerer(model, engine, limits.programs);
  const answer = async (asked: readonly Asked[]): Promise<Answer[]> => {
    const [first] = asked;
    if (first === undefined) return [];
    const { head, candidates, top } = first;
    const questions = asked.map(({ question }) => question);
    const answers = new Map<Question, Answer>();
    await answerer.answer({ head, candidates, top, questions, batch, loader: images }, (each) => {
      answers.set(each.question, each.answer);
    });
    return questions.flatMap((question) => answers.get(question) ?? []);
  };
  const batcher = createBatcher({ most: batch, gathering: limits.gathering, answer });
  let requests = 0;
  return {
    ask: async ({ texts, top, ...request }, signal) => {
      const sent = request.images.map(imageOf(++requests));
      const given = { ...request, images: sent, texts, top, records: null };
      const head = headFor(stage, request.head, given, inRequest);
      expectEffect(head, given, inRequest);
      noteOnce(head);
      const candidates = wayOf(head) === "vectors" ? candidatesFrom({ ...request, texts }) : [];
      expectCandidates(head, candidates, inRequest);
      const questions = questionsAbout(head, { images: sent, texts }, inRequest);
      expectFew(questions, candidates.length > 0 ? candidates.map(({ text }) => text) : texts);
      const lane = JSON.stringify([head.name, top, candidates]);
      const asked = aboutSame(questions).map(async ({ images: own, questions: same }) => {
        const weight = saysRegions(head) ? await weightOfMask(own) : 1;
        return images.holding(own, async () => {
          signal.throwIfAborted();
          const answers = same.map(async (question): Promise<Prediction> => {
            const answered = await batcher.ask({ lane, weight, question: { head, candidates, top, question } }, signal);
            return { question, answer: answered };
          });
          return Promise.all(answers);
        });
      });
      return { head, predictions: (await allAnswered(asked)).flat() };
    },
    idle: batcher.idle,
    dispose: answerer.dispose,
  };
}

/** Questions about the same images. */
interface AboutSame {
  readonly images: readonly ImageFile[];
  readonly questions: readonly Question[];
}

/** In their order: those about an image follow one another. */
function aboutSame(questions: readonly Question[]): AboutSame[] {
  const firsts = new Set(questions.map(({ images: [first] }) => first));
  return [...firsts].map((first) => {
    const same = questions.filter(({ images: [image] }) => image === first);
    return { images: same[0]?.images ?? [], questions: same };
  });
}

/** All results, when all have ended; the mistakes of all that failed as one. */
async function allAnswered<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(asked);
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  const other = failures.find((failure) => !(failure instanceof VlmoError));
  if (other !== undefined) throw other;
  refuse(failures.flatMap(mistakesIn).map((mistake) => withHelp(mistake, "send another image, or leave it out")));
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/** Names are the sender's, and two may have the same; keys are ours. */
function imageOf(request: number) {
  return ({ name, bytes }: PredictRequest["images"][number], index: number): ImageFile => ({
    kind: "file",
    key: `${request}/${index}`,
    path: name,
    inside: { bytes },
    place: {},
  });
}

function expectFew({ length }: readonly Question[], texts: readonly string[]): void {
  const help = "split it into several requests";
  if (length > limits.questions) {
    const reason = `it asks ${length.toLocaleString("en")} questions, each text of each image, and ${limits.questions} are answered`;
    throw refusal("size", reason, { help });
  }
  const characters = texts.reduce((sum, text) => sum + text.length, 0);
  if (characters <= limits.allCharacters) return;
  throw refusal("size", `its texts have more than ${limits.allCharacters.toLocaleString("en")} characters`, { help });
}

/** The mask of an image is as large as it. Throws V917 where that is too large. */
async function weightOfMask([file]: readonly ImageFile[]): Promise<number> {
  if (file === undefined) throw new Error("internal: a mask of no image");
  const { width, height } = await uprightSize(file);
  const [pixels, most] = [width * height, limits.maskPixels];
  if (pixels <= most) return Math.ceil(pixels / limits.maskWeight);
  const reason = `it has ${pixels.toLocaleString("en")} pixels, and masks of at most ${most.toLocaleString("en")} are served`;
  throw vlmoError("V917", { path: file.path, reason });
}
