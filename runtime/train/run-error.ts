// What can go wrong while a run is under way, as coded errors with place and remedy.
import type { Span } from "../../grammar/index.js";

export class RunError extends Error {
  override readonly name = "RunError";
  constructor(
    readonly code: "V930" | "V931" | "V932" | "V933",
    message: string,
    readonly help: string,
    /** The line of the spec that is about it. */
    readonly span: Span | null = null,
  ) {
    super(message);
  }
}
