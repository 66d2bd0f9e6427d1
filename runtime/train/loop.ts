// The training loop of one stage: batches in, steps on the learner, numbers out. Saving and evaluating are in checkpointing.ts.
import type { StageSpec } from "../../compiler/index.js";
import { wholeOf, type Batch, type BatchSource } from "../data/index.js";
import type { Checkpointing } from "./checkpointing.js";
import { feeding } from "../engines/backends.js";
import type { Engine } from "../engines/index.js";
import type { Learner } from "./learner.js";
import type { Listener } from "./listener.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { notFinite } from "./not-finite.js";
import { quietly } from "../quietly.js";
import { agreed } from "./ranks.js";
import { learningRate, type Course } from "./schedule.js";
import type { StepResult } from "./step-result.js";

/** What the steps of a stage need. */
export interface LoopOptions {
  readonly stage: StageSpec;
  readonly learner: Learner;
  readonly batches: BatchSource;
  readonly course: Course;
  /** Steps already done, 0 for a new stage. */
  readonly from: number;
  /** The number of steps to stop after, if the stage is longer. */
  readonly until?: number;
  readonly signal: AbortSignal;
  readonly listener: Listener;
  /** Saves and evaluates between steps. */
  readonly checkpoints: Checkpointing;
  readonly engine: Pick<Engine, "name" | "ranks">;
}

/** The rate and the remaining time are averaged over this many steps. */
const window = 20;

/** Runs the remaining steps until the end or the signal; returns the steps done. */
export async function runSteps(options: LoopOptions): Promise<number> {
  const { learner, course, checkpoints, engine, stage } = options;
  const { ahead } = feeding[engine.name];
  const under: Under[] = [];
  const finish = finisher(options);
  /** Waits until at most `left` steps are in flight. */
  const settle = async (left: number): Promise<void> => {
    for (let next = under[0]; next !== undefined && under.length > left; next = under[0]) {
      await finish(next);
      under.shift();
    }
  };
  /** If work fails, steps in flight finish before anything is saved. */
  const settled: Settled = async (work) => {
    await work.catch(() => settle(0));
    return () => work;
  };
  const end = Math.min(course.total, options.until ?? course.total);
  for (let step = options.from; step < end; step++) {
    const asked = performance.now();
    const read = await nextBatch(options, step, settled);
    if (read === null) {
      await settle(0);
      return step;
    }
    const got = performance.now();
    const lr = learningRate(stage.schedule, course, step);
    const { result } = await stepped(options, step, await settled(learner.submit(wholeOf(read.batch), { step, lr })));
    under.push({ step, read, lr, done: timed(result), asked, got });
    // The first step includes loading its program: it is waited for, to keep that time out of the next step's.
    await settle(read.rests || step === options.from ? 0 : ahead);
    if (read.rests) await checkpoints.between(step + 1);
  }
  await settle(0);
  return end;
}

type Settled = <T>(work: Promise<T>) => Promise<() => Promise<T>>;

/** A step in flight on the engine. */
interface Under {
  readonly step: number;
  readonly read: Read;
  readonly lr: number;
  readonly done: Promise<{ readonly result: StepResult; readonly at: number }>;
  /** When its batch was requested, and when it arrived. */
  readonly asked: number;
  readonly got: number;
}

/** A result, and when it arrived. */
function timed(result: Promise<StepResult>): Under["done"] {
  return quietly(result.then((each) => ({ result: each, at: performance.now() })));
}

/** Waits for a step and reports it. Throws V930 if a loss is not finite. */
function finisher(options: LoopOptions): (under: Under) => Promise<void> {
  const { stage, batches, course, listener, checkpoints, from } = options;
  const began = performance.now();
  const times: { readonly all: number; readonly waited: number }[] = [];
  let before = began;
  return async ({ step, read: { batch, textsCut }, lr, done, asked, got }) => {
    const { result, at } = await stepped(options, step, () => done);
    if ([...result.losses.values()].some((loss) => !Number.isFinite(loss))) {
      throw notFinite(stage, result, { step, batch, lastGood: await checkpoints.lastGood(step) });
    }
    batches.recycle(batch);
    checkpoints.passed(batch.next);
    // While the engine computed the step before, waiting for this batch cost nothing.
    const free = Math.max(asked, before);
    before = at;
    const dataSeconds = Math.max(0, got - free) / 1000;
    times.push({ all: (at - free) / 1000, waited: dataSeconds });
    // The first step includes loading its program: left out of the rate.
    if (times.length > window || step === from + 1) times.shift();
    const [all, waited] = [sumOf(times.map((time) => time.all)), sumOf(times.map((time) => time.waited))];
    await listener.step({
      stage: stage.name,
      step: step + 1,
      steps: course.total,
      losses: result.losses,
      lr,
      gradientNorm: result.gradientNorm,
      seconds: (at - began) / 1000,
      itemsPerSecond: (stage.batch * times.length) / all,
      dataSeconds,
      dataWait: all === 0 ? 0 : waited / all,
      textsCut,
    });
  };
}

function sumOf(numbers: readonly number[]): number {
  return numbers.reduce((sum, each) => sum + each, 0);
}

/** Takes a step; if other processes are gone by then, the steps done are saved. */
function stepped<T>({ engine, checkpoints }: LoopOptions, step: number, take: () => Promise<T>): Promise<T> {
  return engine.ranks === undefined ? take() : checkpoints.sharing(step, take);
}

/** A batch, the number of truncated texts on all processes, and whether any process saves or evaluates after the step. */
interface Read {
  readonly batch: Batch;
  readonly textsCut: number;
  readonly rests: boolean;
}

/** The batch of a step; null if the stage ends before it. */
async function nextBatch(
  { batches, checkpoints, signal, engine }: LoopOptions,
  step: number,
  settled: Settled,
): Promise<Read | null> {
  const ends = (): boolean => signal.aborted || checkpoints.isOver(step);
  const rests = checkpoints.rests(step + 1);
  const { ranks } = engine;
  if (ranks === undefined) {
    if (ends()) return null;
    const batch = await checkpoints.reading(step, await settled(batches.next()));
    return { batch, textsCut: batch.counts.truncated, rests };
  }
  const [own] = await Promise.allSettled([batches.next()]);
  const textsCut = own.status === "fulfilled" ? own.value.counts.truncated : 0;
  const brought = { ends: ends(), failed: own.status === "rejected", rests, textsCut };
  const all = await checkpoints.sharing(step, await settled(agreed(ranks, brought)));
  const take = async (): Promise<Read | null> => {
    if (own.status === "rejected") throw own.reason;
    if (all.failed !== null) throw vlmoError("V907", { reason: "could not read its data" });
    return all.ends ? null : { batch: own.value, textsCut: all.textsCut, rests: all.rests };
  };
  return checkpoints.reading(step, await settled(take()));
}
