// One engine on one backend: whether it starts, whether its numbers are right, and how fast its matrix products are.
import { parse, type Graph } from "../../compiler/index.js";
import type { EngineName } from "../engines/backends.js";
import { engines, type Engine } from "../engines/index.js";
import { systemReason } from "../errors/system-error.js";
import { VlmoError } from "../errors/vlmo-error.js";
import { float32, type Tensor } from "../tensor.js";

/** The finding about an engine on one of its backends. */
export interface Finding {
  readonly engine: EngineName;
  /** Null for an engine without backends. */
  readonly backend: string | null;
  readonly works: boolean;
  /** The version and device that run, or why it does not work. */
  readonly detail: string;
  /** A remedy; null where it works. */
  readonly help: string | null;
  /** Speed of a product of two square matrices of float32, in GFLOP/s; null where nothing runs. */
  readonly gflops: number | null;
}

/** The engine and backend to probe. */
export interface ProbeOptions {
  readonly engine: EngineName;
  readonly backend: string | null;
  readonly threads: number;
}

/** Matrices grow until a product takes this long or reaches the largest size. */
const LONG_ENOUGH_MS = 20;
const SMALLEST = 64;
const LARGEST = 2048;

/** Opens the engine, multiplies, and closes it. Rejects only for a bug in vlmo. */
export async function probe({ engine: name, backend, threads }: ProbeOptions): Promise<Finding> {
  const about = { engine: name, backend };
  try {
    const engine = await engines[name]({ threads, backend });
    try {
      const gflops = await speedOf(engine);
      if (gflops !== null) return { ...about, works: true, detail: engine.description, help: null, gflops };
      const detail = `${engine.description} computes wrong products`;
      return { ...about, works: false, detail, help: "use another engine, and report this", gflops: null };
    } finally {
      engine.dispose();
    }
  } catch (error) {
    return { ...about, works: false, ...reasonOf(error), gflops: null };
  }
}

function reasonOf(error: unknown): Pick<Finding, "detail" | "help"> {
  if (!(error instanceof VlmoError)) return { detail: systemReason(error), help: null };
  return { detail: error.message.replace(/^the engine `\w+` cannot be used here: /, ""), help: error.help };
}

/** The most GFLOP/s of products of growing size; null where their numbers are wrong. */
async function speedOf(engine: Engine): Promise<number | null> {
  let most = 0;
  for (let size = SMALLEST; ; size *= 2) {
    const milliseconds = await productOf(engine, size);
    if (milliseconds === null) return null;
    most = Math.max(most, (2 * size ** 3) / milliseconds / 1e6);
    if (milliseconds >= LONG_ENOUGH_MS || size >= LARGEST) return most;
  }
}

/** Milliseconds of the fastest of three products of matrices [size, size]; null where the result is wrong. */
async function productOf(engine: Engine, size: number): Promise<number | null> {
  const executable = await engine.load(productGraph(size));
  const [a, b] = [engine.create(rows(size)), engine.create(rows(size))];
  const given = new Map([["a", a], ["b", b]]); // prettier-ignore
  const wanted = await executable.run(given);
  const product = wanted.get("product");
  const right = product !== undefined && isRight(await engine.read(product), size);
  const times: number[] = [];
  for (let i = 0; right && i < 3; i++) {
    const start = performance.now();
    await executable.run(given, wanted);
    // Engines on other devices are done only when the result has been read.
    await engine.read(product);
    times.push(performance.now() - start);
  }
  [a, b, ...wanted.values()].forEach((handle) => engine.release(handle));
  executable.dispose();
  return right ? Math.min(...times) : null;
}

function productGraph(size: number): Graph {
  const type = `f32[${size},${size}]`;
  const parsed = parse(
    `graph "doctor.product"\n\ninput %0: ${type} batch "a"\ninput %1: ${type} batch "b"\n\n` +
      `%2: ${type} = matmul(%0, %1) {transA=false, transB=false, alpha=1}\n\noutput "product" = %2\n`,
  );
  if (!parsed.ok) throw new Error(`internal: ${parsed.problems.map(({ message }) => message).join("; ")}`);
  return parsed.graph;
}

/** Every row i holds (i mod 3) - 1, so that a product has the row sums of its second factor times that. */
function rows(size: number): Tensor {
  return float32(
    [size, size],
    Float32Array.from({ length: size ** 2 }, (_, i) => rowValue(Math.floor(i / size))),
  );
}

const rowValue = (row: number): number => (row % 3) - 1;

function isRight({ data }: Tensor, size: number): boolean {
  const sum = Array.from({ length: size }, (_, row) => rowValue(row)).reduce((total, value) => total + value, 0);
  return data.every((value, i) => value === rowValue(Math.floor(i / size)) * sum);
}
