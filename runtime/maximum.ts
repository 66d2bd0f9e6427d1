// The largest of values that may be more than a call can have arguments.

/** The largest; -Infinity of none. */
export function maximum(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  return most;
}
