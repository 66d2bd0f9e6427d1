// The order in which batches are read, steps queued on an engine and results awaited: one step ahead if the engine supports
// it, but never past a save, an evaluation, a stop or an error.
import { expect, test } from "vitest";
import type { Batch, BatchSource } from "../../../runtime/data/index.js";
import type { EngineName } from "../../../runtime/engines/backends.js";
import type { Checkpointing } from "../../../runtime/train/checkpointing.js";
import type { Learner } from "../../../runtime/train/learner.js";
import type { StepResult } from "../../../runtime/train/step-result.js";
import { silent } from "../../../runtime/train/listener.js";
import { runSteps } from "../../../runtime/train/loop.js";
import { specIn, stageOf } from "../../support/specs.js";

const stage = stageOf(
  specIn(`vlmo 1
model Tiny { layers: 1, width: 8, attention { heads: 1 }, image { size: 32px, patch: 16px }, experts { image: ffn(image) on all } }
data scenes: images { format: shapes, scenes: 8 }
head patches: masked_patches(image.patches) { mask: random(40%), targets: pixels }
stage only { model: Tiny, data: scenes, learn: patches, batch: 4, steps: 5, optimizer: adamw(lr: 1e-3) }
`),
  "only",
);

interface Course {
  readonly engine: EngineName;
  /** The number of steps after which a checkpoint is saved. */
  readonly rests?: number;
  /** The number of steps after which another rank saves a checkpoint. */
  readonly elsewhere?: number;
  /** The step with a NaN loss, and the one with unreadable data. */
  readonly nan?: number;
  readonly broken?: number;
  /** The step after which a stop is requested. */
  readonly stop?: number;
}

/** Events in order: `+2` queues step 2, `=2` reports its result, `save 2` saves after two steps. */
async function happened({ engine, rests, elsewhere, nan, broken, stop }: Course): Promise<string[]> {
  const log: string[] = [];
  const stopped = new AbortController();
  let read = 0;
  const batches = {
    next: async () => {
      if (read === broken) throw new Error("broken");
      return {
        tensors: new Map(),
        items: [],
        indices: [],
        numbers: [],
        counts: { items: 4, truncated: 0 },
        next: { epoch: 0, offset: ++read },
      };
    },
    recycle: () => undefined,
  };
  const learner = {
    submit: async (_: unknown, { step }: { step: number }) => {
      log.push(`+${step}`);
      const losses = new Map([["total", step === nan ? NaN : 1]]);
      return {
        result: new Promise<StepResult>((resolve) => setTimeout(() => resolve({ losses, gradientNorm: null }), 5)),
      };
    },
  };
  let position = 0;
  const checkpoints = {
    isOver: () => false,
    rests: (done: number) => done === rests,
    passed: ({ offset }: { offset: number }) => (position = offset),
    between: async (done: number) => void log.push(`save ${done} at ${position}`),
    reading: async (done: number, work: () => Promise<unknown>) => {
      try {
        return await work();
      } catch (error) {
        log.push(`save ${done} at ${position}`);
        throw error;
      }
    },
    sharing: (_: number, work: () => Promise<unknown>) => work(),
    lastGood: async () => null,
  };
  let asked = 0;
  const exchange = async (own: readonly number[]) => [[0, 0, Number(++asked === elsewhere), 0], [...own]];
  const ranks = { rank: 1, ranks: 2, exchange };
  const done = runSteps({
    stage,
    learner: learner as unknown as Learner, // the properties that the loop reads
    batches: batches as unknown as BatchSource & { next(): Promise<Batch> },
    checkpoints: checkpoints as unknown as Checkpointing,
    course: { total: 5, warmup: 0, lr: 1e-3 },
    from: 0,
    signal: stopped.signal,
    engine: { name: engine, ...(elsewhere !== undefined && { ranks }) },
    listener: {
      ...silent,
      step: ({ step }) => {
        log.push(`=${step - 1}`);
        if (step - 1 === stop) stopped.abort();
      },
    },
  });
  log.push(await done.then((steps) => `done ${steps}`, (error: Error & { code?: string }) => error.code ?? error.message)); // prettier-ignore
  return log;
}

test.each<Course & { readonly title: string; readonly log: string }>([
  { title: "sequentially", engine: "ort", log: "+0 =0 +1 =1 +2 =2 +3 =3 +4 =4 done 5" },
  { title: "one step ahead, after the first", engine: "torch", log: "+0 =0 +1 +2 =1 +3 =2 +4 =3 =4 done 5" },
  {
    title: "not past a save",
    engine: "torch",
    rests: 3,
    log: "+0 =0 +1 +2 =1 =2 save 3 at 3 +3 +4 =3 =4 done 5",
  },
  {
    title: "not past a save of another rank",
    engine: "torch",
    elsewhere: 3,
    log: "+0 =0 +1 +2 =1 =2 save 3 at 3 +3 +4 =3 =4 done 5",
  },
  { title: "pending steps end before a stop", engine: "torch", stop: 1, log: "+0 =0 +1 +2 =1 =2 done 3" },
  { title: "a stop without pending steps", engine: "ort", stop: 1, log: "+0 =0 +1 =1 done 2" },
  { title: "a NaN loss", engine: "torch", nan: 2, log: "+0 =0 +1 +2 =1 +3 V930" },
  {
    title: "a NaN loss in the pending step when data fail",
    engine: "torch",
    nan: 2,
    broken: 3,
    log: "+0 =0 +1 +2 =1 V930",
  },
  {
    title: "failing data: all earlier steps are saved",
    engine: "torch",
    broken: 3,
    log: "+0 =0 +1 +2 =1 =2 save 3 at 3 broken",
  },
])("$title: $engine", async ({ log, ...course }) => {
  expect((await happened(course)).join(" ")).toBe(log);
});
