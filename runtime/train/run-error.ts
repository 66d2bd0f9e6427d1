// What can go wrong while a run is under way: a coded error with the line of the spec that is about it.
import type { Span } from "../../grammar/index.js";
import { codes, type Code, type Holes } from "../codes.js";

/** The codes of this part of the catalogue. */
export type RunCode = Extract<Code, `V93${number}`>;

export class RunError extends Error {
  override readonly name = "RunError";
  readonly help: string;

  constructor(
    readonly code: RunCode,
    message: string,
    readonly span: Span | null,
  ) {
    super(message);
    this.help = codes[code].help;
  }
}

/** The error of `code`, its message filled. */
export function runError<C extends RunCode>(code: C, holes: Holes<C>, span: Span | null = null): RunError {
  // Boundary: TypeScript cannot see that an entry of the table takes the holes of its own code.
  const message = codes[code].message as (holes: Holes<C>) => string;
  return new RunError(code, message(holes), span);
}
