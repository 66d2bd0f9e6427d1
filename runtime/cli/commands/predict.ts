// `vlmo predict`: a trained model's answers about images and texts.
import type { Command } from "commander";
import type { HeadSpec } from "../../../compiler/index.js";
import { counted } from "../../../grammar/index.js";
import type { Prediction } from "../../predict/answer.js";
import type { Submission } from "../../predict/submission.js";
import { exits, UsageError } from "../failure.js";
import { fieldsOption, inputsOf, recordsOption, textOption, type InputOptions } from "../inputs.js";
import {
  bestOption,
  csvOption,
  engineOptions,
  names,
  path,
  positive,
  stageOption,
  type CheckpointChoice,
  type EngineChoice,
} from "../options.js";
import type { Session } from "../session.js";
import type { Shell } from "../shell.js";

const examples = `
A checkpoint holds everything needed: its specification, vocabulary, and the names of classes and answers.

  classify, segment     images, or folders of them
  classify on pairs     images, and questions with --text: each is asked of each image
  matching              images, and texts with --text: is it true?
  contrastive           images, and texts or --classes to choose from: which fits best?
  compare               two images, and statements with --text
  masked_tokens         texts with [MASK] in them, with an image where the head sees one
  caption               images

Examples:
  vlmo predict runs/classes photo.jpg more-photos/
  vlmo predict runs/vqa dog.jpg --text "what colour is the dog?" --top 3
  vlmo predict runs/quickstart dog.jpg --classes dog,cat,horse --template "a photo of a {}"
  vlmo predict runs/nlvr left.png right.png --text "both images show two dogs"
  vlmo predict runs/nuclei cells/ --out masks         PNGs of class numbers, and overlays
  vlmo predict runs/vqa --records questions.jsonl --fields image=path,text=question --csv
  vlmo predict runs/vqa --records - --json < questions.jsonl
  vlmo predict runs/vqa test2015/ --records v2_OpenEnded_mscoco_test2015_questions.json --submission vqa.json
  vlmo predict runs/nlvr dev/ --records dev.json --submission nlvr2.csv`;

interface Options extends EngineChoice, InputOptions, CheckpointChoice {
  readonly head?: string;
  readonly classes?: readonly string[];
  readonly template?: string;
  readonly top?: number;
  readonly batch: number;
  readonly out?: string;
  readonly csv?: true;
  readonly submission?: string;
}

/** Adds `vlmo predict`. */
export function addPredict(program: Command, shell: Shell): void {
  const command = program
    .command("predict")
    .summary("query a trained model with images and texts")
    .description("Query a trained model with images and texts.")
    .argument("<model>", "a checkpoint, or a run folder (the latest of its last stage)", path)
    .argument("[images...]", "images, or folders of them")
    .addOption(textOption("a text or a question (repeatable)"))
    .option("--classes <names>", "class names for zero-shot classification by a contrastive head (a,b,c)", names)
    .option("--template <text>", "the prompt for a class name, which replaces `{}` (default: a photo of a {})")
    .addOption(recordsOption())
    .addOption(fieldsOption())
    .option("--head <name>", "the head to query (default: the one that reads the given inputs)")
    .addOption(stageOption("in a run folder, the checkpoint of this stage"))
    .addOption(bestOption())
    .option("--top <n>", "how many of the most likely answers to show (default: 5)", positive)
    .option("--batch <n>", "batch size", positive, 32)
    .option("--out <folder>", "where to write masks and overlays", path)
    .addOption(csvOption("submission"))
    .option("--submission <file>", "write answers in the format of the VQA v2 and NLVR2 evaluation servers", path);
  for (const option of engineOptions()) command.addOption(option);
  command.addHelpText("after", examples).action(async (model: string, images: readonly string[], options: Options) => {
    shell.exit = await run(model, images, options, shell.session);
  });
}

