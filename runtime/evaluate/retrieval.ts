// Retrieval as measured on COCO and Flickr30K (Karpathy & Fei-Fei, CVPR 2015): distinct images and distinct texts, where any
// match of the query is right. Ties count by expectation, as if equal candidates were put in random order. Vectors are read and
// scores computed in blocks that are discarded after counting: memory does not grow with them.
import type { Pairing } from "../data/index.js";
import type { Tensor } from "../tensor.js";
import { FirstOf, type Scored } from "./first-of.js";
import type { Room } from "./room.js";

/** The rank of a query's first right candidate. */
export interface Rank {
  /** Wrong candidates that score higher than the best right one. */
  readonly better: number;
  /** Right and wrong candidates that share its score. */
  readonly right: number;
  readonly wrong: number;
}

/** Distinct vectors of one side, row by row. */
export interface Side extends Vectors {
  readonly count: number;
  /** By row: the matching rows of the other side. */
  readonly matches: readonly ReadonlySet<number>[];
}

/** Features of images and of texts, each once. */
export interface Sides {
  readonly image: Side;
  readonly text: Side;
}

/** Vectors of one side, each image or text once, with an item of each. */
export interface Vectors {
  /** [count, D], starting at a row. */
  readonly read: Room["read"];
  readonly items: readonly number[];
}

/** Each encoded image and text, with its matches. */
export function sidesOf({ image, text }: { readonly image: Vectors; readonly text: Vectors }, pairing: Pairing): Sides {
  const rowsOf = ({ items }: Vectors, numbers: Int32Array) => new Map(items.map((item, row) => [numbers[item], row]));
  const [images, texts] = [rowsOf(image, pairing.images), rowsOf(text, pairing.texts)];
  const matching = (of: ReadonlySet<number> | undefined, rows: typeof images) =>
    new Set([...(of ?? [])].flatMap((number) => rows.get(number) ?? []));
  return {
    image: {
      ...image,
      count: image.items.length,
      matches: image.items.map((item) => matching(pairing.textsOf[pairing.images[item] ?? 0], texts)),
    },
    text: {
      ...text,
      count: text.items.length,
      matches: text.items.map((item) => matching(pairing.imagesOf[pairing.texts[item] ?? 0], images)),
    },
  };
}

/** Scores of unit vectors that differ by less count as equal: float32 cannot distinguish them. */
const TIE = 1e-6;

/** Rows of one side. */
export interface Rows {
  readonly from: number;
  readonly count: number;
}

/** Scores of some images with some texts, a row of `stride` for each image; the caller may overwrite the array. */
export type Scorer = (
  images: Rows,
  texts: Rows,
) => Promise<{ readonly scores: Tensor["data"]; readonly stride: number }>;

/** Images and texts of a block: large enough for a fast product, small beside the vectors. */
export const block = { images: 512, texts: 4096 } as const;

/** The ranks of every image's texts and every text's images, and the first `top` candidates of each. */
export interface Ranks {
  readonly image: Ranking;
  readonly text: Ranking;
}

/** The ranking of one side's queries. */
export interface Ranking {
  readonly places: readonly Rank[];
  /** By query: rows of the other side with their scores, best first. */
  readonly first: readonly (readonly Scored[])[];
}

/** The candidates to keep, and the block sizes. */
export interface RankOptions {
  /** The number of candidates kept per query. */
  readonly top: number;
  readonly size?: { readonly images: number; readonly texts: number };
}

/** Ranks of every image among the texts and of every text among the images. */
export async function ranksOf(
  { image, text }: Sides,
  score: Scorer,
  { top, size = block }: RankOptions,
): Promise<Ranks> {
  const [ofImages, ofTexts] = [tally(image, text, top), tally(text, image, top)];
  for (const images of blocksOf(image.count, size.images)) {
    for (const texts of blocksOf(text.count, size.texts)) {
      const { scores, stride } = await score(images, texts);
      for (let i = 0; i < images.count; i++) {
        const row = images.from + i;
        const scored = { ofImages, ofTexts, scores, row, texts, start: i * stride };
        if (top > 0) keepBest(scored);
        for (const match of image.matches[row] ?? [])
          if (match >= texts.from && match < texts.from + texts.count)
            scores[scored.start + match - texts.from] = Number.NEGATIVE_INFINITY;
        count(scored);
      }
    }
  }
  return { image: rankingIn(ofImages), text: rankingIn(ofTexts) };
}

/** Rows, `size` at a time. */
export function* blocksOf(all: number, size: number): Generator<Rows> {
  for (let from = 0; from < all; from += size) yield { from, count: Math.min(size, all - from) };
}

/**
 * By query: the best right score, the number of right candidates tied with it, of wrong ones above it and tied with it, and the
 * first candidates.
 */
interface Tally {
  readonly best: Float64Array;
  readonly right: Float64Array;
  readonly better: Float64Array;
  readonly wrong: Float64Array;
  readonly first: FirstOf;
}

