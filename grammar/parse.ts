// Entry point: from a file's text to its tree and all diagnostics. Never throws for what a user wrote.
import type { Declaration, File } from "./ast.js";
import { balance, deepest, type Balanced } from "./balance.js";
import { diagnostic } from "./codes.js";
import type { Diagnostic } from "./diagnostic.js";
import { Parser, type DocAbove } from "./parser.js";
import type { ParseFailure } from "./recovering-parser.js";
import { encodingOf } from "./encoding.js";
import { foreignComment } from "./foreign-comments.js";
import { foreignFile, unmergedFile } from "./foreign-files.js";
import { firstFrom, positionAt, spanText, type SourceFile, type Span } from "./source.js";
import { tokenize, type Tokens } from "./tokens.js";
import { treeHeight } from "./tree.js";

/** The tree and the diagnostics of parsing; after an error the tree lacks what could not be parsed. */
export interface ParseResult {
  readonly file: File;
  readonly diagnostics: readonly Diagnostic[];
}

/** The greatest height of a tree, so that walks may recurse: a higher declaration is reported and left out. */
const highest = 500;

// Reused, since building the parser takes longer than parsing a file; it keeps no state between files.
let parser: Parser | undefined;

/** Parses a whole file. Diagnostics are sorted by position. */
export function parse(source: SourceFile): ParseResult {
  const { diagnostics, isWhole } = encodingOf(source);
  const span = { file: source, start: 0, end: source.text.length };
  const foreign = isWhole ? (foreignFile(source) ?? unmergedFile(source)) : undefined;
  if (isWhole && foreign === undefined) return read(source, span, diagnostics);
  const file = {
    kind: "file",
    source,
    version: undefined,
    header: undefined,
    declarations: [],
    comments: [],
    span,
  } as const;
  return { file, diagnostics: foreign === undefined ? diagnostics : [...diagnostics, foreign] };
}

function read(source: SourceFile, span: Span, earlier: readonly Diagnostic[]): ParseResult {
  const { balanced, comments, known, foreign } = cut(source);
  parser ??= new Parser();
  const { version, header, declarations, failures } = parser.read(source, balanced, docsOf(source, comments));
  const { low, tooHigh } = rejectTooHigh(declarations);
  const diagnostics = [...earlier, ...known, ...foreign, ...sift(failures, known), ...tooHigh];
  diagnostics.sort((a, b) => a.span.start - b.span.start || a.span.end - b.span.end);
  return { file: { kind: "file", source, version, header, declarations: low, comments, span }, diagnostics };
}

/** The tokens with their layout. In a function of its own, so that the lexer's tokens are freed before the parser starts. */
function cut(source: SourceFile): Cut {
  const { tokens, comments, foreign, diagnostics } = tokenize(source);
  const swallowing = foreign.filter((span) => /[)\]}]/.test(spanText(span)));
  const balanced = balance(source, tokens, swallowing);
  return { balanced, comments, foreign: foreign.map(foreignComment), known: [...diagnostics, ...balanced.diagnostics] };
}

interface Cut {
  readonly balanced: Balanced;
  readonly comments: Tokens["comments"];
  /** Comments in the syntax of other languages: the text around them still parses. */
  readonly foreign: readonly Diagnostic[];
  readonly known: readonly Diagnostic[];
}

/** Drops failures that only follow from what the lexer or the bracket matcher has reported for the same text. */
function sift(failures: readonly ParseFailure[], known: readonly Diagnostic[]): Diagnostic[] {
  const places = known.map(({ span }) => span).sort((a, b) => a.start - b.start);
  const follows = (failure: ParseFailure): boolean => {
    if (failure.supplied) return true;
    for (let i = firstFrom(places, failure.from); (places[i]?.start ?? Infinity) <= failure.to; i += 1)
      if ((places[i]?.end ?? Infinity) <= failure.to) return true;
    return false;
  };
  return failures.filter((failure) => !follows(failure)).map((failure) => failure.diagnostic);
}

function rejectTooHigh(declarations: readonly Declaration[]): { low: Declaration[]; tooHigh: Diagnostic[] } {
  const low: Declaration[] = [];
  const tooHigh: Diagnostic[] = [];
  for (const declaration of declarations) {
    if (isSurelyLow(declaration.span) || treeHeight(declaration) <= highest) low.push(declaration);
    else tooHigh.push(diagnostic("V026", declaration.span, { deepest: highest }));
  }
  return { low, tooHigh };
}

/**
 * A cheap upper bound of the height: brackets nest no deeper than `deepest`, and each adds at most five to the height;
 * the rest are operators and dots. Counting these is far faster than walking the tree.
 */
function isSurelyLow({ file, start, end }: Span): boolean {
  let operators = highest - 6 * deepest;
  for (let i = start; i < end && operators > 0; i += 1) {
    const code = file.text.charCodeAt(i);
    if (code === plus || code === minus || code === star || code === slash || code === dot) operators -= 1;
  }
  return operators > 0;
}

// Compared one by one, since this runs for every character of a file.
const [plus, minus, star, slash, dot] = Array.from("+-*/.", (char) => char.charCodeAt(0));

/**
 * Finds the `///` lines directly above a declaration that starts its line; a comment after something else documents
 * nothing, and neither does one above a declaration that follows another on its line.
 */
function docsOf(source: SourceFile, comments: Tokens["comments"]): DocAbove {
  const byLine = new Map<number, string>();
  for (const { doc, text, span } of comments) {
    const { line, column } = positionAt(source, span.start);
    const alone = source.text.slice(span.start - column + 1, span.start).trim() === "";
    if (doc && alone) byLine.set(line, text);
  }
  return (offset) => {
    if (!beginsLine(source.text, offset)) return undefined;
    const lines: string[] = [];
    let line = positionAt(source, offset).line - 1;
    for (let text = byLine.get(line); text !== undefined; text = byLine.get(--line)) lines.push(text);
    return lines.length === 0 ? undefined : lines.reverse().join("\n");
  };
}

function beginsLine(text: string, offset: number): boolean {
  let before = offset - 1;
  while (text[before] === " " || text[before] === "\t") before -= 1;
  return before < 0 || text[before] === "\n" || text[before] === "\r";
}
