// Consequences of syntax errors. The text around one is not in the tree, so that a key, a value or a name may seem to
// be missing although it was written: that is not reported again.
import { firstFrom, lineText, positionAt, type Diagnostic, type Span } from "../../grammar/index.js";

/** Syntax errors after which the tree still contains everything that was written. */
const harmless: ReadonlySet<string> = new Set(["V003", "V004", "V010", "V011", "V028", "V030", "V032"]);

/** Spans of a file around which the tree lacks something, in order. */
export function unreadPlaces(reading: readonly Diagnostic[]): Span[] {
  return reading
    .filter(({ code }) => !harmless.has(code))
    .map(({ span }) => span)
    .sort((a, b) => a.start - b.start);
}

/** Whether one of these is inside a span, or directly after it on its line. */
export function holdsUnread(places: readonly Span[], { file, start, end }: Span): boolean {
  const first = places[firstFrom(places, start)];
  if (first === undefined) return false;
  return first.start <= end || /^[ \t]{0,8}$/.test(file.text.slice(end, Math.min(first.start, end + 9)));
}

/** Whether a message of the checker only repeats a syntax error: both are about the same entry. */
export function isEcho({ code, span }: Diagnostic, places: readonly Span[]): boolean {
  if (places.length === 0) return false;
  // A name may have been imported or declared in a line that could not be parsed.
  if (code === "V104") return true;
  if (code === "V106" && unreadNames(places).has(nameAt(span))) return true;
  const next = firstFrom(places, span.start);
  return [places[next - 1], places[next]].some((place) => place !== undefined && sameEntry(place, span));
}

const nameAt = ({ file, start, end }: Span): string => file.text.slice(start, end);

const names = new WeakMap<readonly Span[], ReadonlySet<string>>();

/** All words of the lines that could not be parsed. */
export function unreadNames(places: readonly Span[]): ReadonlySet<string> {
  const known = names.get(places);
  if (known !== undefined) return known;
  const lines = new Set(places.map(({ file, start }) => lineText(file, positionAt(file, start).line)));
  const found = new Set([...lines].flatMap((line) => line.match(/[A-Za-z_]\w*/g) ?? []));
  names.set(places, found);
  return found;
}

/** Whether there is nothing between the two that ends an entry. */
function sameEntry(a: Span, b: Span): boolean {
  const [from, to] = a.start <= b.start ? [a.end, b.start] : [b.end, a.start];
  return to - from <= furthest && !/[\n\r,{}]/.test(a.file.text.slice(from, Math.max(from, to)));
}

/** Longest distance: real entries are shorter, and the bound keeps files of one long line fast. */
const furthest = 1000;
