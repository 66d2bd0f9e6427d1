// One stage of a run: its parameters and data made ready, its steps run, what it gives saved and evaluated.
import { z } from "zod";
import { parametersOf, sizeOf, type StageSpec } from "../../compiler/index.js";
import { readCheckpoint, savedVocabulary, type Checkpoint } from "../checkpoint/index.js";
import {
  openImages,
  trainingBatches,
  type BatchSource,
  type DataSet,
  type ImageLoader,
  type Position,
} from "../data/index.js";
import { needsOfStage } from "../stage-data.js";
import type { Tensor } from "../tensor.js";
import { startParameters } from "./initialize.js";
import { createKeeper, type Keeper } from "./keeper.js";
import { Learner } from "./learner.js";
import type { Listener, StageStart } from "./listener.js";
import { runSteps } from "./loop.js";
import { vlmoError } from "../vlmo-error.js";
import { hashOf, latestOf, rewindLog } from "./run-folder.js";
import { expectSameRun, expectSameVocabulary } from "./same-run.js";
import { stepsOf, type Course } from "./schedule.js";
import type { Run } from "./train.js";

/** Trains one stage, goes on with it, or finds it finished. */
export async function trainStage(run: Run, stage: StageSpec): Promise<{ done: boolean; checkpoint: string }> {
  const before = await latestOf(run.folder, stage.name);
  if (before !== undefined) {
    const [dataSet, tokenizer] = [await run.data.open(stage.data), run.tokenizers.get(stage.name) ?? null];
    expectSameRun({ ...before, vocabulary: await savedVocabulary(before) }, { stage, dataSet, tokenizer });
    if (before.manifest.finished) return { done: true, checkpoint: before.folder };
  }
  await rewindLog(run.folder, stage.name, before?.manifest.step ?? null);
  const resumed = before === undefined ? null : await readCheckpoint(before.folder);
  const images = openImages(run.workers);
  try {
    return await runStage(run, stage, resumed, images);
  } finally {
    await images.close();
  }
}

/** A stage made ready to run. */
interface Ready {
  readonly stage: StageSpec;
  readonly learner: Learner;
  readonly dataSet: DataSet;
  readonly batches: BatchSource;
  readonly course: Course;
  readonly from: number;
  readonly keeper: Keeper;
}

async function runStage(
  run: Run,
  stage: StageSpec,
  resumed: Checkpoint | null,
  images: ImageLoader,
): Promise<{ done: boolean; checkpoint: string }> {
  const { learner, batches, course, from, keeper, dataSet } = await makeReady(run, stage, resumed, images);
  const began = performance.now();
  try {
    const done = await runSteps({
      stage,
      learner,
      batches,
      course,
      from,
      keeper,
      signal: run.signal,
      listener: logging(run),
    });
    const finished = done >= course.total && (await keeper.evaluate(done));
    const checkpoint = await keeper.save(done, finished);
    const seconds = (performance.now() - began) / 1000;
    const skipped = [...batches.skipped(), ...skippedRecords(dataSet)];
    run.folder.log({
      kind: "stage_end",
      stage: stage.name,
      step: done,
      seconds,
      checkpoint,
      skipped: skipped.length,
    });
    run.listener.stageEnd({ stage: stage.name, steps: done, seconds, checkpoint, skipped });
    return { done: finished, checkpoint };
  } finally {
    await batches.close();
    learner.dispose();
  }
}

/** Parameters on the engine, data open at the right place. */
async function makeReady(run: Run, stage: StageSpec, resumed: Checkpoint | null, images: ImageLoader): Promise<Ready> {
  run.listener.preparing(`stage ${stage.name}`);
  const specs = parametersOf(stage.model, stage.heads);
  const predecessor = await predecessorOf(run, stage);
  const tokenizer = run.tokenizers.get(stage.name) ?? null;
  if (predecessor !== null) expectSameVocabulary(predecessor, stage, tokenizer);
  const start = resumed === null ? await startParameters(stage, specs, predecessor?.parameters ?? new Map()) : null;
  const parameters = start?.parameters ?? resumed?.parameters ?? new Map<string, Tensor>();
  const learner = new Learner(run.engine, stage, { parameters, moments: resumed?.optimizer ?? null });
  const dataSet = await run.data.open(stage.data);
  const { from, position } = whereToBegin(resumed);
  const onError = stage.data.some((data) => data.onError === "skip") ? "skip" : "stop";
  const needs = needsOfStage(stage, tokenizer);
  const batches = trainingBatches(
    { dataSet, needs, batch: stage.micro, seed: stage.seed, onError, loader: images },
    position,
  );
  const course = courseOf(stage, Math.floor(dataSet.length / stage.batch));
  await announce(run, stage, { from, steps: course.total, beginnings: start?.beginnings ?? new Map() });
  const keeper = createKeeper(run, stage, { learner, dataSet, tokenizer, images, course, predecessor, position });
  return { stage, learner, dataSet, batches, course, from, keeper };
}

