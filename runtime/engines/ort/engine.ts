// The `ort` engine: a graph becomes one ONNX model, which ONNX Runtime runs on the CPU or, through WebGPU, on a GPU. Tensors
// stay where they are between runs, in host arrays or on the GPU; only what callers read and write is copied.
import { availableParallelism } from "node:os";
import { isMainThread } from "node:worker_threads";
import {
  encodeModel,
  hostType,
  inputName,
  lower,
  outputName,
  overwrites,
  targets,
  writeOnnx,
  type Graph,
  type HostType,
  type MayOverwrite,
} from "../../../compiler/index.js";
import { arrays, type Tensor } from "../../tensor.js";
import { knownBackend, type backends as names } from "../backends.js";
import type { Engine, EngineOptions, Executable, Handle, Handles } from "../engine.js";
import { turn } from "../../turns.js";
import { expectElements, expectType, inputsOf, keptFor } from "../held.js";
import { deviceWords, expectFits, findAdapter, noGpu, type Adapter } from "./adapters.js";
import { OrtError, rethrow } from "./error.js";
import { hostMemory, type Memory } from "./memory.js";
import {
  openRuntime,
  type HostArray,
  type OrtArray,
  type OrtRuntime,
  type OrtSession,
  type SessionOptions,
} from "./session.js";

/**
 * Measured choices. Without a memory pattern a large step is as fast in 0.6 times the memory. Spinning threads are 5-20 % faster
 * while nothing else needs their core, and much slower otherwise: only with a core to spare. Without one they spin for a few
 * microseconds, enough between two operations: 8 % faster alone, 10 % slower beside a process that needs one of two cores.
 */
function settingsFor(threads: number): SessionOptions {
  const spinning = threads < availableParallelism() ? null : 10;
  return { threads, spinning, optimization: "all", memoryPattern: false, arena: true, provider: "cpu" };
}

/**
 * The storage of a handle. If a run reads and writes it, and cannot safely do so in place, the result is written to `spare` and
 * the two are swapped.
 */
interface Storage<A> {
  array: A;
  spare: A | null;
}

type Stores<A> = Map<Handle, Storage<A>>;

/** Opens the engine on `cpu` or `webgpu`; `auto` takes a GPU if there is one. Rejects with V966, and with V946 for GPUs. */
export async function createOrt({ backend, threads }: EngineOptions): Promise<Engine> {
  const runtime = await openRuntime().catch(rethrow);
  const choice = backends[knownBackend("ort", backend) ?? "cpu"];
  return choice(runtime, threads);
}

type Open = (runtime: OrtRuntime, threads: number) => Promise<Engine>;

const backends: Record<(typeof names)["ort"][number], Open> = {
  cpu: async (runtime, threads) =>
    createEngine({
      runtime,
      settings: settingsFor(threads),
      memory: hostMemory(runtime.forget),
      largest: Number.POSITIVE_INFINITY,
      description: describe(runtime, `${threads} ${threads === 1 ? "thread" : "threads"}`),
      busyThreads: threads,
    }),
  webgpu: async (runtime, threads) => openWebgpu(runtime, threads, await findAdapter()),
  auto: async (runtime, threads) => {
    const adapter = await findAdapter().catch(() => null);
    if (adapter === null || adapter.software) return backends.cpu(runtime, threads);
    return openWebgpu(runtime, threads, adapter).catch(() => backends.cpu(runtime, threads));
  },
};

async function openWebgpu(runtime: OrtRuntime, threads: number, adapter: Adapter | null): Promise<Engine> {
  if (runtime.kind !== "koffi")
    throw noGpu(
      "the binding of onnxruntime-node does not reach it, and koffi is not used",
      "unset VLMO_ORT, or leave out --backend",
    );
  if (!isMainThread) throw noGpu("it opens on the main thread only", "open the engine there, or another one");
  const settings: SessionOptions = { ...settingsFor(threads), spinning: 0, arena: false, provider: "webgpu" };
  const { openDeviceMemory } = await import("./device-memory.js");
  const memory = await openDeviceMemory(settings).catch((cause: unknown) => {
    throw cause instanceof OrtError
      ? noGpu(`${adapter?.name ?? "WebGPU"}: ${deviceWords(cause.message)}`, undefined, cause)
      : cause;
  });
  return createEngine({
    runtime,
    settings,
    memory,
    largest: adapter?.largestBuffer ?? Number.POSITIVE_INFINITY,
    description: describe(runtime, `webgpu, ${adapter?.name ?? "adapter unknown"}`),
    busyThreads: adapter?.software ? threads : 1,
    ...(adapter?.software && {
      notice: `\`${adapter.name}\` is no GPU: it computes on the processor, far slower than --backend cpu.`,
    }),
  });
}

interface Parts<A extends OrtArray> extends Pick<Engine, "description" | "busyThreads" | "notice"> {
  readonly runtime: OrtRuntime;
  readonly settings: SessionOptions;
  /** Bytes that a single tensor may have. */
  readonly largest: number;
  readonly memory: Memory<A>;
}

