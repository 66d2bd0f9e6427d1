// A pretty-printer: documents of text, possible line breaks, and groups that break as one. After Wadler, "A prettier
// printer", with line suffixes for trailing comments.

/** A document; `hard` is stored with every part, so that the printer need not search it for forced breaks. */
export type Layout =
  | string
  | { readonly kind: "all"; readonly parts: readonly Layout[]; readonly hard: boolean }
  | { readonly kind: "indent"; readonly part: Layout; readonly hard: boolean }
  | { readonly kind: "group"; readonly part: Layout; readonly hard: boolean }
  | { readonly kind: "line"; readonly flat: string; readonly hard: boolean; readonly blank: boolean }
  | { readonly kind: "either"; readonly broken: string; readonly flat: string; readonly hard: false }
  | { readonly kind: "suffix"; readonly text: string; readonly hard: true };

const isHard = (part: Layout): boolean => typeof part !== "string" && part.hard;

/** Concatenates a few parts. */
export function all(...parts: readonly Layout[]): Layout {
  return allOf(parts);
}

/** As `all`, for lists of any length: the number of a call's arguments is limited by the stack. */
export function allOf(parts: readonly Layout[]): Layout {
  return { kind: "all", parts, hard: parts.some(isHard) };
}

/** Indents lines that start inside by two columns. */
export function indent(...parts: readonly Layout[]): Layout {
  return { kind: "indent", part: allOf(parts), hard: parts.some(isHard) };
}

/** On one line if it fits and contains no hard line break; else all its line breaks apply. */
export function group(...parts: readonly Layout[]): Layout {
  return { kind: "group", part: allOf(parts), hard: parts.some(isHard) };
}

/** A line break, or a blank if the group is on one line. */
export const line: Layout = { kind: "line", flat: " ", hard: false, blank: false };
/** A line break, or nothing. */
export const softLine: Layout = { kind: "line", flat: "", hard: false, blank: false };
/** Always a line break; every enclosing group breaks. */
export const hardLine: Layout = { kind: "line", flat: "", hard: true, blank: false };
/** An empty line. */
export const blankLine: Layout = { kind: "line", flat: "", hard: true, blank: true };

/** One text if the group breaks, another if it is on one line. */
export function either(broken: string, flat: string): Layout {
  return { kind: "either", broken, flat, hard: false };
}

/** Text that is held back to the end of the line, after everything else on it; every enclosing group breaks. */
export function suffix(text: string): Layout {
  return { kind: "suffix", text, hard: true };
}

/** The parts with a separator between them. */
export function join(separator: Layout, parts: readonly Layout[]): Layout {
  return allOf(parts.flatMap((part, i) => (i === 0 ? [part] : [separator, part])));
}

interface Pending {
  readonly part: Layout;
  readonly depth: number;
  readonly flat: boolean;
}

/** Prints within `width` columns if possible. No line ends in blanks. */
export function print(layout: Layout, width: number): string {
  // Settled text ends in a character that is not blank; the line break, indentation and text after it are held in `tail`,
  // and dropped if all of it turns out to be blank.
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

/** Whether a part fits on the rest of the line, flat, with what follows up to the next possible line break. */
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
