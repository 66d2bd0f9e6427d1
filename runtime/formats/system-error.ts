// What the operating system says about a file, in our words. The error itself is vlmo-error.ts.
import { VlmoError, vlmoError } from "../vlmo-error.js";

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
  ELOOP: "its links go in a circle",
  ENAMETOOLONG: "its name is too long",
};

/** The error for a failed read (V920) or write (V923); a VlmoError passes through unchanged. */
export function systemError(code: "V920" | "V923", file: string, cause: unknown): VlmoError {
  if (cause instanceof VlmoError) return cause;
  if (!(cause instanceof Error)) throw new Error(`internal: ${String(cause)} thrown about ${file}`);
  if (cause instanceof RangeError) {
    return vlmoError(code, { file, reason: `it does not fit into memory (${cause.message})` }, { cause });
  }
  const system = systemCode(cause);
  if (system === undefined) throw cause;
  const help =
    system === "ENOSPC" || system === "EDQUOT" ? { help: "free some space, then run the command again" } : {};
  return vlmoError(code, { file, reason: reasons[system] ?? cause.message }, { cause, ...help });
}

/** What the operating system said of a file, in our words; undefined where it is silent. */
export function reasonOf(error: unknown): string | undefined {
  const system = systemCode(error);
  return system === undefined ? undefined : (reasons[system] ?? "the system refuses it");
}

/** `ENOENT` and its like, or undefined when the operating system did not cause this error. */
export function systemCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined;
}
