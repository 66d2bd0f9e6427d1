// How the page of a code shows its diagnostic: the message with open placeholders, and the lines in which its two
// examples differ.

interface Entry {
  readonly message: (holes: never) => string;
  readonly explain: string;
}

/**
 * The message with `…` in its placeholders: `batch … is not a multiple of micro …`; the first sentence of its
 * explanation if nothing else is left.
 */
export function titleOf({ message, explain }: Entry): string {
  const holes = new Proxy({}, { get: () => "…" });
  const title = message(holes as never); // every placeholder is filled, with text
  return /\p{L}/u.test(title) ? title : (/^.*?\.(?=\s|$)/s.exec(explain)?.[0] ?? explain);
}

/** A line of a comparison: in both texts, only in the first, or only in the second. */
export interface ComparedLine {
  readonly mark: " " | "-" | "+";
  readonly text: string;
}

/** Lines of context around a difference. */
const CONTEXT = 3;

/** The lines from the first to the last difference of two texts, with context around them. */
export function comparedLines(before: string, after: string): ComparedLine[] {
  const [old, now] = [before.trimEnd().split("\n"), after.trimEnd().split("\n")];
  const shorter = Math.min(old.length, now.length);
  let head = 0;
  while (head < shorter && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < shorter - head && old.at(-1 - tail) === now.at(-1 - tail)) tail += 1;
  const lines = (mark: ComparedLine["mark"], texts: readonly string[]): ComparedLine[] =>
    texts.map((text) => ({ mark, text }));
  return [
    ...lines(" ", old.slice(Math.max(0, head - CONTEXT), head)),
    ...lines("-", old.slice(head, old.length - tail)),
    ...lines("+", now.slice(head, now.length - tail)),
    ...lines(" ", old.slice(old.length - tail, old.length - tail + CONTEXT)),
  ];
}