function createEngine<A extends OrtArray>({ runtime, settings, memory, largest, ...words }: Parts<A>): Engine {
  const stores: Stores<A> = new Map();
  const sessions = new Set<OrtSession>();
  const release = (handle: Handle): void => {
    const storage = stores.get(handle);
    stores.delete(handle);
    if (storage !== undefined) memory.forget(storage.array);
    if (storage?.spare) memory.forget(storage.spare);
  };
  return {
    name: "ort",
    ...words,
    precision: "float32",
    load: async (graph) => {
      const loaded = await open(graph, { runtime, settings, largest });
      sessions.add(loaded.session);
      return {
        run: (inputs, into = new Map()) => run({ ...loaded, stores, memory }, inputs, into),
        dispose: () => {
          sessions.delete(loaded.session);
          loaded.session.release();
        },
      } satisfies Executable;
    },
    create: (tensor) => hold(stores, { dtype: tensor.dtype, shape: tensor.shape }, memory.hold(hostArray(tensor))),
    write: (handle, tensor) => {
      expectType(handle.type, tensor);
      memory.write(keptFor(stores, handle).array, hostArray(tensor));
    },
    read: async (handle) => ({
      ...handle.type,
      data: await memory.read(keptFor(stores, handle).array).catch(rethrow),
    }),
    release,
    dispose: () => {
      sessions.forEach((session) => session.release());
      sessions.clear();
      [...stores.keys()].forEach(release);
    },
  };
}

function describe({ kind, version }: OrtRuntime, where: string): string {
  return `ort ${version} (${where}${kind === "koffi" ? "" : `, ${kind}`})`;
}

interface Loaded {
  readonly graph: Graph;
  readonly session: OrtSession;
  readonly mayOverwrite: MayOverwrite;
  /** Graph inputs with their names in the model, as lists of one; inputs that nothing reads after lowering are absent. */
  readonly feeds: ReadonlyMap<string, readonly [string]>;
  /** Graph outputs with their names in the model. */
  readonly results: readonly { readonly name: string; readonly fetch: string; readonly type: HostType }[];
}

type Opening = Pick<Parts<OrtArray>, "runtime" | "settings" | "largest">;

async function open(graph: Graph, { runtime, settings, largest }: Opening): Promise<Loaded> {
  await turn();
  const lowered = lower(graph, targets.onnx);
  expectFits(lowered, largest);
  await turn();
  const model = writeOnnx(lowered, settings.provider);
  await turn();
  const session = await runtime.createSession(encodeModel(model), settings);
  const wanted = new Set(session.inputs);
  const feeds = graph.inputs.map(({ name }) => [name, [inputName(name)]] as const);
  return {
    graph,
    session,
    mayOverwrite: overwrites(model.graph),
    feeds: new Map(feeds.filter(([, [feed]]) => wanted.has(feed))),
    results: [...graph.outputs].map(([name, { type }]) => ({ name, fetch: outputName(name), type: hostType(type) })),
  };
}

type RunContext<A extends OrtArray> = Loaded & { readonly stores: Stores<A>; readonly memory: Memory<A> };

async function run<A extends OrtArray>(context: RunContext<A>, inputs: Handles, into: Handles): Promise<Handles> {
  const { graph, session, stores, memory, feeds } = context;
  const fed = new Map<string, A>();
  const readers = new Map<Handle, readonly string[]>();
  for (const { name, handle } of inputsOf(graph, inputs)) {
    const own = feeds.get(name);
    if (own === undefined) continue;
    fed.set(own[0], keptFor(stores, handle).array);
    const others = readers.get(handle);
    readers.set(handle, others === undefined ? own : [...others, ...own]);
  }
  const results = new Map<string, Handle>();
  const written = new Map<string, A>();
  const swapped: Storage<A>[] = [];
  for (const { name, fetch, type } of context.results) {
    const target = into.get(name);
    if (target !== undefined) expectType(target.type, type);
    const handle = target ?? hold(stores, type, memory.empty(type));
    const storage = keptFor(stores, handle);
    const mayOverwrite = (input: string): boolean => memory.overwrites && context.mayOverwrite(fetch, input);
    const inPlace = readers.get(handle)?.every(mayOverwrite) ?? true;
    if (!inPlace) swapped.push(storage);
    written.set(fetch, inPlace ? storage.array : (storage.spare ??= memory.empty(type)));
    results.set(name, handle);
  }
  if (new Set(results.values()).size < results.size) throw new Error(`internal: ${graph.name} writes a handle twice`);
  await memory.settle(new Set(written.values())).catch(rethrow);
  await session.run(fed, written).catch(rethrow);
  for (const storage of swapped) swap(storage);
  return results;
}

function swap<A>(storage: Storage<A>): void {
  const { array, spare } = storage;
  if (spare === null) throw new Error("internal: nothing to swap");
  storage.array = spare;
  storage.spare = array;
}

function hold<A>(stores: Stores<A>, type: HostType, array: A): Handle {
  const handle: Handle = { type };
  stores.set(handle, { array, spare: null });
  return handle;
}

/** The tensor's own array if its element type fits. */
function hostArray(tensor: Tensor): HostArray {
  expectElements(tensor);
  const { dtype, shape, data } = tensor;
  const kind = arrays[dtype];
  return { dtype, shape, data: data instanceof kind ? data : new kind(data) } as HostArray; // the array of that type
}
