// Names with `*` for anything, as users write them for files and parameters.

/** Whether a name is of a pattern in which `*` stands for any text. In linear time, unlike a regular expression. */
export function isLike(name: string, pattern: string): boolean {
  const [first = "", ...parts] = pattern.split("*");
  const last = parts.pop();
  if (last === undefined) return name === pattern;
  let end = name.startsWith(first) ? first.length : Infinity;
  for (const part of parts) {
    const at = name.indexOf(part, end);
    end = at < 0 ? Infinity : at + part.length;
  }
  return end <= name.length - last.length && name.endsWith(last);
}
