// A source file and positions in it. Offsets are in UTF-16 code units from 0; lines and columns from 1. The text is
// passed in: nothing here reads files.

/** The text of one file, and the path it is shown under. */
export interface SourceFile {
  readonly path: string;
  readonly text: string;
  /** Offset of the first character of every line; the first entry is always 0. */
  readonly lineStarts: readonly number[];
}

/** A half-open range `start ≤ offset < end` of one file. */
export interface Span {
  readonly file: SourceFile;
  readonly start: number;
  readonly end: number;
}

/** A position for display: line and column from 1, columns in UTF-16 code units. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

/** Written by some editors at the start of a file; ignored. */
export const byteOrderMark = "\uFEFF";

const lineFeed = 10;
const carriageReturn = 13;

/** A source file of a given text. Line endings are `\n`, `\r\n` or `\r`. */
export function createSource(path: string, text: string): SourceFile {
  const lineStarts = [0];
  for (let i = 0; i < text.length; i += 1) {
    const code = text.charCodeAt(i);
    if (code === lineFeed || (code === carriageReturn && text.charCodeAt(i + 1) !== lineFeed)) lineStarts.push(i + 1);
  }
  return { path, text, lineStarts };
}

/** The line and column of an offset; an offset past the end counts as the end. */
export function positionAt(file: SourceFile, offset: number): Position {
  const place = Math.max(0, Math.min(offset, file.text.length));
  let low = 0;
  let high = file.lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((file.lineStarts[middle] ?? 0) <= place) low = middle;
    else high = middle - 1;
  }
  return { line: low + 1, column: place - (file.lineStarts[low] ?? 0) + 1 };
}

/** The offset of a line and column; positions outside are clamped to the nearest one inside. */
export function offsetAt(file: SourceFile, position: Position): number {
  const line = Math.max(1, Math.min(position.line, file.lineStarts.length));
  const start = file.lineStarts[line - 1] ?? 0;
  return start + Math.max(0, Math.min(position.column - 1, lineText(file, line).length));
}

/** The text of a line, counted from 1, without its line ending; empty outside the file. */
export function lineText(file: SourceFile, line: number): string {
  const start = file.lineStarts[line - 1];
  return start === undefined ? "" : file.text.slice(start, lineEnd(file, line));
}

/** The offset after the last character of a line, counted from 1, before its line ending. */
export function lineEnd(file: SourceFile, line: number): number {
  let end = file.lineStarts[line] ?? file.text.length;
  if (line < file.lineStarts.length) {
    if (file.text[end - 1] === "\n") end -= 1;
    if (file.text[end - 1] === "\r") end -= 1;
  }
  return end;
}

/** The line ending of a file, which is that of its first line. A lone `\r` counts as `\n`. */
export function newlineOf({ text }: SourceFile): "\n" | "\r\n" {
  const first = text.indexOf("\n");
  return first > 0 && text[first - 1] === "\r" ? "\r\n" : "\n";
}

/** The text a span covers. */
export function spanText(span: Span): string {
  return span.file.text.slice(span.start, span.end);
}

/** The smallest span that covers both; they must be in one file. */
export function joinSpans(first: Span, last: Span): Span {
  return { file: first.file, start: Math.min(first.start, last.start), end: Math.max(first.end, last.end) };
}

/** The index of the first span that starts at an offset or after it; spans are sorted by start. */
export function firstFrom(places: readonly Span[], offset: number): number {
  let [low, high] = [0, places.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((places[middle]?.start ?? Infinity) < offset) low = middle + 1;
    else high = middle;
  }
  return low;
}
