// The part of ONNX Runtime's C API that sessions need, called through koffi: a table of slots, and four functions to call them.
// The slots are those of `OrtApi` in the public header onnxruntime_c_api.h, which only ever appends to them. Every status is
// checked and released here; callers release the native objects they create.
import { isMainThread } from "node:worker_threads";
import koffi, { type LibraryHandle } from "koffi";
import { OrtError, type OrtErrorCode } from "./error.js";
import { libraryPath } from "./library.js";

/** A native pointer. A typed array may be passed for one: the callee gets its memory, in place. */
export type Pointer = bigint;
/** An argument that koffi passes unchanged. */
export type Argument = Pointer | number | string | null | ArrayBufferView;

type Slot = readonly [slot: number, parameters: readonly string[]];

const pointer = "void *";
const size = "size_t";

/** Functions that return an OrtStatus (null on success). */
const statusSlots = {
  CreateEnv: [3, ["int", "str", pointer]],
  CreateEnvWithCustomLogger: [4, [pointer, pointer, "int", "str", pointer]],
  DisableTelemetryEvents: [6, [pointer]],
  CreateSessionFromArray: [8, [pointer, pointer, size, pointer, pointer]],
  Run: [9, [pointer, pointer, pointer, pointer, size, pointer, size, pointer]],
  CreateSessionOptions: [10, [pointer]],
  EnableMemPattern: [16, [pointer]],
  DisableMemPattern: [17, [pointer]],
  EnableCpuMemArena: [18, [pointer]],
  DisableCpuMemArena: [19, [pointer]],
  SetSessionGraphOptimizationLevel: [23, [pointer, "int"]],
  SetIntraOpNumThreads: [24, [pointer, "int"]],
  SetInterOpNumThreads: [25, [pointer, "int"]],
  SessionGetInputCount: [30, [pointer, pointer]],
  SessionGetOutputCount: [31, [pointer, pointer]],
  SessionGetInputTypeInfo: [33, [pointer, size, pointer]],
  SessionGetOutputTypeInfo: [34, [pointer, size, pointer]],
  SessionGetInputName: [36, [pointer, size, pointer, pointer]],
  SessionGetOutputName: [37, [pointer, size, pointer, pointer]],
  CreateTensorAsOrtValue: [48, [pointer, pointer, size, "int", pointer]],
  CreateTensorWithDataAsOrtValue: [49, [pointer, pointer, size, pointer, size, "int", pointer]],
  CastTypeInfoToTensorInfo: [55, [pointer, pointer]],
  GetTensorElementType: [60, [pointer, pointer]],
  GetDimensionsCount: [61, [pointer, pointer]],
  GetDimensions: [62, [pointer, pointer, size]],
  CreateMemoryInfo: [68, ["str", "int", "int", "int", pointer]],
  CreateCpuMemoryInfo: [69, ["int", "int", pointer]],
  AllocatorFree: [76, [pointer, pointer]],
  GetAllocatorWithDefaultOptions: [78, [pointer]],
  AddSessionConfigEntry: [130, [pointer, "str", "str"]],
  CreateAllocator: [131, [pointer, pointer, pointer]],
  CreateAndRegisterAllocator: [144, [pointer, pointer, pointer]],
  SessionOptionsAppendExecutionProvider: [216, [pointer, "str", pointer, pointer, size]],
  UpdateEnvWithCustomLogLevel: [226, [pointer, "int"]],
  CopyTensors: [386, [pointer, pointer, pointer, pointer, size]],
} as const satisfies Record<string, Slot>;

/** Functions that return nothing and cannot fail. */
const releaseSlots = {
  ReleaseStatus: [93, [pointer]],
  ReleaseSession: [95, [pointer]],
  ReleaseValue: [96, [pointer]],
  ReleaseTypeInfo: [98, [pointer]],
  ReleaseSessionOptions: [100, [pointer]],
} as const satisfies Record<string, Slot>;

const getErrorCodeSlot: Slot = [1, [pointer]];
const getErrorMessageSlot: Slot = [2, [pointer]];

