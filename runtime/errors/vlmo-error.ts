// The error class for everything a user can fix: a code of the catalogue, its filled message, a location and a remedy. Anything
// else that is thrown is a bug in vlmo. cli/failure.ts prints it.
import type { Span } from "../../grammar/index.js";
import { codes, type Code, type Holes } from "./codes.js";

/** The location of a mistake: a file and a line from 1. */
export interface Location {
  readonly file?: string | undefined;
  readonly line?: number | undefined;
}

/** The context of an error besides its message. */
export interface ErrorContext extends Location {
  /** The span in the specification that it is about. */
  readonly span?: Span | null;
  /** A more specific remedy than the catalogue's. */
  readonly help?: string | undefined;
  /** The message without its list, and the list. */
  readonly listed?: Listed | undefined;
  readonly cause?: unknown;
}

/** A message that lists several things, for programs. */
export interface Listed {
  readonly summary: string;
  readonly items: readonly object[];
}

/** Made by `vlmoError`, shown by the command line; anything else that is thrown is a bug in vlmo. */
export class VlmoError extends Error {
  override readonly name: string = "VlmoError";
  readonly file: string | undefined;
  readonly line: number | undefined;
  readonly help: string;
  readonly listed: Listed | undefined;
  /** Private, to be hidden when the error is inspected: it holds a whole file. */
  readonly #span: Span | null;

  constructor(
    readonly code: Code,
    message: string,
    about: ErrorContext = {},
    /** Further mistakes found in the same reading, reported together. */
    readonly others: readonly VlmoError[] = [],
  ) {
    super(message, about.cause === undefined ? undefined : { cause: about.cause });
    this.file = about.file;
    this.line = about.line;
    this.#span = about.span ?? null;
    this.help = about.help ?? codes[code].help;
    this.listed = about.listed;
  }

  /** The span in the specification that it is about. */
  get span(): Span | null {
    return this.#span;
  }
}

/** The error of `code`, its message filled. It is about the file that its message names, unless `about` names another. */
export function vlmoError<C extends Code>(code: C, holes: Holes<C>, about: ErrorContext = {}): VlmoError {
  const named = "file" in holes && typeof holes.file === "string" ? { file: holes.file } : {};
  return new VlmoError(code, messageOf(code, holes), { ...named, ...about });
}

/** The catalogue's message of `code`. */
export function messageOf<C extends Code>(code: C, holes: Holes<C>): string {
  // Boundary: TypeScript cannot see that an entry of the table takes the holes of its own code.
  const message = codes[code].message as (holes: Holes<C>) => string;
  return message(holes);
}

/** The single mistakes in a thrown value; anything that is not a user's mistake is rethrown. */
export function mistakesIn(thrown: unknown): VlmoError[] {
  if (!(thrown instanceof VlmoError)) throw thrown;
  return [thrown, ...thrown.others.flatMap(mistakesIn)];
}

/** A mistake found elsewhere, for example in records, with the span of the specification that it is about. */
export function placedAt({ code, message, file, line, help, listed, cause }: VlmoError, span: Span): VlmoError {
  return new VlmoError(code, message, { span, file, line, help, listed, cause });
}

/** The same for all mistakes in `thrown`, at `span` where they have no span of their own. */
export function allPlacedAt(thrown: unknown, span: Span): VlmoError {
  return allOf(mistakesIn(thrown).map((mistake) => (mistake.span === null ? placedAt(mistake, span) : mistake)));
}

/** The same mistake with another remedy. */
export function withHelp(
  { code, message, file, line, span, listed, cause, others }: VlmoError,
  help: string,
): VlmoError {
  return new VlmoError(code, message, { span, file, line, help, listed, cause }, others);
}

/** All of these mistakes, each with the remedy from `adviceOf`. */
export function advisedBy(mistakes: readonly VlmoError[], adviceOf: (mistake: VlmoError) => string): VlmoError {
  const alone = ({ code, message, file, line, span, listed, cause }: VlmoError, help: string): VlmoError =>
    new VlmoError(code, message, { span, file, line, help, listed, cause });
  return allOf(mistakes.map((mistake) => alone(mistake, adviceOf(mistake))));
}

/** A remedy where there is no data block in which to set `on_error: skip`, or one that sets it already. */
export function withoutSkipping(help: string, instead = ""): string {
  return help.replace(/(,? or set|;) `on_error: skip`.*$/, instead);
}

/** Mistakes without duplicates. */
export function distinct(errors: readonly VlmoError[]): VlmoError[] {
  const key = ({ code, message, span, file, line }: VlmoError) =>
    [code, message, span?.file.path, span?.start, file, line].join("\n");
  return [...new Map(errors.map((error) => [key(error), error])).values()];
}

/** One error that carries all of `errors` (at least one), so that everything wrong is reported together. */
export function allOf(errors: readonly VlmoError[]): VlmoError {
  const [first, ...others] = errors;
  if (first === undefined) throw new Error("internal: no error to report");
  return others.length === 0 ? first : new VlmoError(first.code, first.message, first, [...first.others, ...others]);
}

/** Throws all errors as one, each reported once; nothing where there is none. */
export function refuse(errors: readonly VlmoError[]): void {
  const each = distinct(errors);
  if (each.length > 0) throw allOf(each);
}

/** The result of some work; null after a user's mistake, which is reported elsewhere. */
export async function orNull<T>(work: Promise<T>): Promise<T | null> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof VlmoError) return null;
    throw error;
  }
}
