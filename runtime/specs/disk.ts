// The checker's access to the disk. Paths are shown as the user wrote them.
import { accessSync, constants, readdirSync, readFileSync, realpathSync, statSync } from "node:fs";
import { posix, sep } from "node:path";
import type { FileAccess } from "../../compiler/front-end.js";
import { reasonOf, systemCode } from "../errors/system-error.js";
import { resolvePath } from "../spec-path.js";

/** A path as the checker prints it. */
export function entryPath(path: string): string {
  return sep === "/" ? path : path.replaceAll(sep, "/");
}

/** The text of a file, or null where it cannot be read. */
export function readText(path: string): string | null {
  if (refusal(path) !== null) return null;
  try {
    return readFileSync(path, "utf8");
  } catch {
    return null;
  }
}

/** Paths that a shell passes instead of a file: `<(command)`, or `-` in other programs. */
const passed = /^\/(?:dev\/(?:stdin|fd\/\d+)|proc\/self\/fd\/\d+)$/;

const largest = 8 * 2 ** 20;

/** Why an existing file cannot be read as a specification; null where it can be read, and where there is none. */
function refusal(path: string): string | null {
  try {
    const status = statSync(path);
    if (status.isDirectory()) return "it is a folder; name a file";
    if (!status.isFile() && !passed.test(path)) return "it is no regular file, but a device, a pipe or a socket";
    if (status.size > largest) return `it has ${Math.ceil(status.size / 2 ** 20)} MiB; a specification has at most 8`;
    accessSync(path, constants.R_OK);
    return null;
  } catch (error) {
    return systemCode(error) === "ENOENT" ? null : (reasonOf(error) ?? null);
  }
}

function identity(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    return path;
  }
}

/** The checker's access to the disk. */
export const disk: FileAccess = { read: readText, resolvePath, beside, identity, refusal };

function beside(path: string): readonly string[] {
  try {
    const entries = readdirSync(posix.dirname(path), { withFileTypes: true });
    return entries.filter((entry) => entry.name.endsWith(".vlmo") && !entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}
