// One stage of a run: prepares its parameters and data, runs its steps, saves and evaluates the results.
import { z } from "zod";
import { counted } from "../../grammar/index.js";
import { parametersOf, sizeOf, type StageSpec } from "../../compiler/index.js";
import { readCheckpoint, savedVocabulary, type Checkpoint, type Manifest } from "../checkpoint/index.js";
import {
  openImages,
  trainingBatches,
  type BatchSource,
  type DataSet,
  type ImageLoader,
  type Position,
  recordsOf,
} from "../data/index.js";
import { needsOfStage, onErrorOf } from "../data/stage-data.js";
import type { Tensor } from "../tensor.js";
import { feeding } from "../engines/backends.js";
import { startParameters } from "./initialize.js";
import type { Checkpointing } from "./checkpointing.js";
import { Learner } from "./learner.js";
import type { StageStart } from "./listener.js";
import { logging } from "./step-log.js";
import { runSteps } from "./loop.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { latestOf, rewindLog, soundOf } from "./run-folder.js";
import { changedFiles, expectSamePrecision, expectSameRun } from "./same-run.js";
import { courseOf, isDueIn, type Course } from "./schedule.js";
import { checkpointingOf } from "./shared-checkpointing.js";
import { bestText, hasWaited, type BestSoFar } from "./score.js";
import type { Run } from "./run.js";
import { expectPredecessor, resuming, takenOver } from "./beginning.js";
import { asFirst, expectSameStart, isFirst, ownOf, together } from "./ranks.js";

/** Trains one stage, resumes it, or finds it finished. */
export async function trainStage(run: Run, stage: StageSpec): Promise<{ done: boolean; checkpoint: string }> {
  const before = await soundOf(run.folder, { stage: stage.name, use: "train" }, ({ folder, reason }) =>
    run.listener.noticed(`skipped ${folder}: ${reason.message}`),
  );
  if (before !== undefined) {
    const [dataSet, tokenizer] = [await run.data.ofStage(stage), run.tokenizers.get(stage.name) ?? null];
    const course = courseOf(stage, Math.floor(recordsOf(dataSet) / stage.batch));
    const trained = { ...before, vocabulary: await savedVocabulary(before) };
    expectSameRun(trained, { stage, dataSet, tokenizer, course });
    // A stage stopped during its final evaluation has done all steps, but is not finished.
    const { finished, step } = before.manifest;
    const ended = step >= course.total || hasWaited(before.manifest.best, stage);
    if (finished && ended) return { done: true, checkpoint: before.folder };
    expectSamePrecision(before, stage, run.engine.precision);
    await expectNoSuccessor(run, stage, before.manifest);
    for (const name of changedFiles(trained, dataSet)) run.listener.noticed(filesNotice(stage, name));
  }
  if (isFirst(run.engine)) await rewindLog(run.folder, stage.name, before?.manifest.step ?? null);
  const resumed = before === undefined ? null : await readCheckpoint(before.folder, { verify: false });
  const images = openImages(run.workers);
  try {
    return await runStage(run, stage, resumed, images);
  } finally {
    await images.close();
  }
}

interface Ended {
  readonly done: number;
  readonly course: Course;
  readonly best: BestSoFar;
}

/** `stage vision ends after step 60 of 200: 3 validations without a better accuracy(label), which was best at step 30`. */
function earlyNotice({ name, validate }: StageSpec, { done, course: { total }, best }: Ended): string {
  const by = validate?.best ?? null;
  const better = `better ${by === null ? "validation" : bestText(by)}`;
  const waited = counted(best?.since ?? 0, "validation");
  return `stage ${name} ends after step ${done} of ${total}: ${waited} without a ${better}, which was best at step ${best?.step ?? 0}`;
}

function filesNotice({ name }: StageSpec, data: string): string {
  return `stage ${name}: files of the data \`${data}\` have changed since it was stopped; it continues with the files as they are`;
}

/**
 * Throws V931 if a finished stage is made longer although another stage has been trained from it, which would then come from
 * other parameters.
 */
async function expectNoSuccessor({ spec, folder }: Run, stage: StageSpec, { step, course }: Manifest): Promise<void> {
  if (course === null || step < course.total) return;
  for (const next of spec.stages.values()) {
    const isNext = next.from.kind === "stage" && next.from.name === stage.name;
    if (!isNext || (await latestOf(folder, next.name)) === undefined) continue;
    const changed = `it was finished with ${step} steps, and \`${next.name}\` has been trained from it`;
    const help = `start a new run with another --out, or remove the checkpoints of \`${next.name}\` to train it again`;
    throw vlmoError("V931", { stage: stage.name, changed }, { span: stage.span, help });
  }
}

/** A stage ready to run. */
interface Ready {
  readonly stage: StageSpec;
  readonly learner: Learner;
  readonly dataSet: DataSet;
  readonly batches: BatchSource;
  readonly course: Course;
  readonly from: number;
  readonly checkpoints: Checkpointing;
}