function tally(queries: Side, candidates: Side, top: number): Tally {
  const { count: length } = queries;
  const [best, right] = [new Float64Array(length).fill(Number.NEGATIVE_INFINITY), new Float64Array(length)];
  for (let query = 0; query < length; query++) {
    const own = queries.read(query, 1);
    const scores = [...(queries.matches[query] ?? [])].map((row) => dot(own, candidates.read(row, 1)));
    best[query] = Math.max(...scores);
    right[query] = scores.filter((score) => Math.abs(score - (best[query] ?? 0)) <= TIE).length;
  }
  const first = new FirstOf(length, Math.min(top, candidates.count));
  return { best, right, better: new Float64Array(length), wrong: new Float64Array(length), first };
}

/** A row of a block of scores, belonging to one image. */
interface ScoredRow {
  readonly ofImages: Tally;
  readonly ofTexts: Tally;
  readonly scores: Tensor["data"];
  readonly row: number;
  readonly texts: Rows;
  /** The offset of the row. */
  readonly start: number;
}

/** Counts wrong candidates; right ones have been set to minus infinity. */
function count({ ofImages, ofTexts, scores, row, texts, start }: ScoredRow): void {
  const best = ofImages.best[row] ?? 0;
  let [better, wrong] = [0, 0];
  for (let j = 0; j < texts.count; j++) {
    const score = scores[start + j] ?? 0;
    if (score > best + TIE) better++;
    else if (score >= best - TIE) wrong++;
    const text = texts.from + j;
    const over = score - (ofTexts.best[text] ?? 0);
    if (over > TIE) ofTexts.better[text] = (ofTexts.better[text] ?? 0) + 1;
    else if (over >= -TIE) ofTexts.wrong[text] = (ofTexts.wrong[text] ?? 0) + 1;
  }
  ofImages.better[row] = (ofImages.better[row] ?? 0) + better;
  ofImages.wrong[row] = (ofImages.wrong[row] ?? 0) + wrong;
}

function keepBest({ ofImages, ofTexts, scores, row, texts, start }: ScoredRow): void {
  for (let j = 0; j < texts.count; j++) {
    const score = scores[start + j] ?? 0;
    ofImages.first.offer(row, texts.from + j, score);
    ofTexts.first.offer(texts.from + j, row, score);
  }
}

function rankingIn({ right, better, wrong, first }: Tally): Ranking {
  const places = [...right.keys()].map((i) => ({ better: better[i] ?? 0, right: right[i] ?? 0, wrong: wrong[i] ?? 0 }));
  return { places, first: first.lists() };
}

/** The matching score of a pair of image and text. */
export type Judge = (image: number, text: number) => number;

/**
 * The first candidates of every query, ordered by the sum of judgement and score, before all others
 * (`compute_irtr_recall_with_rerank` in the original's modules/objectives.py).
 */
export function reranked({ image, text }: Ranks, sides: Sides, judge: Judge): Ranks {
  return {
    image: anew(image, sides.image, (query, row) => judge(query, row)),
    text: anew(text, sides.text, (query, row) => judge(row, query)),
  };
}

function anew({ places, first }: Ranking, { matches }: Side, judge: (query: number, row: number) => number): Ranking {
  const lists = first.map((candidates, query) =>
    candidates
      .map(({ row, score }) => ({ row, score: score + judge(query, row) }))
      .sort((a, b) => b.score - a.score || a.row - b.row),
  );
  return {
    first: lists,
    places: places.map((place, query) => {
      const list = lists[query] ?? [];
      return placeAmong(list, matches[query]) ?? behind(place, list.length);
    }),
  };
}

/** The rank of the first right candidate if none is among the first `count`, which are then all wrong. */
function behind({ better, right, wrong }: Rank, count: number): Rank {
  const before = Math.max(better, count);
  return { better: before, right, wrong: better + wrong - before };
}

/** Null where none of them is right. */
function placeAmong(candidates: readonly Scored[], right: ReadonlySet<number> = new Set()): Rank | null {
  const best = candidates.find(({ row }) => right.has(row));
  if (best === undefined) return null;
  const tied = candidates.filter(({ score }) => Math.abs(score - best.score) <= TIE);
  const isRight = ({ row }: Scored): boolean => right.has(row);
  return {
    better: candidates.filter(({ score }) => score > best.score + TIE).length,
    right: tied.filter(isRight).length,
    wrong: tied.filter((candidate) => !isRight(candidate)).length,
  };
}

/** The dot product of a vector with the row that starts at `start`. */
export function dot(vector: Float32Array, rows: Float32Array, start = 0): number {
  let sum = 0;
  for (let k = 0; k < vector.length; k++) sum += (vector[k] ?? 0) * (rows[start + k] ?? 0);
  return sum;
}

/** Probability that one of the first k is right, with ties in random order. */
export function hitShare({ better, right, wrong }: Rank, k: number): number {
  return 1 - missShare(k - better, right, wrong);
}

/** Recall@k of a random ranking: of `candidates`, `right` are right. */
export function chanceOf(right: number, candidates: number, k: number): number {
  return 1 - missShare(k, right, candidates - right);
}

/** Probability that none of `draws` from `right` and `wrong` candidates is right: C(wrong, draws) / C(right + wrong, draws). */
function missShare(draws: number, right: number, wrong: number): number {
  if (draws <= 0) return 1;
  let share = 1;
  for (let i = 0; i < Math.min(draws, right + wrong); i++) share *= Math.max(0, wrong - i) / (right + wrong - i);
  return share;
}
