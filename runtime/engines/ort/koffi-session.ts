// A session on the C API: our arrays are fed and written in place, and loading and running happen on a worker thread.
// Holds native memory; `release` frees it.
import { loadApi, type CApi, type Pointer, type StatusCall } from "./c-api.js";
import { OrtError, releasedError } from "./error.js";
import { textSettings, type HostArray, type OrtSession, type SessionOptions } from "./ort-session.js";
import { matchFeeds, port, type Feeds, type Port, type Signature } from "./signature.js";
import { createValues, type Values } from "./values.js";

const optimizationLevel = { disabled: 0, basic: 1, extended: 2, all: 99 } as const;
/** Failures come back as statuses; ONNX Runtime need not write them to stderr as well. */
const fatalOnly = 4;
/** OrtArenaAllocator and OrtMemTypeDefault. */
const arenaMemory = [1, 0] as const;

interface Runtime {
  readonly api: CApi;
  readonly environment: Pointer;
  readonly allocator: Pointer;
  readonly values: Values;
}

let runtime: Runtime | undefined;

export { setVariable } from "./c-api.js";

/** Loads the library. Throws OrtError `engine/library-missing`. */
export function koffiVersion(): string {
  return loadApi().version;
}

/** One environment for all sessions. It is never released: ONNX Runtime wants it to outlive everything else. */
function openRuntime(): Runtime {
  if (runtime !== undefined) return runtime;
  const api = loadApi();
  const environment = api.out("CreateEnv", fatalOnly, "vlmo");
  // For Windows, whose traces no variable forbids.
  api.call("DisableTelemetryEvents", environment);
  shareArena(api, environment);
  const allocator = api.out("GetAllocatorWithDefaultOptions");
  runtime = { api, environment, allocator, values: createValues(api) };
  return runtime;
}

/**
 * One arena for the intermediates of all sessions, which run one after the other: a stage has a program for each size of
 * batch and text, and each would keep its own peak. The environment is the process's: another thread may have done it.
 */
function shareArena(api: CApi, environment: Pointer): void {
  try {
    api.call("CreateAndRegisterAllocator", environment, api.out("CreateCpuMemoryInfo", ...arenaMemory), null);
  } catch (cause) {
    if (!(cause instanceof OrtError && cause.message.includes("already"))) throw cause;
  }
}

/** Frees what was made natively for an array that no run needs any more. */
export function forgetArray(array: HostArray): void {
  runtime?.values.forget(array);
}

/**
 * Loads a serialized ONNX model without blocking.
 * Rejects with OrtError `engine/library-missing` (before anything else is tried) or `engine/model-rejected`.
 */
export async function createKoffiSession(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
  const shared = openRuntime();
  const { api, environment } = shared;
  const settings = createOptions(api, options);
  const result = new BigUint64Array(1);
  try {
    await api.callAsync("CreateSessionFromArray", environment, model, model.byteLength, settings, result);
  } finally {
    api.release("ReleaseSessionOptions", settings);
  }
  const session = result[0] ?? 0n;
  try {
    return new KoffiSession(shared, session, readSignature(shared, session));
  } catch (cause) {
    api.release("ReleaseSession", session);
    throw cause;
  }
}

function createOptions(api: CApi, settings: SessionOptions): Pointer {
  const { threads, optimization, memoryPattern, arena } = settings;
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
    return options;
  } catch (cause) {
    api.release("ReleaseSessionOptions", options);
    throw cause;
  }
}

class KoffiSession implements OrtSession {
  readonly kind = "koffi";
  readonly version: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly #runtime: Runtime;
  readonly #signature: Signature;
  readonly #inputNames: Names;
  readonly #outputNames: Names;
  /** The arrays of the runs under way: native code works in their memory, so they must not be collected. */
  readonly #underWay = new Set<Feeds>();
  #session: Pointer | undefined;
  #released = false;

