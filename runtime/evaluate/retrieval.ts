// Retrieval as COCO and Flickr30K measure it (Karpathy & Fei-Fei, CVPR 2015): distinct images and distinct texts, of which
// any that is true of the query is right. Ties count by expectation, as if equal candidates were put in random order.
import type { Pairing } from "../data/index.js";
import type { Tensor } from "../tensor.js";

/** Where a query finds its first right candidate. */
export interface Rank {
  /** Wrong candidates that score higher than the best right one. */
  readonly better: number;
  /** Right and wrong candidates that share its score. */
  readonly right: number;
  readonly wrong: number;
}

/** Distinct vectors of one side, row by row. */
export interface Side {
  readonly count: number;
  readonly width: number;
  readonly data: Float32Array;
  /** By row: an item that has it. */
  readonly items: readonly number[];
  /** By row: rows of the other side that are true of it. */
  readonly matches: readonly ReadonlySet<number>[];
}

/** Features of images and of texts, each once. */
export interface Sides {
  readonly image: Side;
  readonly text: Side;
}

/** What was encoded, item by item: batches of vectors [B, D], and the items they are of. */
export interface Encoded {
  readonly image: readonly Tensor[];
  readonly text: readonly Tensor[];
  readonly items: readonly number[];
}

/** Each image and each text once, with what is true of it. */
export function sidesOf({ image, text, items }: Encoded, pairing: Pairing): Sides {
  const [images, texts] = [firstOf(items, pairing.images), firstOf(items, pairing.texts)];
  return {
    image: side(image, { items, own: images, other: texts, matches: pairing.textsOf }),
    text: side(text, { items, own: texts, other: images, matches: pairing.imagesOf }),
  };
}

/** Number of an image or text → its row, and the index of the first item that has it. */
type Rows = ReadonlyMap<number, { readonly row: number; readonly place: number }>;

function firstOf(items: readonly number[], numbers: Int32Array): Rows {
  const rows = new Map<number, { row: number; place: number }>();
  items.forEach((item, place) => {
    const number = numbers[item] ?? 0;
    if (!rows.has(number)) rows.set(number, { row: rows.size, place });
  });
  return rows;
}

interface Distinct {
  readonly items: readonly number[];
  readonly own: Rows;
  readonly other: Rows;
  readonly matches: readonly ReadonlySet<number>[];
}

function side(tensors: readonly Tensor[], { items, own, other, matches }: Distinct): Side {
  const width = tensors[0]?.shape[1] ?? 0;
  const all = tensors.flatMap(({ shape: [rows = 0], data }) =>
    Array.from({ length: rows }, (_, i) => data.subarray(i * width, (i + 1) * width)),
  );
  const data = new Float32Array(own.size * width);
  for (const { row, place } of own.values()) data.set(all[place] ?? [], row * width);
  return {
    count: own.size,
    width,
    data,
    items: [...own.values()].map(({ place }) => items[place] ?? 0),
    matches: [...own.keys()].map(
      (number) => new Set([...(matches[number] ?? [])].flatMap((match) => other.get(match)?.row ?? [])),
    ),
  };
}

/** Scores of unit vectors that differ by less are equal: float32 cannot distinguish them. */
const TIE = 1e-6;

/** Ranks of every image among the texts and of every text among the images; memory is that of the vectors. */
export function ranksOf({ image, text }: Sides): { readonly image: Rank[]; readonly text: Rank[] } {
  const [ofImages, ofTexts] = [tally(image, text), tally(text, image)];
  for (let i = 0; i < image.count; i++) {
    for (let j = 0; j < text.count; j++) {
      if (image.matches[i]?.has(j) === true) continue;
      const score = dot(image, i, text, j);
      count(ofImages, i, score);
      count(ofTexts, j, score);
    }
  }
  return { image: placesIn(ofImages), text: placesIn(ofTexts) };
}

/** By query: the best score of what is right, and how much of the rest is there. */
interface Tally {
  readonly best: Float64Array;
  readonly right: Float64Array;
  readonly better: Float64Array;
  readonly wrong: Float64Array;
}

function tally(queries: Side, candidates: Side): Tally {
  const { count: length } = queries;
  const [best, right] = [new Float64Array(length).fill(Number.NEGATIVE_INFINITY), new Float64Array(length)];
  for (let query = 0; query < length; query++) {
    const scores = [...(queries.matches[query] ?? [])].map((row) => dot(queries, query, candidates, row));
    best[query] = Math.max(...scores);
    right[query] = scores.filter((score) => Math.abs(score - (best[query] ?? 0)) <= TIE).length;
  }
  return { best, right, better: new Float64Array(length), wrong: new Float64Array(length) };
}

function count({ best, better, wrong }: Tally, query: number, score: number): void {
  const over = score - (best[query] ?? 0);
  if (over > TIE) better[query] = (better[query] ?? 0) + 1;
  else if (over >= -TIE) wrong[query] = (wrong[query] ?? 0) + 1;
}

function placesIn({ right, better, wrong }: Tally): Rank[] {
  return [...right.keys()].map((i) => ({ better: better[i] ?? 0, right: right[i] ?? 0, wrong: wrong[i] ?? 0 }));
}

/** Of row i of one side with row j of the other. */
export function dot(a: Side, i: number, b: Side, j: number): number {
  const { width } = a;
  const [x, y, from, to] = [a.data, b.data, i * width, j * width];
  let sum = 0;
  for (let k = 0; k < width; k++) sum += (x[from + k] ?? 0) * (y[to + k] ?? 0);
  return sum;
}

/** Chance that one of the first k is right, equal ones in random order. */
export function hitShare({ better, right, wrong }: Rank, k: number): number {
  return 1 - missShare(k - better, right, wrong);
}

/** What a model that ranks at random gets: of `candidates`, `right` are right. */
export function chanceOf(right: number, candidates: number, k: number): number {
  return 1 - missShare(k, right, candidates - right);
}

/** Chance that none of `draws` from `right` and `wrong` candidates is right: C(wrong, draws) / C(right + wrong, draws). */
function missShare(draws: number, right: number, wrong: number): number {
  if (draws <= 0) return 1;
  let share = 1;
  for (let i = 0; i < Math.min(draws, right + wrong); i++) share *= Math.max(0, wrong - i) / (right + wrong - i);
  return share;
}