/** Where the data of the next step begin, as `keeper.ts` writes it. */
const positionSchema = z.object({ epoch: z.int(), offset: z.int() });

function whereToBegin(resumed: Checkpoint | null): { from: number; position: Position } {
  if (resumed === null) return { from: 0, position: { epoch: 0, offset: 0 } };
  return { from: resumed.manifest.step, position: positionSchema.parse(resumed.manifest.position) };
}

function skippedRecords(dataSet: DataSet): { item: string; reason: string }[] {
  return (dataSet.skipped ?? []).map(({ file, line, message }) => ({
    item: `${file ?? ""}:${line ?? ""}`,
    reason: message,
  }));
}

/** The checkpoint a stage starts from: its predecessor's, which must be finished in the same run. Throws V933, V986. */
async function predecessorOf(run: Run, stage: StageSpec): Promise<Checkpoint | null> {
  if (stage.from.kind === "scratch") return null;
  if (stage.from.kind === "checkpoint") return readCheckpoint(stage.from.path, { optimizer: false });
  const { name: before, span } = stage.from;
  const saved = await latestOf(run.folder, before);
  if (saved?.manifest.finished !== true) {
    throw vlmoError("V933", { stage: stage.name, before, folder: run.folder.path }, { span });
  }
  await expectSameAncestors(run, stage);
  return readCheckpoint(saved.folder, { optimizer: false });
}

/** Throws V986 where a stage that this one comes from was another when it was trained. */
async function expectSameAncestors(run: Run, { name, from }: StageSpec): Promise<void> {
  if (from.kind !== "stage") return;
  const before = run.stages.find((each) => each.name === from.name) ?? run.spec.stages.get(from.name);
  if (before === undefined) throw new Error(`internal: the checker let the stage ${from.name} pass`);
  const saved = await latestOf(run.folder, before.name);
  if (saved !== undefined && saved.manifest.spec.hash !== hashOf(before)) {
    throw vlmoError("V986", { stage: name, before: before.name, folder: saved.folder }, { span: from.span });
  }
  await expectSameAncestors(run, before);
}

/** The steps of a stage, of which `perEpoch` make an epoch of its data. */
export function courseOf(stage: StageSpec, perEpoch: number): Course {
  const total = stepsOf(stage.duration, 0, perEpoch);
  return { lr: stage.optimizer.lr, total, warmup: stepsOf(stage.schedule.warmup, total, perEpoch) };
}

async function announce(
  run: Run,
  stage: StageSpec,
  facts: Pick<StageStart, "from" | "steps" | "beginnings">,
): Promise<void> {
  const specs = parametersOf(stage.model, stage.heads);
  const count = (list: typeof specs): number => list.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const event = {
    stage,
    ...facts,
    allParameters: count(specs),
    trainedParameters: count(specs.filter(({ name }) => stage.trained.has(name))),
  };
  run.folder.log({
    kind: "stage_start",
    stage: stage.name,
    step: facts.from,
    steps: facts.steps,
    trained_parameters: event.trainedParameters,
    parameters: event.allParameters,
  });
  run.listener.stageStart(event);
}

/** The listener, with every step written to the log too. */
function logging({ listener, folder }: Run): Listener {
  return {
    ...listener,
    step: (event) => {
      const { stage, step, lr, seconds } = event;
      folder.log({
        kind: "step",
        stage,
        step,
        loss: Object.fromEntries(event.losses),
        lr,
        seconds,
        items_per_second: event.itemsPerSecond,
        data_seconds: event.dataSeconds,
        gradient_norm: event.gradientNorm,
      });
      listener.step(event);
    },
  };
}
