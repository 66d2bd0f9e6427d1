// Python literals.

/** `[\"image\", \"text\"]` */
export function list(names: readonly string[]): string {
  return `[${names.map((name) => `"${name}"`).join(", ")}]`;
}

/** `range(1, 5)`, or `[1, 3]` where they are not consecutive. */
export function range(numbers: readonly number[]): string {
  const [first = 0, last = 0] = [numbers[0], numbers.at(-1)];
  const isRow = last - first + 1 === numbers.length;
  return isRow ? `range(${first}, ${last + 1})` : `[${numbers.join(", ")}]`;
}

/** `1e-6`, `0.5` */
export function real(value: number): string {
  if (Number.isInteger(value)) return value.toFixed(1);
  return Math.abs(value) < 1e-3 ? value.toExponential() : String(value);
}
