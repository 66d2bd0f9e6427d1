// Means, standard deviations, and the rule by which two variants are said to differ.

/** Quantiles of Student's t for a two-sided 95%, by degrees of freedom. */
const T95 = [12.71, 4.3, 3.18, 2.78, 2.57, 2.45, 2.36, 2.31, 2.26, 2.23];

export function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

/** The sample standard deviation; null for fewer than two. */
export function spread(values) {
  if (values.length < 2) return null;
  const middle = mean(values);
  return Math.sqrt(values.reduce((sum, value) => sum + (value - middle) ** 2, 0) / (values.length - 1));
}

/**
 * The difference of the means of `stronger` and `weaker`, and the half-width of its 95% interval by Student's t with pooled
 * standard deviations (null where one of them has a single value).
 */
export function compared(weaker, stronger) {
  const difference = mean(stronger) - mean(weaker);
  if (weaker.length < 2 || stronger.length < 2) return { difference, within: null, verdict: "single" };
  const degrees = weaker.length + stronger.length - 2;
  const squares = [weaker, stronger].map((values) => spread(values) ** 2 * (values.length - 1));
  const error = Math.sqrt(((squares[0] + squares[1]) / degrees) * (1 / weaker.length + 1 / stronger.length));
  const within = (T95[degrees - 1] ?? 1.96) * error;
  const verdict = Math.abs(difference) <= within ? "open" : difference > 0 ? "shows" : "reversed";
  return { difference, within, verdict };
}
