// A user's mistake in data, with code, place and remedy. The one error that the data pipeline throws on purpose;
// anything else that comes out of it is a bug of ours.
import { codes, type Code, type Holes } from "../codes.js";

/** Where a mistake stands: a file and a line from 1. */
export interface Place {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** A coded mistake in data. `others` are further mistakes found in the same reading, reported together. */
export class DataError extends Error {
  override readonly name = "DataError";
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly help: string;
  readonly others: readonly DataError[];

  constructor(
    readonly code: Code,
    message: string,
    place: Place = {},
    others: readonly DataError[] = [],
  ) {
    super(message);
    this.file = place.file;
    this.line = place.line;
    this.help = codes[code].help;
    this.others = others;
  }
}

/** The error of `code` with its message filled. */
export function dataError<C extends Code>(code: C, holes: Holes<C>, place: Place = {}): DataError {
  // Boundary: TypeScript cannot see that an entry of the table takes the holes of its own code.
  const message = codes[code].message as (holes: Holes<C>) => string;
  return new DataError(code, message(holes), place);
}

/** One error that carries all of `errors` (at least one), so that everything wrong is told at once. */
export function allOf(errors: readonly DataError[]): DataError {
  const [first, ...others] = errors;
  if (first === undefined) throw new Error("internal: no error to report");
  if (others.length === 0) return first;
  return new DataError(first.code, first.message, { file: first.file, line: first.line }, others);
}
