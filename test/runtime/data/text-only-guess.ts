// A text-only baseline: naive Bayes over unigrams and bigrams, trained on statements.

interface Labelled {
  readonly text: string;
  readonly isTrue: boolean;
}

/** Words and punctuation marks of a text. */
export function tokensOf(text: string): string[] {
  return text.match(/\w+|[^\w\s]/g) ?? [];
}

/** Accuracy on `held` of labels predicted from the words alone; ties count as true. */
export function guessAccuracy(train: readonly Labelled[], held: readonly Labelled[]): number {
  const counts = new Map<string, [no: number, yes: number]>();
  const totals: [number, number] = [0, 0];
  for (const { text, isTrue } of train) {
    totals[Number(isTrue)] = (totals[Number(isTrue)] ?? 0) + 1;
    for (const feature of featuresOf(text)) {
      const count = counts.get(feature) ?? [0, 0];
      count[Number(isTrue)] = (count[Number(isTrue)] ?? 0) + 1;
      counts.set(feature, count);
    }
  }
  const scoreOf = (text: string): number =>
    [...featuresOf(text)].reduce(
      (score, feature) => {
        const [no, yes] = counts.get(feature) ?? [0, 0];
        return score + Math.log((yes + 1) / (totals[1] + 2)) - Math.log((no + 1) / (totals[0] + 2));
      },
      Math.log(totals[1]) - Math.log(totals[0]),
    );
  return held.filter(({ text, isTrue }) => scoreOf(text) >= 0 === isTrue).length / held.length;
}

/** Unigrams, bigrams and the whole sentence. */
function featuresOf(text: string): Set<string> {
  const words = tokensOf(text);
  return new Set([...words, ...words.slice(1).map((word, i) => `${words[i] ?? ""} ${word}`), `= ${text}`]);
}
