// What all sessions through koffi share: the library, its one environment, native values of host arrays. Also session options.
import { isMainThread } from "node:worker_threads";
import { loadApi, type CApi, type Pointer } from "./c-api.js";
import { OrtError } from "./error.js";
import { textSettings, type HostArray, type SessionOptions } from "./ort-session.js";
import { createValues, type Values } from "./values.js";

const optimizationLevel = { disabled: 0, basic: 1, extended: 2, all: 99 } as const;
/** Log level: failures are returned as statuses, and need not appear on stderr as well. */
const fatalOnly = 4;
const errors = 3;
/** OrtArenaAllocator and OrtMemTypeDefault. */
const arenaMemory = [1, 0] as const;

/** The loaded library and its environment, which are never released. */
export interface Runtime {
  readonly api: CApi;
  readonly environment: Pointer;
  readonly allocator: Pointer;
  readonly values: Values;
}

let runtime: Runtime | undefined;

/** One environment for all sessions. It is never released, since it has to outlive everything else of ONNX Runtime. */
export function openRuntime(): Runtime {
  if (runtime !== undefined) return runtime;
  const api = loadApi();
  // Native code cannot call a logger of a thread that has ended; the main thread ends with the process.
  const environment = isMainThread
    ? api.out("CreateEnvWithCustomLogger", api.logger(listen), null, fatalOnly, "vlmo")
    : api.out("CreateEnv", fatalOnly, "vlmo");
  // Windows has tracing that no environment variable disables.
  api.call("DisableTelemetryEvents", environment);
  shareArena(api, environment);
  const allocator = api.out("GetAllocatorWithDefaultOptions");
  runtime = { api, environment, allocator, values: createValues(api) };
  return runtime;
}

/**
 * One arena for the intermediates of all sessions: sessions run one at a time, a stage has a program for each size of batch and
 * text, and arenas of their own would each keep their peak. It may exist already: the environment is shared by all threads.
 */
function shareArena(api: CApi, environment: Pointer): void {
  try {
    api.call("CreateAndRegisterAllocator", environment, api.out("CreateCpuMemoryInfo", ...arenaMemory), null);
  } catch (cause) {
    if (!(cause instanceof OrtError && cause.message.includes("already"))) throw cause;
  }
}

/** Frees the native value of an array that no run uses any more. */
export function forgetArray(array: HostArray): void {
  runtime?.values.forget(array);
}

/** GPU errors that were logged and not yet thrown. */
const refused: string[] = [];

function listen(message: string): void {
  const [, reason] = /^WebGPU device error\(\d+\): (.*)/.exec(message) ?? [];
  if (reason !== undefined) refused.push(reason);
}

/** Collects GPU errors that ONNX Runtime logs, for `expectNoRefusal`. */
export function watchGpu({ api, environment }: Runtime): void {
  api.call("UpdateEnvWithCustomLogLevel", environment, errors);
}

/**
 * Throws OrtError `engine/run-failed` for errors of the GPU, mostly out of memory. ONNX Runtime only logs them, and would
 * continue with results that were never written.
 */
export function expectNoRefusal(): void {
  const [first] = refused.splice(0);
  if (first === undefined) return;
  throw new OrtError("engine/run-failed", `the GPU refused: ${first}`, {
    remedy: "Use a smaller batch, or another backend.",
  });
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs GPU calls one at a time, after all earlier ones have settled: the WebGPU provider has one queue and one buffer pool for
 * all sessions of a process, and neither is thread-safe.
 */
export function inTurn<T>(work: () => Promise<T>): Promise<T> {
  const result = last.then(async () => {
    const value = await work();
    expectNoRefusal();
    return value;
  });
  last = result.catch(() => undefined);
  return result;
}

/** Releases something of a GPU once all earlier calls have settled. */
export function afterTurns(release: () => void): void {
  last = last.then(release);
}

/** Native session options; the caller releases them. */
export function createOptions(api: CApi, settings: SessionOptions): Pointer {
  const { threads, optimization, memoryPattern, arena, provider } = settings;
  const options = api.out("CreateSessionOptions");
  try {
    api.call("SetIntraOpNumThreads", options, threads);
    api.call("SetInterOpNumThreads", options, 1);
    api.call("SetSessionGraphOptimizationLevel", options, optimizationLevel[optimization]);
    api.call(memoryPattern ? "EnableMemPattern" : "DisableMemPattern", options);
    api.call(arena ? "EnableCpuMemArena" : "DisableCpuMemArena", options);
    if (arena) api.call("AddSessionConfigEntry", options, "session.use_env_allocators", "1");
    for (const [name, value] of Object.entries(textSettings(settings))) {
      api.call("AddSessionConfigEntry", options, name, value);
    }
    if (provider === "webgpu") appendWebgpu(api, options);
    return options;
  } catch (cause) {
    api.release("ReleaseSessionOptions", options);
    throw cause;
  }
}

/** ArgMax returns int64. */
const webgpuOptions = { enableInt64: "1" };

/** Selects the WebGPU provider, which opens the device at its first use. */
function appendWebgpu(api: CApi, options: Pointer): void {
  const [names, values] = [namesOf(api, Object.keys(webgpuOptions)), namesOf(api, Object.values(webgpuOptions))];
  const pairs = [names.pointers, values.pointers, names.pointers.length];
  api.call("SessionOptionsAppendExecutionProvider", options, "WebGPU", ...pairs);
}

/** C strings and the array of pointers to them, for `Run`. `memory` is the buffer they point into. */
export interface Names {
  readonly memory: Uint8Array;
  readonly pointers: BigUint64Array;
}

/** Valid as long as `memory` is referenced. */
export function namesOf(api: CApi, names: readonly string[]): Names {
  // A leading byte keeps the buffer from being empty: an empty one has no address.
  const memory = new TextEncoder().encode(["", ...names, ""].join("\0"));
  const base = api.address(memory);
  const pointers = new BigUint64Array(names.length);
  let start = 0;
  for (let i = 0; i < names.length; i++) {
    start = memory.indexOf(0, start) + 1;
    pointers[i] = base + BigInt(start);
  }
  return { memory, pointers };
}
