// ONNX Runtime on this machine: the C API through koffi, or the binding of onnxruntime-node if koffi cannot be loaded. Nothing
// else loads the library.
import { OrtError } from "./error.js";
import type { HostArray, OrtSession, SessionOptions } from "./ort-session.js";
import { forbidTelemetry } from "./telemetry.js";

export type { HostArray, OrtArray, OrtSession, SessionOptions } from "./ort-session.js";

/** An open ONNX Runtime. */
export interface OrtRuntime extends Pick<OrtSession, "kind" | "version"> {
  /**
   * Loads a serialized ONNX model whose inputs and outputs are float32 or int32 tensors of declared shape.
   * Rejects with OrtError `engine/model-rejected`.
   */
  createSession(model: Uint8Array, options: SessionOptions): Promise<OrtSession>;
  /** Frees the native value of an array that no run uses any more. */
  forget(array: HostArray): void;
}

/**
 * Opens ONNX Runtime. `VLMO_ORT=binding` in the environment forces the package's own binding; `kind` says which is used.
 * Rejects with OrtError `engine/library-missing` if neither works here.
 */
export async function openRuntime(): Promise<OrtRuntime> {
  // koffi loads its native module on import, and has none for some platforms.
  const koffi = await import("./koffi-session.js").catch(() => null);
  forbidTelemetry(koffi?.setVariable ?? null);
  try {
    if (koffi !== null && process.env["VLMO_ORT"] !== "binding") {
      const { koffiVersion, createKoffiSession, forgetArray } = koffi;
      return { kind: "koffi", version: koffiVersion(), createSession: createKoffiSession, forget: forgetArray };
    }
  } catch (cause) {
    if (!(cause instanceof OrtError && cause.code === "engine/library-missing")) throw cause;
  }
  // Imported on demand: the binding loads its native module on import.
  const { bindingVersion, createBindingSession } = await import("./binding-session.js").catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrtError("engine/library-missing", `onnxruntime-node could not be loaded: ${reason}`, {
      remedy: "Install `onnxruntime-node` on a platform it supports, or choose another engine.",
      cause,
    });
  });
  return {
    kind: "binding",
    version: bindingVersion,
    createSession: createBindingSession,
    forget: () => undefined,
  };
}

/** One session, on the runtime that `openRuntime` finds. */
export async function createSession(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
  return (await openRuntime()).createSession(model, options);
}