/** The oldest version of the table that has every slot above; newer libraries still provide it. */
const apiVersion = 23;

const statusNames = [
  "OK",
  "FAIL",
  "INVALID_ARGUMENT",
  "NO_SUCHFILE",
  "NO_MODEL",
  "ENGINE_ERROR",
  "RUNTIME_EXCEPTION",
  "INVALID_PROTOBUF",
  "MODEL_LOADED",
  "NOT_IMPLEMENTED",
  "INVALID_GRAPH",
  "EP_FAIL",
] as const;

/** A function of the API that returns a status. */
export type StatusCall = keyof typeof statusSlots;
/** A function of the API that frees an object. */
export type ReleaseCall = keyof typeof releaseSlots;

/** The loaded library. */
export interface CApi {
  /** As the library reports it, e.g. `1.30.0`. */
  readonly version: string;
  /** Calls a function, and throws OrtError if its status is an error. */
  call(name: StatusCall, ...args: Argument[]): void;
  /** `call` for a function whose last parameter receives one pointer or size; returns that. */
  out(name: StatusCall, ...args: Argument[]): Pointer;
  /** `call` on a worker thread. Array arguments are kept referenced meanwhile, but not the arrays they point to. */
  callAsync(name: StatusCall, ...args: Argument[]): Promise<void>;
  release(name: ReleaseCall, object: Pointer): void;
  /** A native callback for ONNX Runtime's log messages, for the lifetime of this thread. */
  logger(log: (message: string) => void): Pointer;
  /** Address of an array's first element, valid as long as the array is referenced. */
  address(array: ArrayBufferView): Pointer;
  /** The C string at a pointer. */
  text(pointer: Pointer): string;
}

interface NativeFunction {
  (...args: Argument[]): unknown;
  async(...args: [...Argument[], (error: unknown, result: unknown) => void]): void;
}

let loaded: CApi | undefined;

/** Loads the library, once per thread. Throws OrtError `engine/library-missing` if koffi or the library cannot be loaded. */
export function loadApi(): CApi {
  loaded ??= openApi();
  return loaded;
}

/** Sets an environment variable of the process itself: threads other than the main one have a copy of `process.env`. */
export function setVariable(name: string, value: string): void {
  enlargeStacks();
  if (process.platform === "win32") {
    koffi.load("kernel32.dll").func("SetEnvironmentVariableA", "bool", ["str", "str"])(name, value);
  } else {
    koffi.load(null).func("setenv", "int", ["str", "str", "int"])(name, value, 1);
  }
}

function openApi(): CApi {
  const { table, version } = openTable();
  const [getCode, getMessage] = [bind(table, getErrorCodeSlot, "int"), bind(table, getErrorMessageSlot, "str")];
  const statuses = bindAll(table, statusSlots, pointer);
  const releases = bindAll(table, releaseSlots, "void");

  function check(name: StatusCall, status: unknown): void {
    if (status === null || status === undefined) return;
    if (typeof status !== "bigint") throw new Error(`internal: ${name} returned a ${typeof status}`);
    const code = Number(getCode(status));
    const message = String(getMessage(status));
    releases.ReleaseStatus(status);
    throw statusError(name, code, message);
  }
  function call(name: StatusCall, ...args: Argument[]): void {
    check(name, statuses[name](...args));
  }
  return {
    version,
    call,
    out(name, ...args) {
      const result = new BigUint64Array(1);
      call(name, ...args, result);
      return result[0] ?? 0n;
    },
    async callAsync(name, ...args) {
      check(name, await startAsync(statuses[name], args));
    },
    release: (name, object) => void releases[name](object),
    logger: (log) => {
      const prototype = koffi.proto("void", [pointer, "int", "str", "str", "str", "str"]);
      return koffi.register((...values: unknown[]) => log(String(values[5])), koffi.pointer(prototype));
    },
    address: (array) => koffi.address(array),
    text: (start) => koffi.decode.string(start),
  };
}

/** The arguments of calls in progress: native code uses these arrays, so they must not be garbage-collected. */
const underWay = new Set<readonly Argument[]>();

