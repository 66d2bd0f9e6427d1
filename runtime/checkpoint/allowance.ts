// Names that a command line allows to be missing or to be left out.
import { isLike } from "../wildcard.js";

/** Patterns, in which `*` stands for anything; `unused` lists those that never matched. */
export function allowance(patterns: readonly string[]) {
  const used = new Set<string>();
  return {
    allows(name: string): boolean {
      const matching = patterns.filter((pattern) => isLike(name, pattern));
      for (const pattern of matching) used.add(pattern);
      return matching.length > 0;
    },
    unused: () => patterns.filter((pattern) => !used.has(pattern)),
  };
}
