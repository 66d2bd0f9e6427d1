// How many samples of an epoch each part of a mixture has.

/** Whole numbers in the proportion of the weights that add up to `total`, the largest remainders rounded up; at least one each. */
export function quotas(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (weight / sum) * total);
  const counts = exact.map((count) => Math.max(1, Math.floor(count)));
  const byRemainder = [...counts.keys()].sort(
    (a, b) => (exact[b] ?? 0) - (counts[b] ?? 0) - ((exact[a] ?? 0) - (counts[a] ?? 0)) || a - b,
  );
  const left = total - counts.reduce((a, b) => a + b, 0);
  for (const part of byRemainder.slice(0, Math.max(0, left))) counts[part] = (counts[part] ?? 0) + 1;
  // What was rounded up to one is taken from the largest.
  const largest = counts.indexOf(Math.max(...counts));
  if (left < 0) counts[largest] = (counts[largest] ?? 0) + left;
  return counts;
}
