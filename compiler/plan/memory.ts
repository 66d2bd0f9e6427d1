// Memory of a training step, part by part, and the largest micro-batch that fits (docs/plan.md has the formula).
import { isFused } from "../heads/index.js";
import type { Precision } from "../ir/precision.js";
import { contrasts, contrastsWholeBatch } from "../heads/pools.js";
import { optimizerRuleOf } from "../optimizers/index.js";
import { tokensOf } from "../spec/geometry.js";
import type { StageSpec } from "../spec/spec.js";
import { activationsOf } from "./activations.js";
import { countReached, countsOf, sharedCountsOf } from "./counts.js";

const float = 4;

/**
 * Average bytes per activation element. In bfloat16 only tensors that are read by nothing but products and GELU are
 * saved in 16 bits: in the programs that a test measures, as PyTorch gets them, 66 to 68% of the bytes that float32
 * takes on ONNX Runtime.
 */
export const activationBytes = { float32: float, tf32: float, bfloat16: 0.675 * float } satisfies Record<
  Precision,
  number
>;

/** Bytes per element of the low-precision copy of a weight, besides the weight itself. */
const copyBytes = { float32: 0, tf32: 0, bfloat16: 2 } satisfies Record<Precision, number>;

/** Bytes. */
export interface MemoryPlan {
  readonly precision: Precision;
  /** All parameters of the stage, and the new values of the trained ones, written beside the old. */
  readonly parameters: number;
  /** Gradients of the trained parameters; twice if gradients are accumulated over micro-batches. */
  readonly gradients: number;
  /** The optimizer's state for every trained parameter: two running means for AdamW. */
  readonly optimizer: number;
  /** Activations of the samples of a micro-batch, at the peak. */
  readonly activations: number;
  readonly total: number;
  /** Samples per micro-batch. */
  readonly micro: number;
  /** Additional bytes per sample. */
  readonly sample: number;
}

/** The largest micro-batch that fits. */
export interface FitPlan {
  readonly memory: number;
  /** Its samples; 0 if not even one fits. */
  readonly micro: number;
  /** Bytes of a step with such micro-batches, or with a single sample if none fits. */
  readonly total: number;
  /** Micro-batches smaller than the batch would need `cached: true`, which the stage does not set, for its global pool. */
  readonly needsCached: boolean;
}

/** Memory of a stage's training step with micro-batches of `micro` samples. */
export function memoryOf(stage: StageSpec, precision: Precision = "float32", micro = stage.micro): MemoryPlan {
  return memoryBy(stage, precision)(micro);
}

/**
 * The largest divisor of the batch whose step fits into `memory` bytes; `processes`: number that share the optimizer's
 * state.
 */
export function fitOf(stage: StageSpec, precision: Precision, memory: number, processes = 1): FitPlan {
  const at = memoryBy(stage, precision, processes);
  const fitting = divisorsOf(stage.batch).find((micro) => at(micro).total <= memory);
  const { total } = at(fitting ?? 1);
  const global = stage.learn.some(({ head }) => contrastsWholeBatch(head));
  const needsCached = global && !stage.cached && fitting !== undefined && fitting < stage.batch;
  return { memory, micro: fitting ?? 0, total, needsCached };
}

/** Memory as a function of the micro-batch: the parts that do not depend on it are counted once. */
function memoryBy(stage: StageSpec, precision: Precision, processes = 1): (micro: number) => MemoryPlan {
  const counts = countsOf(stage);
  const { kept, working, fixed } = activationsOf(stage);
  const bytes = activationBytes[precision];
  const sample = (kept + working) * bytes + inputBytes(stage);
  const parameters = float * (counts.all + counts.trained) + copyBytes[precision] * countReached(stage);
  const optimizer = stateBytes(stage, processes);
  return (micro) => {
    const gradients = float * counts.trained * (micro < stage.batch ? 2 : 1);
    const activations = micro * sample + fixed * bytes + poolBytes(stage, micro);
    const total = parameters + gradients + optimizer + activations;
    return { precision, parameters, gradients, optimizer, activations, total, micro, sample };
  };
}

/** Bytes of optimizer state in each of `processes` processes that share it. */
export function stateBytes(stage: StageSpec, processes: number): number {
  return optimizerRuleOf(stage.optimizer).state.length * float * sharedCountsOf(stage, processes).kept;
}

/** Divisors in descending order; for very large numbers only divisors up to a hundred thousand and their complements. */
function divisorsOf(count: number): number[] {
  const found = new Set<number>();
  for (let n = 1; n <= Math.min(Math.sqrt(count), 100_000); n += 1) if (count % n === 0) found.add(n).add(count / n);
  return [...found].sort((a, b) => b - a);
}

/** Pixels and token ids of one sample. */
function inputBytes({ model, data, learn }: StageSpec): number {
  const views = new Set(learn.flatMap(({ head }) => head.features.map(({ view }) => view)));
  const sees = model.image !== null && (views.has("image") || views.has("pair"));
  const pixels = sees && model.image !== null ? model.image.channels * model.image.size ** 2 : 0;
  const images = Math.max(1, ...data.map((set) => set.images));
  const words = Math.max(0, ...[...views].map((view) => tokensOf(model, view).text));
  return float * (pixels * images + 3 * words);
}

/** Scores of every image with every text and their cotangents; with `cached` also both sides' vectors of the whole batch. */
function poolBytes(stage: StageSpec, micro: number): number {
  return stage.learn.reduce((sum, { head }) => {
    if (!contrasts(head)) return sum;
    const branches = isFused(head) ? 2 : 1;
    const whole = contrastsWholeBatch(head) && (stage.cached || micro === stage.batch);
    const pool = whole ? stage.batch : micro;
    const vectors = stage.cached && micro < stage.batch ? 4 * stage.batch * stage.model.width : 0;
    return sum + float * branches * (4 * pool ** 2 + vectors);
  }, 0);
}