async function runStage(
  run: Run,
  stage: StageSpec,
  resumed: Checkpoint | null,
  images: ImageLoader,
): Promise<{ done: boolean; checkpoint: string }> {
  const drawing = new AbortController();
  try {
    return await runReady(run, stage, await makeReady(run, stage, { resumed, images, drawing: drawing.signal }));
  } finally {
    // If the stage fails before its first step, threads may still be drawing its parameters.
    drawing.abort();
  }
}

async function runReady(run: Run, stage: StageSpec, ready: Ready): Promise<{ done: boolean; checkpoint: string }> {
  const { learner, batches, course, from, checkpoints, dataSet } = ready;
  const began = performance.now();
  const cuts = { cut: 0, read: 0 };
  try {
    await together(run.engine);
    await checkpoints.begin(from);
    const log = logging(run, stage, cuts);
    const done = await runSteps({
      stage,
      learner,
      // If a step's line cannot be logged, no step follows, and the steps done are saved before the error is reported.
      batches: { ...batches, next: () => log.written().then(() => batches.next()) },
      course,
      from,
      checkpoints,
      engine: run.engine,
      signal: run.signal,
      listener: log.listener,
    });
    await checkpoints.reading(done, log.written);
    const evaluated = checkpoints.isOver(done) && (await checkpoints.evaluate(done));
    const checkpoint = await checkpoints.save(done, evaluated);
    const finished = await asFirst(run.engine, evaluated);
    const early = finished && done < course.total;
    if (early) run.listener.noticed(earlyNotice(stage, { done, course, best: checkpoints.best() }));
    const seconds = (performance.now() - began) / 1000;
    const skipped = [...batches.skipped(), ...skippedRecords(dataSet)];
    const line = { kind: "stage_end", stage: stage.name, step: done, seconds, checkpoint, skipped: skipped.length };
    await checkpoints.reading(done, async () => run.folder.log({ ...line, finished, ...(early && { early }) }));
    run.listener.stageEnd({ stage: stage.name, steps: done, early, seconds, checkpoint, skipped, textsCut: cuts });
    return { done: finished, checkpoint };
  } finally {
    await batches.close();
    learner.dispose();
  }
}

/** The checkpoint that a stage resumes from, the loader of its images, and the signal that stops drawing its parameters. */
interface Means {
  readonly resumed: Checkpoint | null;
  readonly images: ImageLoader;
  readonly drawing: AbortSignal;
}

/** Puts parameters on the engine and opens the data at the right position. */
async function makeReady(run: Run, stage: StageSpec, { resumed, images, drawing }: Means): Promise<Ready> {
  run.listener.preparing(`stage ${stage.name}`);
  const specs = parametersOf(stage.model, stage.heads);
  await expectPredecessor(run, stage);
  const { handed, provenance } = resumed === null ? await takenOver(run, stage) : resuming(resumed);
  const start = handed === null ? null : await startParameters(stage, specs, handed, drawing);
  const tokenizer = run.tokenizers.get(stage.name) ?? null;
  const parameters = start?.parameters ?? resumed?.parameters ?? new Map<string, Tensor>();
  const { from, position } = whereToBegin(resumed);
  const state = resumed?.optimizer ?? null;
  await expectSameStart(run.engine, stage, { from, parameters, state });
  const learner = new Learner(run.engine, stage, { parameters, state, shards: run.shardOptimizer === true });
  const dataSet = await run.data.ofStage(stage);
  const onError = onErrorOf(stage);
  const needs = needsOfStage(stage, tokenizer, feeding[run.engine.name].pixels);
  const batches = trainingBatches(
    {
      dataSet,
      needs,
      batch: stage.batch,
      ...ownOf(stage, run.engine),
      seed: stage.seed,
      onError,
      loader: images,
      ...aheadOf(stage),
    },
    position,
  );
  const perEpoch = Math.floor(recordsOf(dataSet) / stage.batch);
  const course = courseOf(stage, perEpoch);
  await announce(run, stage, { from, steps: course.total, beginnings: start?.beginnings ?? new Map() });
  const checkpoints = checkpointingOf(run, stage, {
    learner,
    dataSet,
    tokenizer,
    images,
    course,
    earlier: provenance,
    resumed: resumed?.manifest ?? null,
    from,
    position,
    isDue: isDueIn(stage, course, perEpoch),
  });
  return { stage, learner, dataSet, batches, course, from, checkpoints };
}

/** Batches split into micro-batches are large: prefetch one at a time. */
function aheadOf({ batch, micro }: StageSpec): { prefetch?: number } {
  return micro < batch ? { prefetch: 1 } : {};
}

/** The position of the next step's data, as `checkpointing.ts` writes it. */
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
  await run.notes.begin();
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
