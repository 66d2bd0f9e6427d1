// Our offsets and the protocol's positions: lines and columns from 0, both count UTF-16 code units.
import type { Location, Position, Range, TextEdit } from "vscode-languageserver-types";
import { offsetAt, positionAt, type SourceFile, type Span } from "../../grammar/index.js";

/** The position of an offset. */
export function positionOf(file: SourceFile, offset: number): Position {
  const { line, column } = positionAt(file, offset);
  return { line: line - 1, character: column - 1 };
}

/** The range of a span. */
export function rangeOf({ file, start, end }: Span): Range {
  return { start: positionOf(file, start), end: positionOf(file, end) };
}

/** The offset of a position, clamped to the file. */
export function offsetOf(file: SourceFile, { line, character }: Position): number {
  return offsetAt(file, { line: line + 1, column: character + 1 });
}

/** The span of a range. */
export function spanOf(file: SourceFile, { start, end }: Range): Span {
  return { file, start: offsetOf(file, start), end: offsetOf(file, end) };
}

/** Whether two spans of one file overlap or touch. */
export function touches(a: Span, b: Span): boolean {
  return a.start <= b.end && b.start <= a.end;
}

/** The location of a span in the protocol's terms. */
export function locationOf(span: Span, uriOf: (path: string) => string): Location {
  return { uri: uriOf(span.file.path), range: rangeOf(span) };
}

/** An edit that replaces a span. */
export function editOf(span: Span, newText: string): TextEdit {
  return { range: rangeOf(span), newText };
}
