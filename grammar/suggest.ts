// "Did you mean": the candidate nearest to a misspelt name, or nothing if all are too far.
import type { Fix, Remedy } from "./diagnostic.js";
import { spanText, type Span } from "./source.js";

/**
 * The help for a misspelt name, and a fix if a single candidate is nearest; `otherwise` is the help if none is near.
 * `name` is given if it differs from the span's text.
 */
export function didYouMean(span: Span, candidates: Iterable<string>, otherwise: string, name?: string): Remedy;
export function didYouMean(
  span: Span,
  candidates: Iterable<string>,
  otherwise?: string,
  name?: string,
): { help?: string; fix?: Fix };
export function didYouMean(
  span: Span,
  candidates: Iterable<string>,
  otherwise?: string,
  name = spanText(span),
): { help?: string; fix?: Fix } {
  const [near, rival] = nearest(name, candidates);
  if (near === undefined) return otherwise === undefined ? {} : { help: otherwise };
  return { help: suggestion(name, near), ...(rival === undefined ? { fix: { span, text: near } } : {}) };
}

/**
 * The best candidate for `name`: one that differs in case only, else the one with the smallest edit distance, which may
 * be at most max(⌊length / 3⌋, 1). Ties go to the first.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  return nearest(name, candidates)[0];
}

/** A near name in words: names that look the same may be stored in different normalisation forms of Unicode. */
export function suggestion(name: string, near: string): string {
  const looksTheSame = name !== near && name.normalize() === near.normalize();
  if (!looksTheSame) return `did you mean \`${near}\`?`;
  return `there is \`${near}\`, which looks the same but is stored in another form of Unicode: copy that name`;
}

/** All nearest candidates, in the given order. */
function nearest(name: string, candidates: Iterable<string>): string[] {
  if (name.length > longest) return [];
  const known = firstOf(candidates);
  const folded = name.toLowerCase();
  const sameLetters = known.filter((candidate) => candidate.toLowerCase() === folded);
  if (sameLetters.length > 0) return sameLetters;
  let best: string[] = [];
  let limit = Math.max(Math.floor(name.length / 3), 1);
  for (const candidate of known) {
    if (Math.abs(candidate.length - name.length) > limit) continue;
    const distance = editDistance(folded, candidate.toLowerCase());
    // A name of one letter is within one edit of every other, which is no similarity.
    if (distance > limit || distance >= Math.max(name.length, candidate.length)) continue;
    if (best.length > 0 && distance === limit) best.push(candidate);
    else best = [candidate];
    limit = distance;
  }
  return best;
}

/** Bounds against generated files: a hundred thousand unknown names among as many known ones. */
const longest = 100;
const most = 1000;

function firstOf(candidates: Iterable<string>): string[] {
  const known = new Set<string>();
  for (const candidate of candidates) {
    if (candidate.length <= 2 * longest) known.add(candidate);
    if (known.size === most) break;
  }
  return [...known];
}

/**
 * The Damerau–Levenshtein distance of two texts; Infinity if they differ over more characters than a machine word has
 * bits. A column of the table is stored as bit vectors in machine words:
 * Hyyrö, "A bit-vector algorithm for computing Levenshtein and Damerau edit distances", 2003.
 */
export function editDistance(from: string, to: string): number {
  const [rows, columns] = differing(from, to);
  if (rows.length === 0) return columns.length;
  if (rows.length > 32) return Infinity;
  for (let i = 0; i < rows.length; i += 1) rowsOf[rows.charCodeAt(i)] = (rowsOf[rows.charCodeAt(i)] ?? 0) | (1 << i);
  const lowest = 1 << (rows.length - 1);
  let distance = rows.length;
  // Bit vectors: where the distance rises or falls from a row to the one below, and where it stays along the diagonal.
  let [rises, falls, stays, before] = [-1, 0, 0, 0];
  for (let j = 0; j < columns.length; j += 1) {
    const same = rowsOf[columns.charCodeAt(j)] ?? 0;
    const swaps = ((~stays & same) << 1) & before;
    stays = ((((same & rises) + rises) | 0) ^ rises) | same | falls | swaps;
    let right = falls | ~(stays | rises);
    let left = stays & rises;
    if ((right & lowest) !== 0) distance += 1;
    if ((left & lowest) !== 0) distance -= 1;
    right = (right << 1) | 1;
    left <<= 1;
    rises = left | ~(stays | right);
    falls = right & stays;
    before = same;
  }
  for (let i = 0; i < rows.length; i += 1) rowsOf[rows.charCodeAt(i)] = 0;
  return distance;
}

/** For each character, the bit vector of rows that contain it; all 0 except during a comparison. */
const rowsOf = new Int32Array(0x10000);

/** Two texts without their common prefix and suffix, the shorter first. */
function differing(from: string, to: string): readonly [string, string] {
  let [begin, fromEnd, toEnd] = [0, from.length, to.length];
  while (begin < fromEnd && begin < toEnd && from.charCodeAt(begin) === to.charCodeAt(begin)) begin += 1;
  while (fromEnd > begin && toEnd > begin && from.charCodeAt(fromEnd - 1) === to.charCodeAt(toEnd - 1)) {
    fromEnd -= 1;
    toEnd -= 1;
  }
  const [one, other] = [from.slice(begin, fromEnd), to.slice(begin, toEnd)];
  return one.length <= other.length ? [one, other] : [other, one];
}
