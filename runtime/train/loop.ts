// The training loop of one stage: batches in, steps on the learner, numbers out. Saving, evaluating and showing are its
// keeper's.
import type { StageSpec } from "../../compiler/index.js";
import type { Batch, BatchSource } from "../data/index.js";
import type { Keeper } from "./keeper.js";
import type { Learner, Piece, StepResult } from "./learner.js";
import type { Listener } from "./listener.js";
import { runError } from "./run-error.js";
import { learningRate, type Course } from "./schedule.js";

export interface LoopOptions {
  readonly stage: StageSpec;
  readonly learner: Learner;
  readonly batches: BatchSource;
  readonly course: Course;
  /** Steps done before, 0 for a fresh stage. */
  readonly from: number;
  /** Steps to end after where the course goes on longer. */
  readonly until?: number;
  readonly signal: AbortSignal;
  readonly listener: Listener;
  /** Saves and evaluates between steps. */
  readonly keeper: Keeper;
}

/** Steps of the loop that the rate and the time left are measured over. */
const window = 20;

/** Runs the steps that are left, or until the signal asks to stop; returns the steps done. */
export async function runSteps(options: LoopOptions): Promise<number> {
  const { stage, learner, batches, course, listener, signal } = options;
  const pieces = stage.batch / stage.micro;
  const times: number[] = [];
  const began = performance.now();
  const end = Math.min(course.total, options.until ?? course.total);
  for (let step = options.from; step < end; step++) {
    if (signal.aborted) return step;
    const started = performance.now();
    const group = await collect(batches, pieces);
    const lr = learningRate(stage.schedule, course, step);
    const result = await learner.step(group.map(pieceOf), { step, lr });
    checkFinite(stage, result, { step, group });
    times.push((performance.now() - started) / 1000);
    if (times.length > window) times.shift();
    const mean = times.reduce((a, b) => a + b, 0) / times.length;
    listener.step({
      stage: stage.name,
      step: step + 1,
      steps: course.total,
      losses: result.losses,
      lr,
      gradientNorm: result.gradientNorm,
      seconds: (performance.now() - began) / 1000,
      itemsPerSecond: stage.batch / mean,
    });
    const last = group.at(-1);
    if (last !== undefined) await options.keeper.between(step + 1, last.next);
  }
  return end;
}

async function collect(batches: BatchSource, pieces: number): Promise<Batch[]> {
  const group: Batch[] = [];
  while (group.length < pieces) group.push(await batches.next());
  return group;
}

function pieceOf({ tensors, counts }: Batch): Piece {
  return { tensors, items: counts.items };
}

/** Stops a run whose loss is no number, naming the step, the items and the line of the objective. */
function checkFinite(
  stage: StageSpec,
  { losses }: StepResult,
  { step, group }: { step: number; group: readonly Batch[] },
): void {
  const bad = [...losses].find(([, loss]) => !Number.isFinite(loss));
  if (bad === undefined) return;
  const [name, loss] = [...losses].find(([head, value]) => head !== "total" && !Number.isFinite(value)) ?? bad;
  const objective = stage.learn.find(({ head }) => head.name === name);
  const items = group.flatMap((batch) => batch.items);
  const shown = items.slice(0, 8).join(", ") + (items.length > 8 ? `, … (${items.length} items)` : "");
  const holes = { stage: stage.name, head: name, loss: String(loss), step: step + 1, items: shown };
  throw runError("V930", holes, objective?.span ?? stage.span);
}
