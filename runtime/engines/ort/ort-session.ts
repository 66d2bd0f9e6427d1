// The interface of a session, however ONNX Runtime is called.
import type { HostDtype, Shape } from "../../../compiler/index.js";
import { idleRewritings } from "./rewritings.js";

/** A row-major tensor in memory of the caller. Its `data` must never be transferred to another thread. */
export type HostArray =
  | { readonly dtype: "float32"; readonly shape: Shape; readonly data: Float32Array }
  | { readonly dtype: "int32"; readonly shape: Shape; readonly data: Int32Array }
  | { readonly dtype: "uint8"; readonly shape: Shape; readonly data: Uint8Array };

/** A tensor in GPU memory: its OrtValue. */
export interface DeviceArray {
  readonly dtype: HostDtype;
  readonly shape: Shape;
  readonly value: bigint;
}

/** Inputs and outputs of a session. */
export type OrtArray = HostArray | DeviceArray;

/** The settings of ONNX Runtime that make a measured difference. */
export interface SessionOptions {
  /** Intra-op threads, including the calling one. */
  readonly threads: number;
  /**
   * Microseconds that idle threads spin before they sleep: faster steps, but other work on the same cores starves. Null: ONNX
   * Runtime's default; 0: no spinning.
   */
  readonly spinning: number | null;
  /** Graph optimisation at load; its time grows faster than linearly with the graph. */
  readonly optimization: "all" | "extended" | "basic" | "disabled";
  /** Plan one block for all intermediates: not faster for large graphs, and takes 1.4 to 1.6 times the memory. */
  readonly memoryPattern: boolean;
  /** Keep freed intermediates in an arena between runs. */
  readonly arena: boolean;
  /** The execution provider; webgpu must take every operation of the model, otherwise loading fails. */
  readonly provider: "cpu" | "webgpu";
}

/** Session configuration entries, by ONNX Runtime's keys. */
export function textSettings({ spinning, provider }: SessionOptions): Record<string, string> {
  const spins = spinning !== 0;
  return {
    "optimization.disable_specified_optimizers": idleRewritings,
    "session.intra_op.allow_spinning": spins ? "1" : "0",
    ...(provider === "webgpu" && { "session.disable_cpu_ep_fallback": "1" }),
    ...(spins && spinning !== null && { "session.intra_op.spin_duration_us": String(spinning) }),
  };
}

/** A loaded model. */
export interface OrtSession {
  /** `koffi`: the C API, off the main thread, without copies. `binding`: onnxruntime-node's own, blocking, outputs copied. */
  readonly kind: "koffi" | "binding";
  /** Version of ONNX Runtime. */
  readonly version: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Feeds every input and writes the wanted outputs into the given arrays. An output may share its memory with an input if no
   * node reads that input after the output is written. Reuse the same objects from run to run: native values for them are
   * cached for as long as they live. Nothing may touch them until the promise settles. Rejects with OrtError
   * `engine/wrong-feed`, `engine/run-failed` or `engine/session-released`.
   */
  run(inputs: ReadonlyMap<string, OrtArray>, outputs: ReadonlyMap<string, OrtArray>): Promise<void>;
  /** Frees the session once its runs have ended. Further runs are rejected. */
  release(): void;
}
