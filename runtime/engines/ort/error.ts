// The errors of this engine's sessions: what ONNX Runtime, its library or a caller's tensors did wrong. What a user can
// fix of them leaves the engine as a VlmoError; the rest are bugs in vlmo.
import { bytesText } from "../../../compiler/index.js";
import { memoryHere } from "../../memory.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";

/** What went wrong, for callers that distinguish cases. */
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

/** Anything that goes wrong between the runtime and ONNX Runtime; `message` has ONNX Runtime's own words. */
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

/** How ONNX Runtime says that memory could not be had. */
const ALLOCATION = /Failed to allocate memory(?: for requested buffer of size (\d+))?|bad_alloc|bad allocation/;

function tooMuchMemory(error: OrtError): VlmoError {
  const [, bytes] = ALLOCATION.exec(error.message) ?? [];
  const needs = bytes === undefined ? "more than can be had" : `${bytesText(Number(bytes))} at once`;
  return vlmoError("V987", { what: "a run", needs, has: bytesText(memoryHere()) }, { cause: error });
}

/** For `catch`: throws what a user can fix as a VlmoError (V966 no library, V987 no memory, V936 a failed run), the
 * rest as it is. */
export function rethrow(error: unknown): never {
  if (!(error instanceof OrtError)) throw error;
  const [holes, about] = [{ engine: "ort", reason: error.message }, { cause: error }];
  if (ALLOCATION.test(error.message)) throw tooMuchMemory(error);
  if (error.code === "engine/library-missing") throw vlmoError("V966", holes, { ...about, help: error.remedy });
  if (error.code === "engine/run-failed") throw vlmoError("V936", holes, about);
  throw error;
}
