// "Did you mean": the candidate nearest to a misspelt name, or nothing where all are too far.
import type { Fix, Remedy } from "./diagnostic.js";
import { spanText, type Span } from "./source.js";

/**
 * The help for a misspelt name, and a fix where one candidate alone is nearest; `otherwise` helps where none is near.
 * `name` is what the span stands for, where that is not its text.
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
  return { help: `did you mean \`${near}\`?`, ...(rival === undefined ? { fix: { span, text: near } } : {}) };
}

/**
 * The best candidate for `name`: one that differs in case only, else the one with the smallest edit distance,
 * which may be at most max(⌊length / 3⌋, 1). Among equals the first given wins.
 */
export function closest(name: string, candidates: Iterable<string>): string | undefined {
  return nearest(name, candidates)[0];
}

/** All candidates that are nearest, in the order they are given. */
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
    // A name of one letter is within one edit of every other: that is no likeness.
    if (distance > limit || distance >= Math.max(name.length, candidate.length)) continue;
    if (best.length > 0 && distance === limit) best.push(candidate);
    else best = [candidate];
    limit = distance;
  }
  return best;
}

/** Bounds for files that nobody wrote: a hundred thousand unknown names among as many known ones. */
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

/** Insertions, deletions, replacements and swaps of neighbours that lead from `from` to `to`. */
export function editDistance(from: string, to: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, j) => j);
  for (let i = 1; i <= from.length; i++) {
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const same = from[i - 1] === to[j - 1] ? 0 : 1;
      let cost = Math.min((last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (last[j - 1] ?? 0) + same);
      const swapped = i > 1 && j > 1 && from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1];
      if (swapped) cost = Math.min(cost, (beforeLast[j - 2] ?? 0) + 1);
      row.push(cost);
    }
    beforeLast = last;
    last = row;
  }
  return last[to.length] ?? 0;
}
