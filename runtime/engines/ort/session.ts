// Creates sessions: on the C API through koffi, or on the package's own binding where koffi cannot load.
import { OrtError } from "./error.js";
import { createKoffiSession } from "./koffi-session.js";
import type { OrtSession, SessionOptions } from "./ort-session.js";

export type { HostArray, OrtSession, SessionOptions } from "./ort-session.js";

/**
 * Loads a serialized ONNX model whose inputs and outputs are float32 or int32 tensors of declared shape.
 * `VLMO_ORT=binding` in the environment forces the package's own binding; `session.kind` says which is in use.
 * Rejects with OrtError `engine/model-rejected`, or `engine/library-missing` when neither way works here.
 */
export async function createSession(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
  if (process.env["VLMO_ORT"] === "binding") return fallBack(model, options);
  try {
    return await createKoffiSession(model, options);
  } catch (cause) {
    if (cause instanceof OrtError && cause.code === "engine/library-missing") return fallBack(model, options);
    throw cause;
  }
}

/** Imported only when wanted: the binding loads its native module on import. */
async function fallBack(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
  const { createBindingSession } = await import("./binding-session.js").catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrtError("engine/library-missing", `onnxruntime-node could not be loaded: ${reason}`, {
      remedy: "Install `onnxruntime-node` on a platform it supports, or choose another engine.",
      cause,
    });
  });
  return createBindingSession(model, options);
}
