// Newly initialised parameters. The values of a parameter depend on the seed and its name alone, so that large models can be
// initialised on all cores.
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import { sizeOf, type Initial, type ParameterSpec } from "../../compiler/index.js";
import { largestNormal, stream, type RandomStream } from "../random.js";
import { float32, type Tensor } from "../tensor.js";
import { inTurns, stepsTo } from "../turns.js";

/** A parameter to initialise, as plain data for a thread. */
export type Drawing = Pick<ParameterSpec, "name" | "shape" | "initial">;

/** Shared by the threads: each takes the next drawing until none is left. */
export interface DrawWork {
  readonly drawings: readonly Drawing[];
  readonly seed: number;
  /** The index of the next drawing. */
  readonly next: Int32Array<SharedArrayBuffer>;
}

/** What a thread sends for each of its drawings. */
export interface Drawn {
  readonly name: string;
  readonly tensor: Tensor;
}

/** How parameters are drawn. */
export interface DrawOptions {
  /** The most threads (default: the cores), and the number of elements from which they are used (default 2^22). */
  readonly threads?: number;
  readonly threadsFrom?: number;
  /** The script of a thread; default `draw-worker.js` beside this file. */
  readonly script?: string;
  readonly signal?: AbortSignal | undefined;
}

/** Elements below which starting threads takes longer than it saves. */
const WORTH_THREADS = 2 ** 22;

/**
 * The initial values of parameters by name: the same whatever else is drawn, and on any number of threads. Where `signal`
 * aborts, the threads end and the promise rejects with its reason.
 */
export async function drawAll(
  drawings: readonly Drawing[],
  seed: number,
  {
    threads = availableParallelism(),
    threadsFrom = WORTH_THREADS,
    script = join(import.meta.dirname, "draw-worker.js"),
    signal = new AbortController().signal,
  }: DrawOptions = {},
): Promise<Map<string, Tensor>> {
  const drawn = new Map<string, Tensor>();
  const random = drawings.filter(({ initial }) => initial.kind !== "constant");
  const numbers = random.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  if (threads > 1 && numbers >= threadsFrom) {
    const largestFirst = random.sort((a, b) => sizeOf(b.shape) - sizeOf(a.shape));
    const work = { drawings: largestFirst, seed, next: new Int32Array(new SharedArrayBuffer(4)) };
    await Promise.all(Array.from({ length: threads }, () => drawOnThread({ script, work, signal }, drawn)));
  }
  // What the threads have not drawn: constants, small models, and the parameter at which a thread died.
  for (const drawing of drawings) {
    signal.throwIfAborted();
    if (!drawn.has(drawing.name)) drawn.set(drawing.name, await draw(drawing, seed));
  }
  return drawn;
}

/** The start of a thread, and the signal that ends it. */
interface Thread {
  readonly script: string;
  readonly work: DrawWork;
  readonly signal: AbortSignal;
}

/** A thread that draws until nothing is left, or dies. It asks nothing of this one, which may be busy building programs. */
function drawOnThread({ script, work, signal }: Thread, into: Map<string, Tensor>): Promise<void> {
  if (signal.aborted) return Promise.resolve();
  const worker = new Worker(script, { workerData: work });
  const end = (): void => {
    worker.terminate().catch(() => undefined);
  };
  signal.addEventListener("abort", end);
  worker.on("message", ({ name, tensor }: Drawn) => into.set(name, tensor));
  return new Promise<void>((resolve) => worker.on("error", () => resolve()).on("exit", () => resolve())).finally(() =>
    signal.removeEventListener("abort", end),
  );
}

/** `drawAll` on this thread. */
export async function drawHere(drawings: readonly Drawing[], seed: number): Promise<Map<string, Tensor>> {
  const drawn = new Map<string, Tensor>();
  for (const drawing of drawings) drawn.set(drawing.name, await draw(drawing, seed));
  return drawn;
}

/** A parameter's initial values, drawn on this thread. */
export async function draw({ name, shape, initial }: Drawing, seed: number): Promise<Tensor> {
  const data = new Float32Array(sizeOf(shape));
  await fill(data, initial, stream(seed, "initial", name));
  return float32(shape, data);
}

async function fill(data: Float32Array, initial: Initial, random: RandomStream): Promise<void> {
  switch (initial.kind) {
    case "constant":
      data.fill(initial.value);
      return;
    case "uniform":
      for await (const part of partsOf(data)) {
        for (let i = 0; i < part.length; i++) part[i] = (2 * random.uniform() - 1) * initial.bound;
      }
      return;
    case "normal":
      for await (const part of partsOf(data)) scale(random.fillNormal(part), initial.std);
      return;
    case "truncated":
      for await (const part of partsOf(data)) scale(random.fillNormal(part), initial.std);
      if (initial.std * largestNormal <= CUT) return;
      for await (const part of partsOf(data)) truncate(part, () => random.normal() * initial.std);
  }
}

function scale(part: Float32Array, factor: number): void {
  for (let i = 0; i < part.length; i++) part[i] = (part[i] ?? 0) * factor;
}

/** Truncated at ±2 whatever the standard deviation, as PyTorch's `trunc_normal_` does by default. */
const CUT = 2;

/** Draws again what lies outside. */
function truncate(part: Float32Array, draw: () => number): void {
  for (let i = 0; i < part.length; i++) while (Math.abs(part[i] ?? 0) > CUT) part[i] = draw();
}

/** An array in chunks, yielding to other tasks between them: a word embedding takes seconds to draw. */
async function* partsOf(data: Float32Array): AsyncGenerator<Float32Array> {
  for await (const begin of inTurns(stepsTo(data.length, PART))) yield data.subarray(begin, begin + PART);
}

const PART = 2 ** 14;
