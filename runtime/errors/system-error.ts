// Errors of the operating system about files, in our words. The error class is in vlmo-error.ts.
import { nearPath } from "./near-path.js";
import { VlmoError, vlmoError } from "./vlmo-error.js";

const reasons: Readonly<Record<string, string>> = {
  ENOENT: "it does not exist",
  ELOOP: "its links form a cycle",
  ENAMETOOLONG: "its name is longer than the system allows",
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
  ERR_INVALID_ARG_VALUE: "no file has such a name",
  ERR_FS_FILE_TOO_LARGE: "it is too large to be read whole",
  ERR_STRING_TOO_LONG: "it is too large to be read whole",
};

/** The error for a failed read (V910 of data, V920) or write (V923); a VlmoError passes through unchanged. */
export function systemError(code: "V910" | "V920" | "V923", file: string, cause: unknown, advice?: string): VlmoError {
  if (cause instanceof VlmoError) return cause;
  if (!(cause instanceof Error)) throw new Error(`internal: ${String(cause)} thrown about ${file}`);
  const system = systemCode(cause);
  if (cause instanceof RangeError && system === undefined) {
    return vlmoError(code, { file, reason: "it does not fit into memory" }, { cause });
  }
  if (system === undefined) throw cause;
  const isFull = system === "ENOSPC" || system === "EDQUOT";
  const near = code !== "V923" && system === "ENOENT" ? nearPath(file) : undefined;
  const help = isFull ? "free some space, then run the command again" : (near ?? advice);
  const reason = code === "V923" && system === "ENOENT" ? "there is no folder for it" : systemReason(cause);
  return vlmoError(code, { file, reason }, { cause, help });
}

/** The operating system's error, in words; anything else is rethrown. */
export function systemReason(cause: unknown): string {
  const system = systemCode(cause);
  if (system === undefined) throw cause;
  return reasons[system] ?? `the operating system does not let it be read or written (${system})`;
}

/** The operating system's error in our words; undefined when it did not cause this error. */
export function reasonOf(error: unknown): string | undefined {
  const system = systemCode(error);
  return system === undefined ? undefined : systemReason(error);
}

/** `ENOENT` and the like, or undefined when the operating system did not cause this error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
