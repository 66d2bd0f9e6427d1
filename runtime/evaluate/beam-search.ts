// Beam search: the likeliest texts of a model, one token at a time, for several images at once. A text's score is its
// log-likelihood divided by its length, including the end, to the power of the penalty (Wu et al. 2016 without the constant;
// BEiT-3's captions).

/** The parameters of the search. */
export interface SearchOptions {
  /** Beam width: texts kept at each token. */
  readonly beams: number;
  readonly lengthPenalty: number;
  /** The maximum number of tokens of a text, including the end. */
  readonly longest: number;
  /** Ids of the start token and of the end token. */
  readonly start: number;
  readonly end: number;
  /** Ids that are excluded from texts. */
  readonly never: readonly number[];
}

/**
 * A step of all texts, `beams` for each image: the previous token of each, and the index of the text in the previous step that
 * it extends.
 */
export interface SearchStep {
  readonly last: Int32Array;
  readonly parents: Int32Array;
  /** The position of the token to predict, from 1. */
  readonly place: number;
}

/** Scores (logits) of every token for every text: [texts · vocabulary]. */
export type Scorer = (step: SearchStep) => Promise<ArrayLike<number>>;

interface Text {
  readonly tokens: readonly number[];
  /** Log-likelihood. */
  readonly sum: number;
}

interface Beam extends Text {
  /** The text of the previous step that it extends, among those of its image. */
  readonly parent: number;
}

interface Ended {
  readonly tokens: readonly number[];
  readonly score: number;
}

/** The best text of every image, without its end token; never empty. */
export async function beamSearch(images: number, options: SearchOptions, score: Scorer): Promise<number[][]> {
  const { beams, start, longest } = options;
  const searches = Array.from({ length: images }, () => newSearch(options));
  for (let place = 1; place <= longest && searches.some(({ done }) => !done); place++) {
    const live = searches.flatMap((search) => search.live);
    const last = Int32Array.from(live, ({ tokens }) => tokens.at(-1) ?? start);
    const parents = Int32Array.from(live, ({ parent }, row) => Math.floor(row / beams) * beams + parent);
    const scores = await score({ last, parents, place });
    const width = scores.length / live.length;
    searches.forEach((search, image) => {
      if (search.done) return;
      const rows = search.live.map((_, beam) => {
        const from = (image * beams + beam) * width;
        return Float64Array.from({ length: width }, (__, i) => scores[from + i] ?? 0);
      });
      advance(search, rows, place, options);
    });
  }
  return searches.map(({ ended: [best] }) => [...(best?.tokens ?? [])]);
}

interface ImageSearch {
  /** One per beam; texts of zero likelihood are dropped. */
  live: Beam[];
  /** The best finished texts, best first. */
  ended: Ended[];
  done: boolean;
}

function newSearch({ beams }: SearchOptions): ImageSearch {
  const live = Array.from({ length: beams }, (_, beam) => ({ tokens: [], sum: beam === 0 ? 0 : -Infinity, parent: 0 }));
  return { live, ended: [], done: false };
}

function advance(search: ImageSearch, rows: readonly Float64Array[], place: number, options: SearchOptions): void {
  const { beams, end, longest, lengthPenalty } = options;
  const scoreOf = (sum: number): number => sum / place ** lengthPenalty;
  const isLast = place === longest;
  const candidates = search.live.flatMap(({ tokens, sum }, parent) => {
    if (sum === -Infinity) return [];
    const logProbabilities = logSoftmax(rows[parent] ?? new Float64Array());
    const allowed = isLast ? [end] : likeliest(logProbabilities, beams + 1, place === 1, options);
    return allowed.map((token) => ({ tokens, token, sum: sum + (logProbabilities[token] ?? -Infinity), parent }));
  });
  candidates.sort((a, b) => b.sum - a.sum);
  const live: Beam[] = [];
  candidates.slice(0, 2 * beams).forEach(({ tokens, token, sum, parent }, rank) => {
    if (token === end && rank < beams) search.ended.push({ tokens, score: scoreOf(sum) });
    else if (token !== end && live.length < beams) live.push({ tokens: [...tokens, token], sum, parent });
  });
  const [first] = live;
  while (live.length < beams) live.push({ tokens: [], sum: -Infinity, parent: 0 });
  search.live = live;
  search.ended = [...search.ended].sort((a, b) => b.score - a.score).slice(0, beams);
  const worst = search.ended[beams - 1]?.score ?? -Infinity;
  search.done = first === undefined || worst >= scoreOf(first.sum);
}

function logSoftmax(logits: Float64Array): Float64Array {
  const top = logits.reduce((a, b) => Math.max(a, b), -Infinity);
  const all = top + Math.log(logits.reduce((sum, logit) => sum + Math.exp(logit - top), 0));
  return logits.map((logit) => logit - all);
}

/** The `count` likeliest next tokens of a text, best first; ties in the order of their ids. */
function likeliest(
  logProbabilities: Float64Array,
  count: number,
  isFirst: boolean,
  { never, end }: SearchOptions,
): number[] {
  const barred = new Set(isFirst ? [...never, end] : never);
  const found: number[] = [];
  logProbabilities.forEach((value, token) => {
    const least = logProbabilities[found[count - 1] ?? -1] ?? -Infinity;
    if (barred.has(token) || value <= least) return;
    const at = found.findIndex((other) => (logProbabilities[other] ?? 0) < value);
    found.splice(at < 0 ? found.length : at, 0, token);
    found.length = Math.min(found.length, count);
  });
  return found;
}
