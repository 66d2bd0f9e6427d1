// The `ort` engine: a graph becomes one ONNX model that ONNX Runtime runs on the CPU. Tensors are host arrays that
// stay where they are between runs; nothing is copied but what callers read and write.
import { availableParallelism } from "node:os";
import {
  encodeModel,
  hostType,
  inputName,
  lower,
  outputName,
  overwrites,
  sizeOf,
  targets,
  writeOnnx,
  type Graph,
  type HostType,
  type MayOverwrite,
} from "../../../compiler/index.js";
import type { Tensor } from "../../tensor.js";
import type { Engine, EngineOptions, Executable, Handle, Handles } from "../engine.js";
import { turn } from "../../turns.js";
import { expectElements, expectType, inputsOf, keptFor } from "../held.js";
import { rethrow } from "./error.js";
import { openRuntime, type HostArray, type OrtRuntime, type OrtSession, type SessionOptions } from "./session.js";

/**
 * Measured choices. Without a memory pattern a large step is as fast in half the memory. Spinning threads are 5-20 %
 * faster while nothing else wants their core, and much slower as soon as something does: so only with a core to spare.
 * Between two operations a few microseconds do: 8 % faster alone, 10 % slower beside a process that wants one of two cores.
 */
function settingsFor(threads: number): SessionOptions {
  const spinning = threads < availableParallelism() ? null : 10;
  return { threads, spinning, optimization: "all", memoryPattern: false, arena: true };
}

/**
 * Memory of a handle. Where a run both reads it and writes it, and the writing could come too early, the result goes to
 * `spare` and the two are swapped.
 */
interface Storage {
  array: HostArray;
  spare: HostArray | null;
}

type Stores = Map<Handle, Storage>;

/** Opens the engine. Rejects with V966 where ONNX Runtime does not load. */
export async function createOrt({ threads }: EngineOptions): Promise<Engine> {
  const runtime = await openRuntime().catch(rethrow);
  const stores: Stores = new Map();
  const sessions = new Set<OrtSession>();
  return {
    name: "ort",
    description: describe(runtime, threads),
    precision: "float32",
    busyThreads: threads,
    load: async (graph) => {
      const loaded = await open(runtime, graph, settingsFor(threads));
      sessions.add(loaded.session);
      return {
        run: (inputs, into = new Map()) => run({ ...loaded, stores }, inputs, into),
        dispose: () => {
          sessions.delete(loaded.session);
          loaded.session.release();
        },
      } satisfies Executable;
    },
    create: (tensor) => hold(stores, { dtype: tensor.dtype, shape: tensor.shape }, hostArray(tensor)),
    write: (handle, tensor) => {
      expectType(handle.type, tensor);
      keptFor(stores, handle).array.data.set(tensor.data);
    },
    read: async (handle) => ({ ...handle.type, data: keptFor(stores, handle).array.data.slice() }),
    release: (handle) => {
      const storage = stores.get(handle);
      stores.delete(handle);
      if (storage !== undefined) runtime.forget(storage.array);
      if (storage?.spare) runtime.forget(storage.spare);
    },
    dispose: () => {
      sessions.forEach((session) => session.release());
      sessions.clear();
      stores.clear();
    },
  };
}

function describe({ kind, version }: OrtRuntime, threads: number): string {
  const through = kind === "koffi" ? "" : `, ${kind}`;
  return `ort ${version} (${threads} ${threads === 1 ? "thread" : "threads"}${through})`;
}

interface Loaded {
  readonly graph: Graph;
  readonly session: OrtSession;
  readonly mayOverwrite: MayOverwrite;
  /** By input of the graph, its name in the model in a list of one; lowering may find that nothing reads it after all. */
  readonly feeds: ReadonlyMap<string, readonly [string]>;
  /** Outputs of the graph with their names in the model. */
  readonly results: readonly { readonly name: string; readonly fetch: string; readonly type: HostType }[];
}

async function open(runtime: OrtRuntime, graph: Graph, options: SessionOptions): Promise<Loaded> {
  await turn();
  const lowered = lower(graph, targets.onnx);
  await turn();
  const model = writeOnnx(lowered);
  await turn();
  const session = await runtime.createSession(encodeModel(model), options);
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

type RunContext = Loaded & { readonly stores: Stores };

async function run(context: RunContext, inputs: Handles, into: Handles): Promise<Handles> {
  const { graph, session, stores, feeds } = context;
  const fed = new Map<string, HostArray>();
  const readers = new Map<Handle, readonly string[]>();
  for (const { name, handle } of inputsOf(graph, inputs)) {
    const own = feeds.get(name);
    if (own === undefined) continue;
    fed.set(own[0], keptFor(stores, handle).array);
    const others = readers.get(handle);
    readers.set(handle, others === undefined ? own : [...others, ...own]);
  }
  const results = new Map<string, Handle>();
  const written = new Map<string, HostArray>();
  const swapped: Storage[] = [];
  for (const { name, fetch, type } of context.results) {
    const target = into.get(name);
    if (target !== undefined) expectType(target.type, type);
    const handle = target ?? hold(stores, type, emptyArray(type));
    const storage = keptFor(stores, handle);
    const inPlace = readers.get(handle)?.every((input) => context.mayOverwrite(fetch, input)) ?? true;
    if (!inPlace) swapped.push(storage);
    written.set(fetch, inPlace ? storage.array : (storage.spare ??= emptyArray(type)));
    results.set(name, handle);
  }
  if (new Set(results.values()).size < results.size) throw new Error(`internal: ${graph.name} writes a handle twice`);
  await session.run(fed, written).catch(rethrow);
  for (const storage of swapped) swap(storage);
  return results;
}

function swap(storage: Storage): void {
  const { array, spare } = storage;
  if (spare === null) throw new Error("internal: nothing to swap");
  storage.array = spare;
  storage.spare = array;
}

function hold(stores: Stores, type: HostType, array: HostArray): Handle {
  const handle: Handle = { type };
  stores.set(handle, { array, spare: null });
  return handle;
}

function emptyArray({ dtype, shape }: HostType): HostArray {
  return dtype === "float32"
    ? { dtype, shape, data: new Float32Array(sizeOf(shape)) }
    : { dtype, shape, data: new Int32Array(sizeOf(shape)) };
}

/** The tensor's own memory where its element type fits. */
function hostArray(tensor: Tensor): HostArray {
  expectElements(tensor);
  const { dtype, shape, data } = tensor;
  if (dtype === "float32") return { dtype, shape, data: data instanceof Float32Array ? data : new Float32Array(data) };
  return { dtype, shape, data: data instanceof Int32Array ? data : new Int32Array(data) };
}
