// Renders a diagnostic: as text with its source lines, and as JSON for programs. Pure; colours are passed in.
// test/grammar/render.test.ts shows the format.
import type { Diagnostic, Severity } from "./diagnostic.js";
import { harmless, harmlessMessage } from "./stray.js";
import { lineEnd, positionAt, type SourceFile, type Span } from "./source.js";

/** Colours parts of the text; every function returns its argument wrapped in escape sequences. */
export interface Painter {
  readonly severity: (severity: Severity, text: string) => string;
  readonly title: (text: string) => string;
  /** Line numbers, bars and arrows. */
  readonly frame: (text: string) => string;
  /** The underlines of related locations. */
  readonly related: (text: string) => string;
  readonly help: (text: string) => string;
}

const same = (text: string): string => text;

/** No colours. */
export const plainPainter: Painter = {
  severity: (_, text) => text,
  title: same,
  frame: same,
  related: same,
  help: same,
};

/** A span to underline, and the text beside it. */
interface Mark {
  readonly span: Span;
  readonly label: string;
  readonly main: boolean;
}

const tabWidth = 4;
/** Longer lines are shown only in part. */
const widest = 240;

/** The text of one diagnostic, several lines, without a line break at the end. */
export function renderText(diagnostic: Diagnostic, painter: Painter = plainPainter): string {
  const { code, severity, message, span, label, related, help } = diagnostic;
  const marks: Mark[] = [
    { span, label: label ?? "", main: true },
    ...related.slice(0, mostPlaces).map((other) => ({ span: other.span, label: other.message, main: false })),
  ];
  const lastLines = marks.map((mark) => positionAt(mark.span.file, mark.span.start).line);
  const gutter = " ".repeat(String(Math.max(...lastLines)).length);
  const files = [...new Set(marks.map((mark) => mark.span.file))];
  const lines = [
    `${painter.severity(severity, `${severity}[${code}]`)}${painter.title(`: ${harmlessMessage(message)}`)}`,
  ];
  files.forEach((file, i) => {
    const here = marks.filter((mark) => mark.span.file === file);
    const { line, column } = positionAt(file, here[0]?.span.start ?? 0);
    lines.push(`${gutter}${painter.frame(i === 0 ? "-->" : ":::")} ${harmless(file.path)}:${line}:${column}`);
    if (file.text !== "") lines.push(...excerpt(file, here, { severity, gutter, painter }));
  });
  if (related.length > mostPlaces)
    lines.push(`${gutter} ${painter.frame(`= and ${related.length - mostPlaces} more places`)}`);
  if (help !== undefined) lines.push(`${gutter} ${painter.frame("=")} ${painter.help("help:")} ${harmless(help)}`);
  return lines.join("\n");
}

/** Most diagnostics shown per code and file; the others are counted. */
const mostShown = 20;
/** Most related locations shown per diagnostic. */
const mostPlaces = 8;

/** All diagnostics as text, separated by empty lines, followed by the number of those left out per code. */
export function renderAll(diagnostics: readonly Diagnostic[], painter: Painter = plainPainter): string {
  const counts = new Map<string, number>();
  const shown = diagnostics.filter(({ code, span }) => {
    const key = `${code} in ${span.file.path}`;
    const count = (counts.get(key) ?? 0) + 1;
    counts.set(key, count);
    return count <= mostShown;
  });
  const others = [...counts].flatMap(([key, count]) =>
    count <= mostShown ? [] : painter.title(`and ${count - mostShown} more ${key}, ${count} in all`),
  );
  return [...shown.map((diagnostic) => renderText(diagnostic, painter)), ...others].join("\n\n");
}

interface Style {
  readonly severity: Severity;
  readonly gutter: string;
  readonly painter: Painter;
}

