// Answers requests with a model: chooses the head, decodes images as they arrive, and batches the questions with those of other
// requests.
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

/** A model's answer to a request. */
export interface Answered {
  readonly head: HeadSpec;
  readonly predictions: readonly Prediction[];
}

/** Answers requests. */
export interface Service {
  /** Throws Refusal, errors that `refusalOf` converts, and the signal's reason. */
  ask(request: PredictRequest, signal: AbortSignal): Promise<Answered>;
  /** Resolves when nothing is being answered. */
  idle(): Promise<void>;
  dispose(): void;
}

/** One question, with the settings shared by its batch. */
interface Asked {
  readonly head: HeadSpec;
  readonly candidates: readonly Candidate[];
  readonly top: number | undefined;
  readonly question: Question;
}

/** A request's names for a head's inputs. */
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

/** Options of a service. */
export interface ServiceOptions {
  readonly model: TrainedModel;
  readonly engine: Engine;
  /** The largest batch of questions. */
  readonly batch: number;
  /** Called once for each head in use that may have drifted. */
  readonly noted: (note: string) => void;
}

/** Creates a service from a model and an engine. */
export function createService({ model, engine, batch, noted }: ServiceOptions): Service {
  const { stage } = model;
  const known = new Set<HeadSpec>();
  const noteOnce = (head: HeadSpec): void => {
    const note = known.has(head) ? null : driftNote(model, head);
    known.add(head);
    if (note !== null) noted(note);
  };
  // Enough to decode the next batch while one is computed.
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

/** Groups questions about the same images, which are consecutive. */
function aboutSame(questions: readonly Question[]): AboutSame[] {
  const firsts = new Set(questions.map(({ images: [first] }) => first));
  return [...firsts].map((first) => {
    const same = questions.filter(({ images: [image] }) => image === first);
    return { images: same[0]?.images ?? [], questions: same };
  });
}

/** All results, once all have settled; the mistakes of all failures as one error. */
async function allAnswered<T>(asked: readonly Promise<T>[]): Promise<T[]> {
  const outcomes = await Promise.allSettled(asked);
  const failures = outcomes.flatMap((outcome) => (outcome.status === "rejected" ? [outcome.reason as unknown] : []));
  const other = failures.find((failure) => !(failure instanceof VlmoError));
  if (other !== undefined) throw other;
  refuse(failures.flatMap(mistakesIn).map((mistake) => withHelp(mistake, "send another image, or leave it out")));
  return outcomes.flatMap((outcome) => (outcome.status === "fulfilled" ? [outcome.value] : []));
}

/** Names are chosen by the sender and may be equal; keys are ours. */
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

/** The cost of an image's mask, which is as large as the image. Throws V917 where that is too large. */
async function weightOfMask([file]: readonly ImageFile[]): Promise<number> {
  if (file === undefined) throw new Error("internal: a mask of no image");
  const { width, height } = await uprightSize(file);
  const [pixels, most] = [width * height, limits.maskPixels];
  if (pixels <= most) return Math.ceil(pixels / limits.maskWeight);
  const reason = `it has ${pixels.toLocaleString("en")} pixels, and masks of at most ${most.toLocaleString("en")} are served`;
  throw vlmoError("V917", { path: file.path, reason });
}
