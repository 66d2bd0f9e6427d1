// Values as Python writes them.

/** A tuple of whole numbers as Python writes it. */
export function tuple(numbers: readonly number[]): string {
  return numbers.length === 1 ? `(${numbers.join()},)` : `(${numbers.join(", ")})`;
}

/** A truth value as Python writes it. */
export function flag(value: boolean): string {
  return value ? "True" : "False";
}

/** A number as Python writes it. */
export function number(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? "-0.0" : String(value);
  return `float("${Number.isNaN(value) ? "nan" : value > 0 ? "inf" : "-inf"}")`;
}
