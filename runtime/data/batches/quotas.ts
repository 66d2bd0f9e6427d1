// The number of samples of an epoch from each part of a mixture.

/** Integers proportional to the weights that sum to `total`: largest remainders are rounded up, and each is at least one. */
export function quotas(weights: readonly number[], total: number): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  const exact = weights.map((weight) => (weight / sum) * total);
  const counts = exact.map((count) => Math.max(1, Math.floor(count)));
  const byRemainder = [...counts.keys()].sort(
    (a, b) => (exact[b] ?? 0) - (counts[b] ?? 0) - ((exact[a] ?? 0) - (counts[a] ?? 0)) || a - b,
  );
  const left = total - counts.reduce((a, b) => a + b, 0);
  for (const part of byRemainder.slice(0, Math.max(0, left))) counts[part] = (counts[part] ?? 0) + 1;
  // Those raised to one are compensated by the largest.
  const largest = counts.indexOf(Math.max(...counts));
  if (left < 0) counts[largest] = (counts[largest] ?? 0) + left;
  return counts;
}
