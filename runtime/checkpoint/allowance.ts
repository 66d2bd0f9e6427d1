// What a command line allows by name: parameters that may be missing, keys that may be left out.

/** Names, in which `*` stands for anything, that remember which of them allowed something. */
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
