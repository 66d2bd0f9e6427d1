// The torch engine: a graph becomes a Python module that a separate process runs with PyTorch, on the CPU or a GPU. Tensors
// live in that process.
import {
  lower,
  torchWith,
  writeTorch,
  hostType,
  sizeOf,
  type AttentionKernel,
  type Graph,
  type HostType,
} from "../../../compiler/index.js";
import { vlmoError } from "../../errors/vlmo-error.js";
import { arrays, type Tensor } from "../../tensor.js";
import { knownBackend } from "../backends.js";
import type { Engine, EngineOptions, Handle, Handles } from "../engine.js";
import { expectElements, expectType, inputsOf, keptFor } from "../held.js";
import type { Ranks } from "../ranks.js";
import { startWorker, type Ask, type Worker } from "./worker.js";

/**
 * Starts PyTorch on `cpu` or `cuda`; null takes CUDA if available. Rejects with V966 if Python, PyTorch, the device or a
 * compiler is missing, with V994 if the device does not support the precision.
 */
export async function createTorch(options: EngineOptions): Promise<Engine> {
  const { backend, threads, precision = "float32", shares = false, compile = false } = options;
  const { compiling = () => undefined } = options;
  const device = knownBackend("torch", backend) ?? "auto";
  const { greeting, ask, close } = await startWorker(device, { threads, precision, shares, compile, compiling });
  if (precision === "tf32" && greeting["device"] === "cpu") {
    close();
    throw vlmoError("V994", { what: "the engine `torch` on the CPU", precision });
  }
  const store = createStore(ask);
  const ranks = ranksOf(greeting, ask);
  const attention = greeting["attention"] as AttentionKernel | null; // as worker.py answers
  const detail = [
    greeting["device"],
    greeting["detail"],
    ...(precision === "float32" ? [] : [precision]),
    ...(compile ? ["compiled"] : []),
    ...(ranks === null ? [] : [`${ranks.ranks} processes`]),
  ];
  let programs = 0;
  return {
    name: "torch",
    description: `torch ${String(greeting["version"])} (${detail.join(", ")})`,
    precision,
    ...(ranks !== null && { ranks }),
    busyThreads: greeting["device"] === "cpu" ? threads : 1,
    load: async (graph) => {
      const program = programs++;
      const lowered = lower(graph, torchWith(attention, precision), precision);
      const source = Buffer.from(writeTorch(lowered, { parts: compile, attention }));
      await store.answered(ask("load", { program, name: graph.name }, { body: source }));
      return {
        run: (inputs, into = new Map()) => run({ graph, program, ask, store }, inputs, into),
        dispose: () => store.unanswered(ask("unload", { program })),
      };
    },
    create: (tensor) => {
      const handle = store.hold({ dtype: tensor.dtype, shape: tensor.shape });
      store.unanswered(ask("create", { id: store.idOf(handle), ...handle.type }, { body: bytesOf(tensor) }));
      return handle;
    },
    write: (handle, tensor) => {
      expectType(handle.type, tensor);
      store.unanswered(ask("write", { id: store.idOf(handle), ...handle.type }, { body: bytesOf(tensor) }));
    },
    read: async (handle) => {
      const expected = bytesIn(handle.type);
      const { body } = await store.answered(ask("read", { id: store.idOf(handle) }, { expected }));
      return { ...handle.type, data: elements(handle.type, body) };
    },
    release: store.release,
    dispose: close,
  };
}

/** The process group, if this process has joined one. */
function ranksOf({ rank, ranks }: Worker["greeting"], ask: Ask): Ranks | null {
  if (typeof rank !== "number" || typeof ranks !== "number") return null;
  return {
    rank,
    ranks,
    exchange: async (numbers, { patient } = { patient: false }) => {
      const { head } = await ask("exchange", { numbers, patient });
      return head["numbers"] as number[][]; // as worker.py answers
    },
  };
}

interface Store {
  hold(type: HostType): Handle;
  idOf(handle: Handle): number;
  readonly release: (handle: Handle) => void;
  /** For requests that are not awaited: a failure is reported by the next request that is. */
  unanswered(answer: Promise<unknown>): void;
  answered<T>(answer: Promise<T>): Promise<T>;
}

function createStore(ask: Ask): Store {
  const ids = new Map<Handle, number>();
  let next = 0;
  let failure: unknown = null;
  const idOf = (handle: Handle): number => keptFor(ids, handle);
  const unanswered = (answer: Promise<unknown>): void => {
    answer.catch((error: unknown) => (failure ??= error));
  };
  return {
    idOf,
    unanswered,
    hold: (type) => {
      const handle: Handle = { type };
      ids.set(handle, next++);
      return handle;
    },
    release: (handle) => {
      if (!ids.has(handle)) return;
      unanswered(ask("release", { id: idOf(handle) }));
      ids.delete(handle);
    },
    // A failure of an earlier request takes precedence and is reported once; tensors can still be read afterwards.
    answered: async (answer) => {
      const [result] = await Promise.allSettled([answer]);
      const before = failure;
      failure = null;
      if (before !== null) throw before;
      if (result.status === "rejected") throw result.reason;
      return result.value;
    },
  };
}

interface Loaded {
  readonly graph: Graph;
  readonly program: number;
  readonly ask: Ask;
  readonly store: Store;
}

/** Submits a run without waiting for it. Later requests are handled after it, and the next read reports its failure. */
async function run({ graph, program, ask, store }: Loaded, inputs: Handles, into: Handles): Promise<Handles> {
  const read = inputsOf(graph, inputs).map(({ name, handle }) => [name, store.idOf(handle)] as const);
  const results = new Map<string, Handle>();
  const written: [string, number][] = [];
  const created: [string, number][] = [];
  for (const [name, { type }] of graph.outputs) {
    const target = into.get(name);
    if (target !== undefined) expectType(target.type, type);
    const handle = target ?? store.hold(hostType(type));
    (target === undefined ? created : written).push([name, store.idOf(handle)]);
    results.set(name, handle);
  }
  store.unanswered(ask("run", { program, inputs: read, into: written, outputs: created }));
  return results;
}

function bytesIn({ dtype, shape }: HostType): number {
  return arrays[dtype].BYTES_PER_ELEMENT * sizeOf(shape);
}

/** The bytes of the elements: the tensor's own memory if its element type fits. */
function bytesOf(tensor: Tensor): Uint8Array {
  expectElements(tensor);
  const { dtype, data } = tensor;
  const kind = arrays[dtype];
  const { buffer, byteOffset, byteLength } = data instanceof kind ? data : new kind(data);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A body from shared memory has a buffer of its own; one from the pipe is a view of a larger buffer. */
function elements({ dtype }: HostType, body: Uint8Array): Tensor["data"] {
  const { buffer, byteLength } = body;
  const isWhole = buffer instanceof ArrayBuffer && buffer.byteLength === byteLength;
  return new arrays[dtype](isWhole ? buffer : new Uint8Array(body).buffer);
}