function excerpt(file: SourceFile, marks: readonly Mark[], style: Style): string[] {
  const { gutter, painter } = style;
  const width = gutter.length;
  const lines = [`${gutter} ${painter.frame("|")}`];
  const placed = marks.map((mark) => ({ mark, at: positionAt(file, mark.span.start) }));
  placed.sort((a, b) => a.at.line - b.at.line || a.at.column - b.at.column);
  let shown = 0;
  for (const { mark, at } of placed) {
    const part = partShown(mark.span);
    if (at.line !== shown || part.isCut) {
      const number = String(at.line).padStart(width);
      lines.push(`${painter.frame(`${number} |`)} ${expandTabs(part.text)}`.trimEnd());
    }
    shown = at.line;
    lines.push(`${gutter} ${painter.frame("|")} ${underline(part, mark, style)}`);
  }
  return lines;
}

interface Part {
  readonly text: string;
  /** Where the span starts in `text`. */
  readonly at: number;
  readonly isCut: boolean;
}

/** The line on which a span starts, or the text around the span if the line is too long to show. */
function partShown({ file, start }: Span): Part {
  const { line, column } = positionAt(file, start);
  const [begin, end] = [start - column + 1, lineEnd(file, line)];
  if (end - begin <= widest) return { text: harmless(file.text.slice(begin, end)), at: column - 1, isCut: false };
  const from = Math.max(begin, start - widest / 4);
  const to = Math.min(end, from + widest);
  const [before, after] = [from > begin ? "…" : "", to < end ? "…" : ""];
  return { text: before + harmless(file.text.slice(from, to)) + after, at: before.length + start - from, isCut: true };
}

/** The underline of the part of a span on its first line. */
function underline({ text, at }: Part, mark: Mark, { severity, painter }: Style): string {
  const covered = text.slice(at, at + mark.span.end - mark.span.start);
  const indent = screenWidth(text.slice(0, at));
  const strokes = (mark.main ? "^" : "-").repeat(Math.max(1, screenWidth(covered.trimEnd())));
  const said = mark.label === "" ? strokes : `${strokes} ${harmless(mark.label)}`;
  return " ".repeat(indent) + (mark.main ? painter.severity(severity, said) : painter.related(said));
}

/** Columns on a screen: code points, wide ones as two, tabs up to their stop. */
function screenWidth(text: string): number {
  let width = 0;
  for (const char of text) {
    if (char === "\t") width += tabWidth - (width % tabWidth);
    else if (/\p{Mark}/u.test(char)) width += 0;
    else
      width += /[\p{Script=Han}\p{Script=Hangul}\p{Script=Hiragana}\p{Script=Katakana}\p{Emoji_Presentation}]/u.test(
        char,
      )
        ? 2
        : 1;
  }
  return width;
}

function expandTabs(text: string): string {
  return [...text].reduce(
    (line, char) =>
      char === "\t" ? line.padEnd(line.length + tabWidth - (screenWidth(line) % tabWidth)) : line + char,
    "",
  );
}

/** Lines and columns from 1, offsets from 0, all in UTF-16 code units; the end is exclusive. */
export interface JsonRange {
  readonly start: { readonly line: number; readonly column: number; readonly offset: number };
  readonly end: { readonly line: number; readonly column: number; readonly offset: number };
}

/** The JSON form of one diagnostic; related locations may be in another file. */
export interface JsonDiagnostic {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  readonly file: string;
  readonly range: JsonRange;
  readonly label?: string;
  readonly related: readonly { readonly file: string; readonly range: JsonRange; readonly message: string }[];
  readonly help?: string;
  readonly fix?: { readonly file: string; readonly range: JsonRange; readonly text: string };
}

/** The JSON form; commands put a list of these under `diagnostics`. */
export function renderJson(diagnostic: Diagnostic): JsonDiagnostic {
  const { code, severity, message, span, label, related, help, fix } = diagnostic;
  return {
    code,
    severity,
    message,
    file: span.file.path,
    range: rangeOf(span),
    ...(label === undefined ? {} : { label }),
    related: related.map((other) => ({
      file: other.span.file.path,
      range: rangeOf(other.span),
      message: other.message,
    })),
    ...(help === undefined ? {} : { help }),
    ...(fix === undefined ? {} : { fix: { file: fix.span.file.path, range: rangeOf(fix.span), text: fix.text } }),
  };
}

function rangeOf(span: Span): JsonRange {
  const place = (offset: number): JsonRange["start"] => ({ ...positionAt(span.file, offset), offset });
  return { start: place(span.start), end: place(span.end) };
}
