// The errors of the tfjs engine: what is not installed, what a backend cannot do, and what failed while running.
import type { Span } from "../../../grammar/index.js";

export type TfjsErrorCode =
  "engine/unknown-backend" | "engine/library-missing" | "engine/kernel-missing" | "engine/run-failed";

interface TfjsErrorDetails {
  /** What to do about it, one sentence. */
  readonly remedy: string;
  /** The line of the spec whose operation failed. */
  readonly origin?: Span | null;
  readonly cause?: unknown;
}

export class TfjsError extends Error {
  override readonly name = "TfjsError";
  readonly remedy: string;
  readonly origin: Span | null;

  constructor(
    readonly code: TfjsErrorCode,
    message: string,
    { remedy, origin = null, cause }: TfjsErrorDetails,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.remedy = remedy;
    this.origin = origin;
  }
}
