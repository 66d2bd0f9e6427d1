// The part of ONNX Runtime's C API that a session needs, called through koffi: a table of slots, four functions to call
// one. The slots are those of `OrtApi` in the public header onnxruntime_c_api.h, where they are only ever appended.
// Every status is checked and released here; who creates a native object releases it.
import { isMainThread } from "node:worker_threads";
import koffi, { type LibraryHandle } from "koffi";
import { OrtError, type OrtErrorCode } from "./error.js";
import { libraryPath } from "./library.js";

/** A native pointer. Typed arrays may be passed where a pointer is expected: the callee gets their memory, in place. */
export type Pointer = bigint;
/** What koffi passes on as it is. */
export type Argument = Pointer | number | string | null | ArrayBufferView;

type Slot = readonly [slot: number, parameters: readonly string[]];

const pointer = "void *";
const size = "size_t";

/** Functions that return an OrtStatus (null when all is well). */
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

/** The oldest revision of the table that has every slot above; a newer library serves it unchanged. */
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
/** A function of the API that frees what another one made. */
export type ReleaseCall = keyof typeof releaseSlots;

/** The loaded library. */
export interface CApi {
  /** As the library states it, e.g. `1.30.0`. */
  readonly version: string;
  /** Calls and throws OrtError when the status says so. */
  call(name: StatusCall, ...args: Argument[]): void;
  /** `call` for a function whose last parameter receives one pointer or size; returns that. */
  out(name: StatusCall, ...args: Argument[]): Pointer;
  /** `call` on a worker thread. Array arguments are kept referenced meanwhile, but not what their contents point to. */
  callAsync(name: StatusCall, ...args: Argument[]): Promise<void>;
  release(name: ReleaseCall, object: Pointer): void;
  /** What ONNX Runtime calls with the messages that it logs; good as long as this thread. */
  logger(log: (message: string) => void): Pointer;
  /** Address of an array's first element; good as long as the array is referenced. */
  address(array: ArrayBufferView): Pointer;
  /** The C string at a pointer. */
  text(pointer: Pointer): string;
}

interface NativeFunction {
  (...args: Argument[]): unknown;
  async(...args: [...Argument[], (error: unknown, result: unknown) => void]): void;
}

let loaded: CApi | undefined;

/** Loads the library once per thread. Throws OrtError `engine/library-missing` when koffi or the library cannot load. */
export function loadApi(): CApi {
  loaded ??= openApi();
  return loaded;
}

/** Sets a variable of the process's own environment, of which every thread but the main one has a copy. */
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

/** The arguments of calls under way: native code reads and writes these arrays, so they must not be collected. */
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
 * Ends the process without waiting for native calls under way: loading a deep model may take minutes. It is the last to hear
 * of the end, having been informed when the call began. On Windows the end waits.
 */
function leave(code: number): void {
  if (process.platform !== "win32") koffi.load(null).func("_exit", "void", ["int"])(code);
}

/** koffi unloads a library when its handle is collected, although functions decoded from a table still point into it. */
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

/** koffi runs native code on stacks of its own: 128 KiB are too few for graph optimisation. Pages are lazy. */
function enlargeStacks(): void {
  const wanted = { sync_stack_size: 8 << 20, async_stack_size: 8 << 20, resident_async_pools: 4 };
  try {
    koffi.config(wanted);
  } catch (cause) {
    // Refused once any library is loaded; then the sizes in force must do.
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

/** The boundary to koffi, whose decoded values are untyped. */
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
