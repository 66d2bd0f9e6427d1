// Data mixed by weights, `mix(coco: 3, books: 1)`.

/** Weights normalised to shares of the samples. */
export function sharesOf(weights: readonly number[]): number[] {
  const sum = weights.reduce((a, b) => a + b, 0);
  return weights.map((weight) => Number((weight / sum).toPrecision(12)));
}

/** `75%`, `0.125%`. */
export function shareText(share: number): string {
  return `${Number((100 * share).toPrecision(3))}%`;
}
