// A user's mistake in what a command was asked to do: names, inputs, folders. Data and tensor files have error types of
// their own; all carry a code, a message and a remedy, which is what the command line looks for.
import { codes, type Code, type Holes } from "./codes.js";

/** The codes of this part of the catalogue. */
export type RequestCode = Extract<Code, `V96${number}` | "V944">;

export class RequestError extends Error {
  override readonly name = "RequestError";
  readonly help: string;

  constructor(
    readonly code: RequestCode,
    message: string,
    help: string | undefined,
  ) {
    super(message);
    this.help = help ?? codes[code].help;
  }
}

/** The error of `code`, its message filled; `help` where there is better advice than the catalogue's. */
export function requestError<C extends RequestCode>(code: C, holes: Holes<C>, help?: string): RequestError {
  // Boundary: TypeScript cannot see that an entry of the table takes the holes of its own code.
  const message = codes[code].message as (holes: Holes<C>) => string;
  return new RequestError(code, message(holes), help);
}
