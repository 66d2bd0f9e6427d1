// What is wrong with a file of tensors or a checkpoint: one error type with code, file and remedy. Every failure that a
// file can cause comes out of `formats/` and `checkpoint/` as a FileError; anything else is a bug of ours.
import { codes, type Code, type Holes } from "../codes.js";

/** The codes of this part of the catalogue. */
export type FileCode = Extract<Code, `V92${number}`>;

/** A mistake in a file, or in reading or writing it. `help` says what to do about it. */
export class FileError extends Error {
  override readonly name: string = "FileError";
  readonly help: string;

  constructor(
    readonly code: FileCode,
    readonly file: string,
    message: string,
    options: { readonly help?: string; readonly cause?: unknown } = {},
  ) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.help = options.help ?? codes[code].help;
  }
}

type RestHoles<C extends FileCode> = Omit<Holes<C>, "file" | "folder">;

/** The error of `code` about `file`, its message filled with the other holes. */
export function fileError<C extends FileCode>(
  code: C,
  file: string,
  holes: RestHoles<C>,
  options: { readonly help?: string; readonly cause?: unknown } = {},
): FileError {
  return new FileError(code, file, fileMessage(code, file, holes), options);
}

/** The catalogue's message of `code` about `file`. */
export function fileMessage<C extends FileCode>(code: C, file: string, holes: RestHoles<C>): string {
  // Boundary: TypeScript cannot see that an entry of the table takes the holes of its own code.
  const message = codes[code].message as (holes: object) => string;
  return message({ file, folder: file, ...holes });
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ENOTDIR: "a part of its path is not a folder",
  EISDIR: "it is a folder",
  EACCES: "permission denied",
  EPERM: "permission denied",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  EFBIG: "the file would be larger than the system allows",
  EMFILE: "too many files are open",
  EIO: "the device failed",
};

/** The error for a failed read (V920) or write (V923); a FileError passes through unchanged. */
export function systemError(code: "V920" | "V923", file: string, cause: unknown): FileError {
  if (cause instanceof FileError) return cause;
  if (!(cause instanceof Error)) throw new Error(`internal: ${String(cause)} thrown about ${file}`);
  if (cause instanceof RangeError) {
    return fileError(code, file, { reason: `it does not fit into memory (${cause.message})` }, { cause });
  }
  const system = systemCode(cause);
  if (system === undefined) throw cause;
  const help =
    system === "ENOSPC" || system === "EDQUOT" ? { help: "free some space, then run the command again" } : {};
  return fileError(code, file, { reason: reasons[system] ?? cause.message }, { cause, ...help });
}

/** `ENOENT` and its like, or undefined when the operating system did not cause this error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
