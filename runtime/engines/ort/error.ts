// Errors of sessions: of ONNX Runtime, its library or a caller's tensors. Those that a user can fix leave the engine as
// VlmoErrors; the others are bugs in vlmo.
import { bytesText } from "../../../compiler/index.js";
import { memoryHere } from "../../memory.js";
import { vlmoError, type VlmoError } from "../../errors/vlmo-error.js";

/** The kind of an error, for callers that distinguish them. */
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

/** An error between vlmo and ONNX Runtime; `message` has ONNX Runtime's own words. */
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

/** A run on a session that was released. */
export function releasedError(): OrtError {
  return new OrtError("engine/session-released", "this session was released", {
    remedy: "Create the session again, or release it only after its last run.",
  });
}

/** ONNX Runtime's messages for failed allocations. */
const ALLOCATION = /Failed to allocate memory(?: for requested buffer of size (\d+))?|bad_alloc|bad allocation/;

function tooMuchMemory(error: OrtError): VlmoError {
  const [, bytes] = ALLOCATION.exec(error.message) ?? [];
  const needs = bytes === undefined ? "more than can be had" : `${bytesText(Number(bytes))} at once`;
  return vlmoError("V987", { what: "a run", needs, has: bytesText(memoryHere()) }, { cause: error });
}

/**
 * For `catch`: throws errors that a user can fix as VlmoErrors (V966 no library, V987 no memory, V936 a failed run), and others
 * unchanged.
 */
export function rethrow(error: unknown): never {
  if (!(error instanceof OrtError)) throw error;
  const [holes, about] = [{ engine: "ort", reason: error.message }, { cause: error }];
  if (ALLOCATION.test(error.message)) throw tooMuchMemory(error);
  if (error.code === "engine/library-missing") throw vlmoError("V966", holes, { ...about, help: error.remedy });
  if (error.code === "engine/run-failed") throw vlmoError("V936", holes, about);
  throw error;
}
