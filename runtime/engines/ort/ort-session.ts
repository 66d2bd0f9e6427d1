// What a session is to the rest of the engine, however it calls ONNX Runtime.
import type { HostDtype, Shape } from "../../../compiler/index.js";
import { idleRewritings } from "./rewritings.js";

/** A row-major tensor over memory that the caller owns. Its `data` must never be transferred to another thread. */
export type HostArray =
  | { readonly dtype: "float32"; readonly shape: Shape; readonly data: Float32Array }
  | { readonly dtype: "int32"; readonly shape: Shape; readonly data: Int32Array }
  | { readonly dtype: "uint8"; readonly shape: Shape; readonly data: Uint8Array };

/** A tensor in the memory of a GPU: the OrtValue that holds it. */
export interface DeviceArray {
  readonly dtype: HostDtype;
  readonly shape: Shape;
  readonly value: bigint;
}

/** What a session reads and writes. */
export type OrtArray = HostArray | DeviceArray;

/** Settings of ONNX Runtime that were measured to matter here. */
export interface SessionOptions {
  /** Threads that share the work inside one operator, the calling one included. */
  readonly threads: number;
  /**
   * Microseconds that idle threads spin before they sleep: faster steps, but other work on the same cores starves. Null is as
   * long as ONNX Runtime likes, 0 not at all.
   */
  readonly spinning: number | null;
  /** Graph optimisation at load; its time grows faster than the graph. */
  readonly optimization: "all" | "extended" | "basic" | "disabled";
  /** Plan one block for all intermediates: not faster for large graphs, and half as much memory again. */
  readonly memoryPattern: boolean;
  /** Keep freed intermediates in an arena between runs. */
  readonly arena: boolean;
  /** What computes: this machine's processor, or a GPU with every operation of the model, or an error. */
  readonly provider: "cpu" | "webgpu";
}

/** What ONNX Runtime takes as text only, by its names. */
export function textSettings({ spinning, provider }: SessionOptions): Record<string, string> {
  const spins = spinning !== 0;
  return {
    "optimization.disable_specified_optimizers": idleRewritings,
    "session.intra_op.allow_spinning": spins ? "1" : "0",
    ...(provider === "webgpu" && { "session.disable_cpu_ep_fallback": "1" }),
    ...(spins && spinning !== null && { "session.intra_op.spin_duration_us": String(spinning) }),
  };
}

/** One model, loaded. */
export interface OrtSession {
  /** `koffi`: the C API, off the main thread, nothing copied. `binding`: the package's own, blocking, outputs copied. */
  readonly kind: "koffi" | "binding";
  /** Version of ONNX Runtime. */
  readonly version: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  /**
   * Feeds every input and writes the wanted outputs into the given arrays. An output may share its memory with an input
   * when no node reads that input after the output is written. Keep the same objects from run to run: what is
   * made for them natively is kept as long as they live. Nothing may touch them until the promise settles.
   * Rejects with OrtError `engine/wrong-feed`, `engine/run-failed` or `engine/session-released`.
   */
  run(inputs: ReadonlyMap<string, OrtArray>, outputs: ReadonlyMap<string, OrtArray>): Promise<void>;
  /** Frees the session, after the runs under way have ended. Further runs are rejected. */
  release(): void;
}