async function run(path: string, images: readonly string[], options: Options, session: Session): Promise<number> {
  const { predict } = await import("../../predict/predict.js");
  const { questionsFor } = await import("../../predict/questions.js");
  const { candidatesFrom } = await import("../../predict/candidates.js");
  const { expectEffect } = await import("../../predict/effect.js");
  const { onCommandLine } = await import("../../predict/naming.js");
  const { forPrograms } = await import("../../predict/for-programs.js");
  const { headFor } = await import("../../predict/choose-head.js");
  const { predictionLines, predictionCsv, csvHeader } = await import("../prediction-text.js");
  const { createCounter, hideCounter } = await import("../counter.js");
  const { withStdin } = await import("../stdin.js");
  const { openEngine } = await import("../open-engine.js");
  const { openTrained, remarkDrift } = await import("../open-trained.js");
  await expectSense(options);
  const { batch, top, classes = [], template } = options;
  const inputs = inputsOf(images, options);
  const model = await openTrained(path, options, session);
  const given = { ...inputs, classes, template, top };
  const head = headFor(model.stage, options.head ?? null, given);
  expectEffect(head, given, onCommandLine);
  remarkDrift(model, head, session);
  const candidates = candidatesFrom({ texts: options.text, classes, template });
  const pictures = await picturesFor(head, options);
  const submission = await submissionFor(head, options);
  let [broken, cut] = [0, 0];
  const leftOut = (question: string, reason: string): void => {
    broken++;
    session.remark(`left out ${question}: ${reason}`);
  };
  const questions = await withStdin(inputs, async (named) => questionsFor(head, named, { leftOut }));
  const engine = await openEngine(options, session);
  const asked = { model, head, questions, candidates, engine, batch, top, leftOut };
  if (options.csv === true) session.say(csvHeader);
  const say = (prediction: Prediction): void => {
    hideCounter(session);
    if (options.csv === true) session.say(predictionCsv(prediction));
    else predictionLines(prediction, session.colours).forEach((line) => session.say(line));
    session.give(forPrograms(prediction));
  };
  const counter = createCounter(session);
  let done = 0;
  const tell = async (prediction: Prediction): Promise<void> => {
    tellNoBlank(prediction, session);
    if (submission === null) say(prediction);
    else submission.take(prediction);
    await pictures?.(prediction);
    counter({ what: "answering", done: ++done, all: questions.length });
  };
  try {
    await predict({ ...asked, cut: (texts) => (cut += texts) }, tell);
    await submission?.write();
    tellCut(cut, session);
    if (options.out !== undefined) session.remark(`masks and overlays: ${options.out}`);
    if (submission !== null) tellSubmission(options, { done, all: questions.length }, session);
    return broken > 0 ? exits.mistake : exits.fine;
  } finally {
    engine.dispose();
  }
}

function tellCut(cut: number, session: Session): void {
  if (cut > 0) session.remark(`${counted(cut, "text was", "texts were")} truncated to the model's text length`);
}

function tellNoBlank({ question, answer }: Prediction, session: Session): void {
  if (answer.form === "words" && answer.blanks.length === 0)
    session.remark(`${question.name}: nothing to fill in: no [MASK] in what the model reads of the text`);
}

/** The writer of masks and overlays; null where neither is requested. */
async function picturesFor(
  head: HeadSpec,
  { out }: Options,
): Promise<((prediction: Prediction) => Promise<void>) | null> {
  if (out === undefined) return null;
  const { saysRegions } = await import("../../predict/heads.js");
  if (!saysRegions(head))
    throw new UsageError(`--out is for masks, and \`${head.name}\` makes none`, "--csv and --json print answers");
  return (await import("../../predict/pictures.js")).pictureWriter(out);
}

/** Created first, so that an impossible submission fails before any prediction. */
async function submissionFor(head: HeadSpec, { submission, records }: Options): Promise<Submission | null> {
  if (submission === undefined) return null;
  const { submissionOf } = await import("../../predict/submission.js");
  return submissionOf(head, records ?? null, submission);
}

function tellSubmission(
  { submission }: Options,
  { done, all }: { readonly done: number; readonly all: number },
  session: Session,
): void {
  session.say(`${counted(done, "answer", "answers")} → ${submission ?? ""}`);
  if (done < all)
    session.remark(
      `${session.colours.yellow("warning")}: ${counted(all - done, "question is", "questions are")} missing in it, and a server may refuse that`,
    );
  session.give({ submission, answers: done, questions: all });
}

/** Throws for options that are invalid or contradict each other, whatever the model. */
async function expectSense({ template, submission, top, records }: Options): Promise<void> {
  const { PLACE, usualTemplate } = await import("../../predict/candidates.js");
  if (submission !== undefined && top !== undefined)
    throw new UsageError("a submission has one answer to a question", "leave out --top");
  if (submission !== undefined && records === "-")
    throw new UsageError("a submission answers a file of questions as it was downloaded", "name it with --records");
  if (template === undefined || template.includes(PLACE)) return;
  throw new UsageError(`--template has no ${PLACE}`, `write ${PLACE} where the name goes, as in "${usualTemplate}"`);
}
