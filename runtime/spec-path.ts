// How a path in a specification is meant, wherever its files stand.
import { posix } from "node:path";

/** The path of `to` as written in the file `from`. */
export function resolvePath(from: string, to: string): string {
  return posix.isAbsolute(to) ? to : posix.join(posix.dirname(from), to);
}
