// The interface of engines: each runs lowered graphs. Tensors stay on the engine between runs.
import type { Graph, HostType, Precision } from "../../compiler/index.js";
import type { EngineName } from "./backends.js";
import type { Ranks } from "./ranks.js";
import type { Tensor } from "../tensor.js";

/** A tensor on an engine. Its storage may change when it is written to; the handle does not. */
export interface Handle {
  readonly type: HostType;
}

/** Tensors on an engine, by name. */
export type Handles = ReadonlyMap<string, Handle>;

/** A graph that is loaded. */
export interface Executable {
  /**
   * Runs once. Every input of the graph must be given. Outputs named in `into` are written to those handles, which may be
   * inputs of the same run: the engine reads before it writes. The other outputs are returned in new handles. With steps in
   * flight (`feeding`) it may resolve before the run has ended; a failed run then rejects the next `read`. Does not block the
   * event loop if the engine can avoid it.
   */
  run(inputs: Handles, into?: Handles): Promise<Handles>;
  dispose(): void;
}

/** Results of all engines are equal up to rounding. */
export interface Engine {
  readonly name: EngineName;
  /** The precision of matrix products. */
  readonly precision: Precision;
  /** Name, version and threads, for manifests: `ort 1.30.0 (2 threads)`. */
  readonly description: string;
  /** A sentence for the user before a long computation. */
  readonly notice?: string;
  /** CPU threads that a run keeps busy; 1 if a GPU computes. */
  readonly busyThreads: number;
  /** The processes that train together, including this one; absent for a single one. */
  readonly ranks?: Ranks;
  /** Lowers and loads a differentiated graph. */
  load(graph: Graph): Promise<Executable>;
  /** Creates a handle from host data. The engine may keep the array: the caller must not use it afterwards. */
  create(tensor: Tensor): Handle;
  /** Copies host data into a handle of the same type. The array must not change until the next run ends. */
  write(handle: Handle, tensor: Tensor): void;
  /** A copy of the tensor on the host. */
  read(handle: Handle): Promise<Tensor>;
  release(handle: Handle): void;
  /** Frees everything the engine holds. */
  dispose(): void;
}

/** The progress of compiling a program. */
export interface Compiling {
  readonly program: string;
  /** How many of its `parts` functions are compiled. */
  readonly done: number;
  readonly parts: number;
  readonly seconds: number;
  /** Whether compiling is complete: the program has run. */
  readonly ended: boolean;
  /** The folder of PyTorch's cache of compiled code. */
  readonly folder: string;
}

/** The values of `--threads`, `--backend`, `--precision` and `--compile`. */
export interface EngineOptions {
  readonly threads: number;
  /** ort: `cpu`, `webgpu`, `auto`. tfjs: `cpu`, `wasm`, `node`, `node-gpu`. torch: `cpu`, `cuda`. */
  readonly backend: string | null;
  /** The precision of matrix products; default float32. */
  readonly precision?: Precision;
  /** Whether programs are compiled before they run, default no; `compiling` receives the progress. */
  readonly compile?: boolean;
  readonly compiling?: (news: Compiling) => void;
  /** Whether it is one of the processes that torchrun started; default no. */
  readonly shares?: boolean;
}
