// A small algebra of documents for printing: text, possible line breaks, and groups that break as one.
// After Wadler, "A prettier printer", with line suffixes for trailing comments.

/** A document; `hard` is kept with every part, so that the printer need not look into it again for forced breaks. */
export type Layout =
  | string
  | { readonly kind: "all"; readonly parts: readonly Layout[]; readonly hard: boolean }
  | { readonly kind: "indent"; readonly part: Layout; readonly hard: boolean }
  | { readonly kind: "group"; readonly part: Layout; readonly hard: boolean }
  | { readonly kind: "line"; readonly flat: string; readonly hard: boolean; readonly blank: boolean }
  | { readonly kind: "either"; readonly broken: string; readonly flat: string; readonly hard: false }
  | { readonly kind: "suffix"; readonly text: string; readonly hard: true };

const isHard = (part: Layout): boolean => typeof part !== "string" && part.hard;

/** One after the other: a few. */
export function all(...parts: readonly Layout[]): Layout {
  return allOf(parts);
}

/** As `all`, for lists of any length: a call takes no more arguments than its stack holds. */
export function allOf(parts: readonly Layout[]): Layout {
  return { kind: "all", parts, hard: parts.some(isHard) };
}

/** Lines that begin inside stand two columns further right. */
export function indent(...parts: readonly Layout[]): Layout {
  return { kind: "indent", part: allOf(parts), hard: parts.some(isHard) };
}

/** On one line where that fits and holds no hard line; else every line of it breaks. */
export function group(...parts: readonly Layout[]): Layout {
  return { kind: "group", part: allOf(parts), hard: parts.some(isHard) };
}

/** A line break, or a blank where the group is on one line. */
export const line: Layout = { kind: "line", flat: " ", hard: false, blank: false };
/** A line break, or nothing. */
export const softLine: Layout = { kind: "line", flat: "", hard: false, blank: false };
/** Always a line break; every group around breaks. */
export const hardLine: Layout = { kind: "line", flat: "", hard: true, blank: false };
/** An empty line. */
export const blankLine: Layout = { kind: "line", flat: "", hard: true, blank: true };

/** One text where the group breaks, another where it is on one line. */
export function either(broken: string, flat: string): Layout {
  return { kind: "either", broken, flat, hard: false };
}

/** Text that waits for the end of the line, after whatever else comes on it; every group around breaks. */
export function suffix(text: string): Layout {
  return { kind: "suffix", text, hard: true };
}

/** The parts with a separator between every two. */
export function join(separator: Layout, parts: readonly Layout[]): Layout {
  return allOf(parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part])));
}

interface Pending {
  readonly part: Layout;
  readonly depth: number;
  readonly flat: boolean;
}

/** Prints within `width` columns where it can. No line ends in blanks. */
export function print(layout: Layout, width: number): string {
  // What is settled ends in a character; what comes after may still turn out to be blank, and is then taken back.
  const settled: string[] = [];
  let tail = "";
  let column = 0;
  let waiting = "";
  const put = (text: string): void => {
    tail += text;
    column += text.length;
  };
  const settle = (): void => {
    const line = `${tail}${waiting}`.trimEnd();
    if (line !== "") settled.push(line);
    waiting = "";
    tail = "";
  };
  const endLine = (depth: number, blank: boolean): void => {
    settle();
    tail = (blank ? "\n\n" : "\n") + "  ".repeat(depth);
    column = depth * 2;
  };
  const stack: Pending[] = [{ part: layout, depth: 0, flat: false }];
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { part, depth, flat } = next;
    if (typeof part === "string") put(part);
    else if (part.kind === "all") for (const inner of part.parts.toReversed()) stack.push({ part: inner, depth, flat });
    else if (part.kind === "indent") stack.push({ part: part.part, depth: depth + 1, flat });
    else if (part.kind === "either") put(flat ? part.flat : part.broken);
    else if (part.kind === "suffix") waiting += part.text;
    else if (part.kind === "line") {
      if (flat) put(part.flat);
      else endLine(depth, part.blank);
    } else {
      const fitting = flat || (!part.hard && fits(part.part, stack, width - column));
      stack.push({ part: part.part, depth, flat: fitting });
    }
  }
  settle();
  return settled.join("");
}

/** Does a part fit on the rest of the line, flat, with what follows up to the next possible line break? */
function fits(part: Layout, rest: readonly Pending[], room: number): boolean {
  let left = room;
  let ahead = rest.length;
  const stack: { part: Layout; flat: boolean }[] = [{ part, flat: true }];
  while (left >= 0) {
    const next = stack.pop() ?? rest[--ahead];
    if (next === undefined) return true;
    const here = next.part;
    if (typeof here === "string") left -= here.length;
    else if (here.kind === "all")
      for (const inner of here.parts.toReversed()) stack.push({ part: inner, flat: next.flat });
    else if (here.kind === "either") left -= (next.flat ? here.flat : here.broken).length;
    else if (here.kind === "line") {
      if (!next.flat) return true;
      left -= here.flat.length;
    } else if (here.kind !== "suffix") stack.push({ part: here.part, flat: next.flat && !here.hard });
  }
  return false;
}
