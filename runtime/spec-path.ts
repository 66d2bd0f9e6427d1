// Resolution of paths in a specification, wherever its files come from.
import { posix } from "node:path";

/** The path that `to` denotes in the file `from`. */
export function resolvePath(from: string, to: string): string {
  return posix.isAbsolute(to) ? to : posix.join(posix.dirname(from), to);
}
