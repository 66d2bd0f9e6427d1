// Phrases of messages: lists of names, and counts.

/** `` `a`, `b`, `c` ``. */
export function listed(names: Iterable<string>, separator = ", "): string {
  return [...names].map((name) => `\`${name}\``).join(separator);
}

/** The same for at most `most` names: `` `a`, `b` and 7 more ``. */
export function listedFew(names: Iterable<string>, most: number): string {
  const all = [...names];
  return listed(all.slice(0, most)) + (all.length > most ? ` and ${all.length - most} more` : "");
}

/** `1 image`, `1,203 images`. */
export function counted(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

/** Large numbers with three digits: `202 M`, `1.03 M`, `12.3 k`; all digits below ten thousand: `1,024`. */
export function amount(count: number): string {
  if (count < 10_000) return count.toLocaleString("en");
  const rounded = Number(count.toPrecision(3));
  const [scale, unit] = rounded >= 1e9 ? [1e9, "B"] : rounded >= 1e6 ? [1e6, "M"] : [1e3, "k"];
  const value = rounded / scale;
  return `${value >= 100 ? value.toFixed(0) : value.toPrecision(3)} ${unit}`;
}
