// Creates sessions: on the C API through koffi, or on the package's own binding where koffi cannot load.
import { loadApi } from "./c-api.js";
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

async function fallBack(model: Uint8Array, options: SessionOptions): Promise<OrtSession> {
  return (await importBinding()).createBindingSession(model, options);
}

/** Imported only when wanted: the binding loads its native module on import. */
function importBinding() {
  return import("./binding-session.js").catch((cause: unknown) => {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new OrtError("engine/library-missing", `onnxruntime-node could not be loaded: ${reason}`, {
      remedy: "Install `onnxruntime-node` on a platform it supports, or choose another engine.",
      cause,
    });
  });
}

/** The version of ONNX Runtime that sessions will run on, and the way they will reach it. Rejects as `createSession`. */
export async function runtimeVersion(): Promise<Pick<OrtSession, "kind" | "version">> {
  try {
    if (process.env["VLMO_ORT"] !== "binding") return { kind: "koffi", version: loadApi().version };
  } catch (cause) {
    if (!(cause instanceof OrtError && cause.code === "engine/library-missing")) throw cause;
  }
  return { kind: "binding", version: (await importBinding()).bindingVersion };
}