  constructor(shared: Runtime, session: Pointer, signature: Signature) {
    this.#runtime = shared;
    this.#session = session;
    this.#signature = signature;
    this.version = shared.api.version;
    this.inputs = signature.inputs.map(({ name }) => name);
    this.outputs = signature.outputs.map(({ name }) => name);
    this.#inputNames = namesOf(shared.api, this.inputs);
    this.#outputNames = namesOf(shared.api, this.outputs);
  }

  async run(inputs: ReadonlyMap<string, HostArray>, outputs: ReadonlyMap<string, HostArray>): Promise<void> {
    const session = this.#session;
    if (this.#released || session === undefined) throw releasedError();
    const { api, values } = this.#runtime;
    const feeds = matchFeeds(this.#signature, inputs, outputs);
    const given = BigUint64Array.from(feeds.inputs, values.of);
    const wanted = BigUint64Array.from(feeds.outputs, values.of);
    const wantedNames = BigUint64Array.from(feeds.outputPorts, (i) => this.#outputNames.pointers[i] ?? 0n);
    this.#underWay.add(feeds);
    try {
      const { pointers } = this.#inputNames;
      await api.callAsync("Run", ...[session, null, pointers, given, given.length, wantedNames, wanted.length, wanted]);
    } finally {
      this.#underWay.delete(feeds);
      if (this.#released) this.#free();
    }
  }

  release(): void {
    this.#released = true;
    this.#free();
  }

  #free(): void {
    if (this.#underWay.size > 0 || this.#session === undefined) return;
    this.#runtime.api.release("ReleaseSession", this.#session);
    this.#session = undefined;
  }
}

/** C strings, and the array of pointers to them that `Run` wants. `memory` is what they point into. */
interface Names {
  readonly memory: Uint8Array;
  readonly pointers: BigUint64Array;
}

function namesOf(api: CApi, names: readonly string[]): Names {
  // A leading byte keeps the memory from being empty, which has no address.
  const memory = new TextEncoder().encode(["", ...names, ""].join("\0"));
  const base = api.address(memory);
  const starts = [...memory].flatMap((byte, i) => (byte === 0 ? [base + BigInt(i + 1)] : []));
  return { memory, pointers: BigUint64Array.from(names.map((_, i) => starts[i] ?? 0n)) };
}

function readSignature(shared: Runtime, session: Pointer): Signature {
  const read = (count: StatusCall, name: StatusCall, type: StatusCall): Port[] =>
    Array.from({ length: Number(shared.api.out(count, session)) }, (_, i) =>
      readPort(shared, readName(shared, name, session, i), shared.api.out(type, session, i)),
    );
  return {
    inputs: read("SessionGetInputCount", "SessionGetInputName", "SessionGetInputTypeInfo"),
    outputs: read("SessionGetOutputCount", "SessionGetOutputName", "SessionGetOutputTypeInfo"),
  };
}

function readName({ api, allocator }: Runtime, call: StatusCall, session: Pointer, index: number): string {
  const text = api.out(call, session, index, allocator);
  try {
    return api.text(text);
  } finally {
    api.call("AllocatorFree", allocator, text);
  }
}

/** Reads and releases a type info. */
function readPort({ api }: Runtime, name: string, typeInfo: Pointer): Port {
  try {
    const tensor = api.out("CastTypeInfoToTensorInfo", typeInfo);
    if (tensor === 0n) return port(name, "not a tensor", []);
    const elementType = new Int32Array(1);
    api.call("GetTensorElementType", tensor, elementType);
    const dimensions = new BigInt64Array(Number(api.out("GetDimensionsCount", tensor)));
    if (dimensions.length > 0) api.call("GetDimensions", tensor, dimensions, dimensions.length);
    return port(name, elementType[0] ?? 0, Array.from(dimensions, Number));
  } finally {
    api.release("ReleaseTypeInfo", typeInfo);
  }
}
