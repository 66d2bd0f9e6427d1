// What an engine is: something that turns a lowered graph into results. Tensors live with the engine between runs.
import type { Graph, HostType, Precision } from "../../compiler/index.js";
import type { EngineName } from "./backends.js";
import type { Ranks } from "./ranks.js";
import type { Tensor } from "../tensor.js";

/** A tensor held by an engine. Its storage may move when it is written to; the handle stays. */
export interface Handle {
  readonly type: HostType;
}

/** Tensors on an engine, by name. */
export type Handles = ReadonlyMap<string, Handle>;

/** A graph made ready to run. */
export interface Executable {
  /**
   * Runs once. Every input of the graph must be given. Outputs named in `into` are written to those handles, which may
   * be inputs of the same run: the engine reads before it writes. The other outputs come back in new handles.
   * Where the engine takes steps ahead (`feeding`), it may resolve before the run has ended; a run that fails then rejects the next `read`.
   * Never blocks the event loop where the engine can avoid it.
   */
  run(inputs: Handles, into?: Handles): Promise<Handles>;
  dispose(): void;
}

/** All engines give the same numbers up to rounding. */
export interface Engine {
  readonly name: EngineName;
  /** What products are computed in. */
  readonly precision: Precision;
  /** What ran, for manifests: `ort 1.30.0 (2 threads)`. */
  readonly description: string;
  /** What a user should know before they wait for it. */
  readonly notice?: string;
  /** Threads of this machine's processor that a run keeps busy; 1 where a GPU computes. */
  readonly busyThreads: number;
  /** The processes that train together, of which this is one; left out where there is one alone. */
  readonly ranks?: Ranks;
  /** Lowers and loads a differentiated graph. */
  load(graph: Graph): Promise<Executable>;
  /** Makes a handle from host data. The engine may use the array itself: the caller gives it away. */
  create(tensor: Tensor): Handle;
  /** Copies new host data into an existing handle of the same type. The array must stay as it is until the next run ends. */
  write(handle: Handle, tensor: Tensor): void;
  /** The numbers of a handle, copied. */
  read(handle: Handle): Promise<Tensor>;
  release(handle: Handle): void;
  /** Frees everything the engine holds. */
  dispose(): void;
}

/** How far the compiling of a program has come. */
export interface Compiling {
  readonly program: string;
  /** Of its functions, those that are compiled. */
  readonly done: number;
  readonly parts: number;
  readonly seconds: number;
  /** Whether that is all: the program has run. */
  readonly ended: boolean;
  /** Where PyTorch keeps what it has compiled. */
  readonly folder: string;
}

/** What `--threads`, `--backend`, `--precision` and `--compile` say. */
export interface EngineOptions {
  readonly threads: number;
  /** ort: `cpu`, `webgpu`, `auto`. tfjs: `cpu`, `wasm`, `node`, `node-gpu`. torch: `cpu`, `cuda`. */
  readonly backend: string | null;
  /** What products are computed in; float32 where it is left out. */
  readonly precision?: Precision;
  /** Whether programs are compiled before they run, default no; `compiling` hears how far that is. */
  readonly compile?: boolean;
  readonly compiling?: (news: Compiling) => void;
  /** Whether it joins the processes that torchrun started beside this one; default no. */
  readonly shares?: boolean;
}
