// The errors of this engine's sessions: what ONNX Runtime, its library or a caller's tensors did wrong. What a user can
// mend of them leaves the engine as a VlmoError; the rest are bugs of ours.
import { vlmoError } from "../../vlmo-error.js";

export type OrtErrorCode =
  | "engine/library-missing"
  | "engine/model-rejected"
  | "engine/wrong-feed"
  | "engine/run-failed"
  | "engine/session-released";

interface OrtErrorDetails {
  /** What to do about it, one sentence. */
  readonly remedy: string;
  /** Name of ONNX Runtime's own status, e.g. `INVALID_ARGUMENT`. */
  readonly status?: string;
  readonly cause?: unknown;
}

/** Anything that goes wrong between the runtime and ONNX Runtime; `message` carries ONNX Runtime's own words. */
export class OrtError extends Error {
  override readonly name = "OrtError";
  readonly remedy: string;
  readonly status: string | undefined;

  constructor(
    readonly code: OrtErrorCode,
    message: string,
    { remedy, status, cause }: OrtErrorDetails,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
    this.status = status;
  }
}

/** For a run on a session that was released. */
export function releasedError(): OrtError {
  return new OrtError("engine/session-released", "this session was released", {
    remedy: "Create the session again, or release it only after its last run.",
  });
}

/** For `catch`: throws what a user can mend as a VlmoError (V966 no library, V936 a run that failed), the rest as it is. */
export function rethrow(error: unknown): never {
  if (!(error instanceof OrtError)) throw error;
  const [holes, about] = [{ engine: "ort", reason: error.message }, { cause: error }];
  if (error.code === "engine/library-missing") throw vlmoError("V966", holes, { ...about, help: error.remedy });
  if (error.code === "engine/run-failed") throw vlmoError("V936", holes, about);
  throw error;
}
