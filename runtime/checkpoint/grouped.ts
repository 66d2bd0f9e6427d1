// Lines about many tensors, shortened: what is said alike of several layers is said once.

/** Lines that differ in the numbers of layers alone, as one: `blocks.*.norm1.weight … (12 times)`. */
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

/** At most `limit` lines, and how many are left. */
export function atMost(lines: readonly string[], limit: number): string[] {
  return lines.length <= limit ? [...lines] : [...lines.slice(0, limit), `and ${lines.length - limit} more`];
}

/** A name, or a line with names, with `*` for the number of a layer. */
export function withoutNumbers(text: string): string {
  return text.replace(/\.\d+(?=\.)/g, ".*");
}
