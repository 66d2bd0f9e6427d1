// Names that a command line allows to be missing or to be left out.

/** Patterns, in which `*` stands for anything; `unused` lists those that never matched. */
export function allowance(patterns: readonly string[]) {
  const used = new Set<string>();
  const wholes = new Map(patterns.map((pattern) => [pattern, wholeMatch(pattern)]));
  const covers = (pattern: string, name: string): boolean => wholes.get(pattern)?.test(name) === true;
  return {
    allows(name: string): boolean {
      const matching = patterns.filter((pattern) => covers(pattern, name));
      for (const pattern of matching) used.add(pattern);
      return matching.length > 0;
    },
    unused: () => patterns.filter((pattern) => !used.has(pattern)),
  };
}

function wholeMatch(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join(".*")}$`, "s");
}
