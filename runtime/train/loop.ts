// The training loop of one stage: batches in, steps on the learner, numbers out. Saving, evaluating and showing are its
// checkpointing's.
import type { StageSpec } from "../../compiler/index.js";
import { wholeOf, type Batch, type BatchSource } from "../data/index.js";
import type { Checkpointing } from "./checkpointing.js";
import type { Ranks } from "../engines/index.js";
import type { Learner, StepResult } from "./learner.js";
import type { Listener } from "./listener.js";
import { codes } from "../errors/codes.js";
import { vlmoError, type VlmoError } from "../errors/vlmo-error.js";
import { agreed } from "./ranks.js";
import { learningRate, type Course } from "./schedule.js";

/** What the steps of a stage need. */
export interface LoopOptions {
  readonly stage: StageSpec;
  readonly learner: Learner;
  readonly batches: BatchSource;
  readonly course: Course;
  /** Steps done before, 0 for a new stage. */
  readonly from: number;
  /** Steps to stop after where the stage is longer. */
  readonly until?: number;
  readonly signal: AbortSignal;
  readonly listener: Listener;
  /** Saves and evaluates between steps. */
  readonly checkpoints: Checkpointing;
  /** The processes that share each step; null: this one is alone. */
  readonly ranks: Ranks | null;
}

/** Steps of the loop that the rate and the time left are measured over. */
const window = 20;

/** Runs the steps that are left, or until the signal asks to stop; returns the steps done. */
export async function runSteps(options: LoopOptions): Promise<number> {
  const { stage, learner, batches, course, listener } = options;
  const times: number[] = [];
  const began = performance.now();
  const end = Math.min(course.total, options.until ?? course.total);
  for (let step = options.from; step < end; step++) {
    const started = performance.now();
    const read = await nextBatch(options, step);
    if (read === null) return step;
    const { batch, textsCut } = read;
    const dataSeconds = (performance.now() - started) / 1000;
    const lr = learningRate(stage.schedule, course, step);
    const result = await stepped(options, step, () => learner.step(wholeOf(batch), { step, lr }));
    if ([...result.losses.values()].some((loss) => !Number.isFinite(loss))) {
      throw notFinite(stage, result, { step, batch, lastGood: await options.checkpoints.lastGood(step) });
    }
    batches.recycle(batch);
    times.push((performance.now() - started) / 1000);
    // The first step loads its program, which is left out of the rate.
    if (times.length > window || step === options.from + 1) times.shift();
    const mean = times.reduce((a, b) => a + b, 0) / times.length;
    await listener.step({
      stage: stage.name,
      step: step + 1,
      steps: course.total,
      losses: result.losses,
      lr,
      gradientNorm: result.gradientNorm,
      seconds: (performance.now() - began) / 1000,
      itemsPerSecond: stage.batch / mean,
      dataSeconds,
      textsCut,
    });
    await options.checkpoints.between(step + 1, batch.next);
  }
  return end;
}

function stepped<T>({ ranks, checkpoints }: LoopOptions, step: number, take: () => Promise<T>): Promise<T> {
  return ranks === null ? take() : checkpoints.sharing(step, take);
}

/** A batch, and how many of its texts were cut on all processes. */
interface Read {
  readonly batch: Batch;
  readonly textsCut: number;
}

/** The batch of a step; null: the stage ends before it. */
async function nextBatch({ batches, checkpoints, signal, ranks }: LoopOptions, step: number): Promise<Read | null> {
  const ends = (): boolean => signal.aborted || checkpoints.isOver(step);
  if (ranks === null) {
    if (ends()) return null;
    const batch = await checkpoints.reading(step, () => batches.next());
    return { batch, textsCut: batch.counts.truncated };
  }
  const [own] = await Promise.allSettled([batches.next()]);
  const textsCut = own.status === "fulfilled" ? own.value.counts.truncated : 0;
  const brought = { ends: ends(), failed: own.status === "rejected", textsCut };
  const all = await checkpoints.sharing(step, () => agreed(ranks, brought));
  return checkpoints.reading(step, async () => {
    if (own.status === "rejected") throw own.reason;
    if (all.failed !== null) throw vlmoError("V907", { reason: "could not read its data" });
    return all.ends ? null : { batch: own.value, textsCut: all.textsCut };
  });
}

/** The context of a loss that is NaN. */
interface Occasion {
  readonly step: number;
  readonly batch: Batch;
  /** The checkpoint before the trouble. */
  readonly lastGood: string | null;
}

/** The error of a loss that is no number: it names the step, the items and the line of the objective. */
function notFinite(
  stage: StageSpec,
  { losses }: StepResult,
  { step, batch: { items }, lastGood }: Occasion,
): VlmoError {
  const bad = [...losses].filter(([, loss]) => !Number.isFinite(loss));
  const [head, loss] = bad.find(([name]) => name !== "total") ?? ["total", losses.get("total")];
  const objective = stage.learn.find((entry) => entry.head.name === head);
  const shown = items.slice(0, 8).join(", ") + (items.length > 8 ? `, … (${items.length} items)` : "");
  const holes = { stage: stage.name, head, loss: String(loss), step: step + 1, items: shown };
  const help =
    lastGood === null ? codes.V930.help : `${codes.V930.help}; the last good parameters are in \`${lastGood}\``;
  return vlmoError("V930", holes, { span: objective?.span ?? stage.span, help });
}
