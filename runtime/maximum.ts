// The maximum of more values than a call can have arguments.

/** The maximum; -Infinity for an empty list. */
export function maximum(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY;
  for (const value of values) most = Math.max(most, value);
  return most;
}
