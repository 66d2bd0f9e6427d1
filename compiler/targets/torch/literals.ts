// Python literals.

/** A Python tuple of integers. */
export function tuple(numbers: readonly number[]): string {
  return numbers.length === 1 ? `(${numbers.join()},)` : `(${numbers.join(", ")})`;
}

/** A Python bool. */
export function flag(value: boolean): string {
  return value ? "True" : "False";
}

/** A Python number. */
export function number(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  return `float("${Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"}")`;
}
