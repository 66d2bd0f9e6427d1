// Opens a tfjs backend by name. The result is the core of tfjs with that backend ready; nothing of tfjs is loaded before.
import type * as tfjsCore from "@tensorflow/tfjs-core";
import { createRequire } from "node:module";
import { dirname } from "node:path";
import { vlmoError } from "../../errors/vlmo-error.js";
import { knownBackend, type backends as names } from "../backends.js";

/** The module `@tensorflow/tfjs-core`. */
export type Core = typeof tfjsCore;

/** The name of a backend. */
export type BackendName = (typeof names)["tfjs"][number];

/** A backend that is ready. */
export interface Backend {
  readonly core: Core;
  /** The name in tfjs. */
  readonly id: string;
  /** For manifests: `tfjs 4.22.0 (wasm, 1 thread)`. */
  readonly description: string;
  readonly busyThreads: number;
}

/** How each backend is opened. */
const backends: { readonly [Name in BackendName]: (threads: number) => Promise<Backend> } = {
  cpu: async () => {
    const core = await import("@tensorflow/tfjs-core");
    await import("@tensorflow/tfjs-backend-cpu");
    return opened(core, "cpu", `tfjs ${core.version_core} (cpu, 1 thread)`);
  },
  // tfjs-wasm has a single thread in Node, whatever is asked for.
  wasm: async () => {
    const core = await import("@tensorflow/tfjs-core");
    const wasm = await import("@tensorflow/tfjs-backend-wasm");
    const entry = createRequire(import.meta.url).resolve("@tensorflow/tfjs-backend-wasm");
    if (core.findBackend("wasm") === null) wasm.setWasmPaths(`${dirname(entry)}/`);
    return opened(core, "wasm", `tfjs ${core.version_core} (wasm, 1 thread)`);
  },
  node: (threads) => openNode("node", threads),
  "node-gpu": (threads) => openNode("node-gpu", threads),
};

/** Opens a backend; null takes `node` if it is installed, else `wasm`. Rejects with V966, which says what to install. */
export async function openBackend(name: string | null, threads: number): Promise<Backend> {
  const known = knownBackend("tfjs", name);
  return known === null ? openNode("node", threads).catch(() => backends.wasm(threads)) : backends[known](threads);
}

/** The bindings to TensorFlow's C library are optional: they are large, and their binaries must fit the machine. */
async function openNode(name: "node" | "node-gpu", threads: number): Promise<Backend> {
  const specifier = name === "node" ? "@tensorflow/tfjs-node" : "@tensorflow/tfjs-node-gpu";
  // TensorFlow reads these when its library loads.
  process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
  process.env["TF_NUM_INTRAOP_THREADS"] ??= String(threads);
  const core = await imported(specifier);
  const shown = name === "node" ? `node, ${threads} ${threads === 1 ? "thread" : "threads"}` : name;
  return opened(core, "tensorflow", `tfjs ${core.version_core} (${shown})`, name === "node" ? threads : 1);
}

async function imported(specifier: string): Promise<Core> {
  try {
    const loaded: unknown = await import(specifier);
    // Boundary: both packages export everything of tfjs-core; as optional packages they have no types here.
    return loaded as Core;
  } catch (cause) {
    const missing = cause instanceof Error && "code" in cause && String(cause.code).endsWith("MODULE_NOT_FOUND");
    const [words = ""] = (cause instanceof Error ? cause.message : String(cause)).split("\n");
    const unbound = words.includes("tfjs_binding.node") ? "is not bound to a TensorFlow" : `does not load: ${words}`;
    const reason = `${specifier} ${missing ? "is not installed" : unbound}`;
    // The package's own install script downloads a TensorFlow of 2022, and install scripts are disabled here.
    const gpu = specifier.endsWith("gpu") ? " --gpu" : "";
    const command = `${missing ? `npm install --ignore-scripts ${specifier} and ` : ""}vlmo setup tensorflow${gpu}`;
    throw vlmoError("V966", { engine: "tfjs", reason }, { help: `run ${command}, or choose another backend`, cause });
  }
}

async function opened(core: Core, id: string, description: string, busyThreads = 1): Promise<Backend> {
  // Silences the hints that tfjs prints in Node.
  core.enableProdMode();
  const ready = await withoutNewListeners(() => core.setBackend(id));
  if (!ready) {
    throw vlmoError("V966", { engine: "tfjs", reason: `its backend ${id} does not start` });
  }
  return { core, id, description, busyThreads };
}

/** Emscripten answers every uncaught exception of the process by dumping its own source: its listeners are removed. */
async function withoutNewListeners<T>(open: () => Promise<T>): Promise<T> {
  const events = ["uncaughtException", "unhandledRejection"] as const;
  const before = events.map((event) => process.rawListeners(event));
  const result = await open();
  events.forEach((event, i) => {
    for (const listener of process.rawListeners(event)) {
      // Boundary: Node's types list listeners by event, and return them untyped.
      if (before[i]?.includes(listener) !== true) process.removeListener(event, listener as () => void);
    }
  });
  return result;
}