function startAsync(target: NativeFunction, args: readonly Argument[]): Promise<unknown> {
  return new Promise((resolve, reject) => {
    underWay.add(args);
    if (underWay.size === 1 && isMainThread) process.on("exit", leave);
    target.async(...args, (error, result) => {
      underWay.delete(args);
      if (underWay.size === 0) process.off("exit", leave);
      if (error === null || error === undefined) resolve(result);
      else reject(error instanceof Error ? error : new Error(`internal: native call failed: ${String(error)}`));
    });
  });
}

/**
 * Exits without waiting for native calls in progress: loading a deep model may take minutes. Added when a call begins, so that
 * it runs after the other exit listeners. On Windows the exit waits.
 */
function leave(code: number): void {
  if (process.platform !== "win32") koffi.load(null).func("_exit", "void", ["int"])(code);
}

/**
 * koffi unloads a library when its handle is garbage-collected, although functions decoded from the table still point into it.
 */
const keptLoaded: LibraryHandle[] = [];

function openTable(): { table: Pointer; version: string } {
  try {
    enlargeStacks();
    const library = koffi.load(libraryPath());
    keptLoaded.push(library);
    const base: unknown = library.func("OrtGetApiBase", pointer, [])();
    const [getApi, getVersion] = [0, 1].map((slot) => pointerAt(base, slot));
    const version = String(asFunction(koffi.decode(getVersion, koffi.proto("str", [])))());
    const table = asFunction(koffi.decode(getApi, koffi.proto(pointer, ["uint32_t"])))(apiVersion);
    if (typeof table !== "bigint") throw new Error(`ONNX Runtime ${version} has no API version ${apiVersion}`);
    return { table, version };
  } catch (cause) {
    if (cause instanceof OrtError) throw cause;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrtError("engine/library-missing", `the ONNX Runtime library could not be loaded: ${reason}`, {
      remedy: "Set VLMO_ORT=binding to use the package's own binding, or choose another engine.",
      cause,
    });
  }
}

/** koffi runs native code on its own stacks: 128 KiB are too little for graph optimisation. Pages are allocated lazily. */
function enlargeStacks(): void {
  const wanted = { sync_stack_size: 8 << 20, async_stack_size: 8 << 20, resident_async_pools: 4 };
  try {
    koffi.config(wanted);
  } catch (cause) {
    // Refused once a library is loaded; then the sizes in force must suffice.
    const { async_stack_size: stack = 0 } = koffi.config();
    if (stack < wanted.async_stack_size) throw cause;
  }
}

function bindAll<Name extends string>(table: Pointer, slots: Record<Name, Slot>, result: string) {
  const entries = Object.entries<Slot>(slots).map(([name, slot]) => [name, bind(table, slot, result)] as const);
  // Object.fromEntries forgets the names; they are those of `slots`.
  return Object.fromEntries(entries) as Record<Name, NativeFunction>;
}

function bind(table: Pointer, [slot, parameters]: Slot, result: string): NativeFunction {
  return asFunction(koffi.decode(pointerAt(table, slot), koffi.proto(result, [...parameters])));
}

function pointerAt(table: unknown, slot: number): unknown {
  return koffi.decode(table, slot * 8, pointer);
}

/** Boundary: koffi's decoded values are untyped. */
function asFunction(decoded: unknown): NativeFunction {
  if (typeof decoded !== "function") throw new Error("internal: koffi decoded no function");
  return decoded as NativeFunction;
}

function statusError(name: StatusCall, status: number, message: string): OrtError {
  const [code, remedy] = blame(name);
  return new OrtError(code, message, { remedy, status: statusNames[status] ?? `STATUS_${status}` });
}

function blame(name: StatusCall): [OrtErrorCode, string] {
  if (name === "CreateSessionFromArray") {
    return ["engine/model-rejected", "Check the graph that was written: ONNX Runtime does not accept it."];
  }
  return ["engine/run-failed", "Check shapes and memory: ONNX Runtime stopped while it ran the graph."];
}
