// Shortens lists of lines about many tensors.

/** Merges lines that differ only in numbers of layers: `blocks.*.norm1.weight … (12 times)`. */
export function grouped(lines: readonly string[]): string[] {
  const groups = new Map<string, string[]>();
  for (const line of lines) {
    const pattern = withoutNumbers(line);
    const group = groups.get(pattern) ?? [];
    groups.set(pattern, group);
    group.push(line);
  }
  return [...groups].map(([pattern, group]) =>
    group.length === 1 ? group.join("") : `${pattern} (${group.length} times)`,
  );
}

/** At most `limit` lines, and a line with how many are left out. */
export function atMost(lines: readonly string[], limit: number): string[] {
  return lines.length <= limit ? [...lines] : [...lines.slice(0, limit), `and ${lines.length - limit} more`];
}

/** Replaces numbers of layers by `*`. */
export function withoutNumbers(text: string): string {
  return text.replace(/\.\d+(?=\.)/g, ".*");
}
