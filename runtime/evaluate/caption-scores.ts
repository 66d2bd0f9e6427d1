// BLEU-4, ROUGE-L and CIDEr-D of captions against all texts of their images, as COCO's evaluation computes them
// (github.com/tylin/coco-caption). Only the splitting into words is simpler than its Java tokenizer (docs/metrics.md).
import { mean } from "./gathered.js";

/** Words of a caption, and of every text of its image. */
export interface Scored {
  readonly said: readonly string[];
  readonly references: readonly (readonly string[])[];
}

/** Words in lower case without punctuation; `n't`, `'s` and the like are words of their own, as in the Penn Treebank. */
export function wordsOf(text: string): string[] {
  return text
    .normalize("NFC")
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/n't\b/g, " n't ")
    .replace(/'(s|re|ve|ll|d|m)\b/g, " '$1 ")
    .split(/[^\p{L}\p{M}\p{N}'\-]+/u)
    .map((word) => (/^('(s|re|ve|ll|d|m)|n't)$/.test(word) ? word : word.replace(/^['-]+|['-]+$/g, "")))
    .filter((word) => word !== "");
}

/** The largest n of n-grams. */
const RUNS = 4;

/** Of the whole data set: the geometric mean of the n-gram precisions, with the brevity penalty. */
export function bleu(all: readonly Scored[]): number {
  const [matched, made] = [new Float64Array(RUNS), new Float64Array(RUNS)];
  let [length, wanted] = [0, 0];
  for (const { said, references } of all) {
    length += said.length;
    wanted += closest(references, said.length);
    for (let n = 1; n <= RUNS; n++) {
      const most = mostOf(references.map((words) => runsOf(words, n)));
      for (const [run, count] of runsOf(said, n)) {
        matched[n - 1] = (matched[n - 1] ?? 0) + Math.min(count, most.get(run) ?? 0);
        made[n - 1] = (made[n - 1] ?? 0) + count;
      }
    }
  }
  const product = matched.reduce((all, count, i) => (all * (count + 1e-15)) / ((made[i] ?? 0) + 1e-9), 1);
  const ratio = (length + 1e-15) / (wanted + 1e-9);
  return product ** (1 / RUNS) * (ratio < 1 ? Math.exp(1 - 1 / ratio) : 1);
}

/** The length of the reference nearest to `length`, the shorter one in a tie. */
function closest(references: readonly (readonly string[])[], length: number): number {
  const lengths = references.map((words) => words.length);
  return lengths.sort((a, b) => Math.abs(a - length) - Math.abs(b - length) || a - b)[0] ?? 0;
}

/** Weight of recall against precision. */
const BETA = 1.2;

/** Mean over captions: the F score of the best precision and the best recall of longest common subsequences. */
export function rouge(all: readonly Scored[]): number {
  return mean(
    all.map(({ said, references }) => {
      const common = references.map((words) => commonLength(said, words));
      const precision = Math.max(0, ...common.map((length) => length / Math.max(1, said.length)));
      const recall = Math.max(0, ...common.map((length, i) => length / Math.max(1, references[i]?.length ?? 0)));
      if (precision === 0 || recall === 0) return 0;
      return ((1 + BETA ** 2) * precision * recall) / (recall + BETA ** 2 * precision);
    }),
  );
}

/** Words of the longest common subsequence. */
function commonLength(a: readonly string[], b: readonly string[]): number {
  let before = new Int32Array(b.length + 1);
  for (const word of a) {
    const row = new Int32Array(b.length + 1);
    b.forEach((other, j) => {
      row[j + 1] = word === other ? (before[j] ?? 0) + 1 : Math.max(before[j + 1] ?? 0, row[j] ?? 0);
    });
    before = row;
  }
  return before[b.length] ?? 0;
}

/** Standard deviation of CIDEr-D's Gaussian length penalty. */
const SIGMA = 6;

/**
 * Mean over captions, times ten: cosine similarities of n-grams weighted by inverse document frequency, with counts clipped to
 * those of the reference.
 */
export function cider(all: readonly Scored[]): number {
  const images = new Map<string, number>();
  for (const { references } of all) {
    const own = new Set(references.flatMap((words) => lengths.flatMap((n) => [...runsOf(words, n).keys()])));
    for (const run of own) images.set(run, (images.get(run) ?? 0) + 1);
  }
  const weigh = (words: readonly string[]): Weighed =>
    weighed(words, (run) => Math.log(all.length) - Math.log(Math.max(1, images.get(run) ?? 0)));
  return mean(
    all.map(({ said, references }) => {
      const own = weigh(said);
      return 10 * mean(references.map((words) => alike(own, weigh(words))));
    }),
  );
}

const lengths = Array.from({ length: RUNS }, (_, i) => i + 1);

interface Weighed {
  /** By n. */
  readonly runs: readonly ReadonlyMap<string, number>[];
  readonly norms: readonly number[];
  /** The length as CIDEr-D counts it, in bigrams. */
  readonly length: number;
}

function weighed(words: readonly string[], weightOf: (run: string) => number): Weighed {
  const runs = lengths.map((n) => new Map([...runsOf(words, n)].map(([run, count]) => [run, count * weightOf(run)])));
  const norms = runs.map((own) => Math.hypot(...own.values()));
  return { runs, norms, length: Math.max(0, words.length - 1) };
}

function alike(said: Weighed, reference: Weighed): number {
  const forgiven = Math.exp(-((said.length - reference.length) ** 2) / (2 * SIGMA ** 2));
  return mean(
    said.runs.map((runs, i) => {
      const other = reference.runs[i] ?? new Map<string, number>();
      const product = [...runs].reduce((sum, [run, weight]) => {
        const own = other.get(run) ?? 0;
        return sum + Math.min(weight, own) * own;
      }, 0);
      const norm = (said.norms[i] ?? 0) * (reference.norms[i] ?? 0);
      return forgiven * (norm === 0 ? 0 : product / norm);
    }),
  );
}

/** The n-grams of a text with their counts. */
function runsOf(words: readonly string[], n: number): Map<string, number> {
  const runs = new Map<string, number>();
  for (let i = 0; i + n <= words.length; i++) {
    const run = words.slice(i, i + n).join(" ");
    runs.set(run, (runs.get(run) ?? 0) + 1);
  }
  return runs;
}

/** The largest count of each n-gram. */
function mostOf(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const most = new Map<string, number>();
  for (const each of counts) for (const [run, count] of each) most.set(run, Math.max(count, most.get(run) ?? 0));
  return most;
}
