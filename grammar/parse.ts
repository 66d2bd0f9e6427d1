// Entry point: a file's text to its tree, with everything that is wrong with it. Never throws for what a user wrote.
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

/** The tree and what was reported while reading it; after an error the tree lacks what could not be read. */
export interface ParseResult {
  readonly file: File;
  readonly diagnostics: readonly Diagnostic[];
}

/** Those who walk the tree may recurse: a declaration higher than this is reported and left out. */
const highest = 500;

// Building the parser takes longer than reading a file, so that it is kept; it holds nothing between two files.
let parser: Parser | undefined;

/** Reads a whole file. Diagnostics are in the order of their positions. */
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

/** The tokens with their positions. Apart, so that the lexer's tokens are gone when the parser begins. */
function cut(source: SourceFile): Cut {
  const { tokens, comments, foreign, diagnostics } = tokenize(source);
  const swallowing = foreign.filter((span) => /[)\]}]/.test(spanText(span)));
  const balanced = balance(source, tokens, swallowing);
  return { balanced, comments, foreign: foreign.map(foreignComment), known: [...diagnostics, ...balanced.diagnostics] };
}

interface Cut {
  readonly balanced: Balanced;
  readonly comments: Tokens["comments"];
  /** Comments written as elsewhere: what is around them is still read. */
  readonly foreign: readonly Diagnostic[];
  readonly known: readonly Diagnostic[];
}

/** Drops failures that only follow from what the lexer or the bracket matcher has said about the same stretch. */
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
 * Brackets nest no deeper than `deepest`, and none adds more than five to the height; the rest are operators and dots. Counting
 * these is far quicker than walking the tree.
 */
function isSurelyLow({ file, start, end }: Span): boolean {
  let operators = highest - 6 * deepest;
  for (let i = start; i < end && operators > 0; i += 1) {
    const code = file.text.charCodeAt(i);
    if (code === plus || code === minus || code === star || code === slash || code === dot) operators -= 1;
  }
  return operators > 0;
}

// Compared one by one: every character of a file is.
const [plus, minus, star, slash, dot] = Array.from("+-*/.", (char) => char.charCodeAt(0));

/**
 * Finds the `///` lines right above a declaration that begins its line; a comment after something else documents
 * nothing, and a declaration after another one is not documented.
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
