// Between the lexer and the parser: balances brackets and annotates every token with its layout.
// A missing or superfluous bracket is reported here, once, and repaired, so that the parser only sees balanced brackets
// and can parse what follows. Indentation is used only to guess where a missing bracket belongs.
import type { IToken, TokenType } from "chevrotain";
import { diagnostic } from "./codes.js";
import type { Diagnostic } from "./diagnostic.js";
import { positionAt, type SourceFile, type Span } from "./source.js";
import { closest } from "./suggest.js";
import { declarationWords, endOf, Identifier, marks, StringToken, Unterminated, words } from "./tokens.js";

/** The deepest nesting of brackets; far above any use, far below what overflows a call stack. */
export const deepest = 64;

/** The layout of a token. */
export interface TokenLayout {
  readonly line: number;
  /** Column of the first token on its line, from 0. */
  readonly indent: number;
  readonly startsLine: boolean;
  /** True for the first token of a line unless it is inside `( )` or `[ ]`, where line breaks do not count. */
  readonly breaks: boolean;
  /** Number of open brackets around it; both brackets of a pair have the depth outside the pair. */
  readonly depth: number;
  readonly startsDeclaration: boolean;
}

/** The tokens of a file with balanced brackets; `placeOf` returns the layout of each. */
export interface Balanced {
  readonly tokens: IToken[];
  readonly diagnostics: readonly Diagnostic[];
}

const outside: TokenLayout = { line: 0, indent: 0, startsLine: true, breaks: true, depth: 0, startsDeclaration: false };

/** The layout of a token that `balance` has annotated; any other, such as the end of the file, starts a line at depth 0. */
export function placeOf(token: IToken): TokenLayout {
  return isPlaced(token) ? token : outside;
}

function isPlaced(token: IToken | PlacedToken): token is PlacedToken {
  return "turn" in token;
}

/** A token with its layout, of which `place` fills in the fields that depend on the brackets around it. */
interface PlacedToken extends IToken, TokenLayout {
  /** 1: opens a bracket, −1: closes one. */
  readonly turn: number;
  breaks: boolean;
  depth: number;
  startsDeclaration: boolean;
}

const closers = new Map<TokenType, TokenType>([
  [marks.LBrace, marks.RBrace],
  [marks.LParen, marks.RParen],
  [marks.LBracket, marks.RBracket],
]);
const openers = new Map([...closers].map(([open, close]) => [close, open]));
/** Indexed by chevrotain's number of a token type: looked up for every token. */
const depthChanges: number[] = [];
for (const [open, close] of closers) {
  depthChanges[open.tokenTypeIdx ?? 0] = 1;
  depthChanges[close.tokenTypeIdx ?? 0] = -1;
}

/**
 * Balances brackets declaration by declaration, so that one forgotten brace breaks only one declaration. `swallowing`
 * are spans, such as comments, that contain closing brackets: on their lines a missing bracket is not reported.
 */
export function balance(source: SourceFile, tokens: readonly IToken[], swallowing: readonly Span[] = []): Balanced {
  const laid = layOut(source, tokens);
  const excused = new Set(swallowing.map(({ start }) => positionAt(source, start).line - 1));
  const bounds = [0];
  for (let i = 1; i < laid.length; i += 1) if (startsDeclaration(laid, i)) bounds.push(i);
  const regions = bounds.map((from, i) => laid.slice(from, bounds[i + 1]));
  // The common case: nothing to repair.
  if (regions.every(isPaired)) return place(source, laid, []);
  const repaired: PlacedToken[] = [];
  const diagnostics: Diagnostic[] = [];
  for (const region of regions) {
    const plain = pair(source, region, { byIndent: false, excused });
    // If a bracket is missing, indentation is the better guide to where, unless the file is not indented at all.
    const byIndent = plain.unclosed > 0 ? pair(source, region, { byIndent: true, excused }) : plain;
    const best = byIndent.diagnostics.length <= plain.diagnostics.length ? byIndent : plain;
    // In a loop: as arguments of one call, the hundred thousand tokens of a long declaration would overflow the stack.
    for (const each of best.laid) repaired.push(each);
    for (const each of best.diagnostics) diagnostics.push(each);
  }
  return place(source, repaired, diagnostics);
}

function layOut(source: SourceFile, tokens: readonly IToken[]): PlacedToken[] {
  let line = 0;
  let indent = 0;
  let previous = -1;
  return tokens.map(({ image, startOffset, tokenTypeIdx, tokenType }) => {
    while ((source.lineStarts[line + 1] ?? Infinity) <= startOffset) line++;
    const startsLine = line !== previous;
    if (startsLine) indent = startOffset - (source.lineStarts[line] ?? 0);
    previous = line;
    return {
      image,
      startOffset,
      tokenTypeIdx,
      tokenType,
      turn: depthChanges[tokenTypeIdx] ?? 0,
      line,
      indent,
      startsLine,
      breaks: startsLine,
      depth: 0,
      startsDeclaration: false,
    };
  });
}

/** A word of `declarationWords` at the start of a line followed by what it requires, which no entry of a block looks like. */
function startsDeclaration(laid: readonly PlacedToken[], i: number): boolean {
  const here = laid[i];
  const next = laid[i + 1];
  if (here === undefined || next === undefined || !here.startsLine || next.startsLine) return false;
  const word = here.tokenType;
  if (!declarationWords.includes(word)) return false;
  const type = next.tokenType;
  // These could be entries too, and count as declarations only in column 0.
  if (type === marks.LBrace) return here.indent === 0 && word !== words.data;
  if (type === marks.Equals) return here.indent === 0 && word === words.param;
  if (word === words.evaluate && here.indent > 0 && endsStatement(laid[i + 2])) return false;
  return word === words.expect || word === words.test ? isA(next, StringToken) : isA(next, Identifier);
}

/** What follows `evaluate NAME` as a statement of a test; a declaration continues with `on`, `using` or a block. */
function endsStatement(after: PlacedToken | undefined): boolean {
  const ends: readonly TokenType[] = [marks.Semicolon, marks.Comma, marks.RBrace];
  return after === undefined || after.startsLine || ends.includes(after.tokenType);
}

function isA(token: IToken, type: TokenType): boolean {
  return token.tokenType === type || (token.tokenType.CATEGORIES ?? []).includes(type);
}

function isPaired(region: readonly PlacedToken[]): boolean {
  const wanted: (TokenType | undefined)[] = [];
  for (const { turn, tokenType } of region) {
    if (turn === 1) wanted.push(closers.get(tokenType));
    else if (turn === -1 && wanted.pop() !== tokenType) return false;
  }
  return wanted.length === 0;
}

interface Paired {
  readonly laid: PlacedToken[];
  readonly diagnostics: Diagnostic[];
  unclosed: number;
}

interface Pairing {
  /** Whether a line that is not indented further closes open brackets. */
  readonly byIndent: boolean;
  /** Lines on which something has swallowed the closing bracket. */
  readonly excused: ReadonlySet<number>;
}

/** Balances the brackets of one region. */
function pair(source: SourceFile, region: readonly PlacedToken[], { byIndent, excused: known }: Pairing): Paired {
  const out: Paired = { laid: [], diagnostics: [], unclosed: 0 };
  const open: PlacedToken[] = [];
  // A string that runs to the end of its line has swallowed the rest.
  const excused = new Set(known);
  for (const { tokenType, line } of region) if (tokenType === Unterminated) excused.add(line);
  const closeDownTo = (height: number, before: PlacedToken | undefined): void => {
    const missing = open.splice(height);
    supply(source, out, missing, { before, silent: missing.every(({ line }) => excused.has(line)) });
  };
  for (const here of region) {
    const type = here.tokenType;
    if (byIndent && here.startsLine) closeDownTo(open.findLastIndex((other) => !outdents(here, other)) + 1, here);
    const wanted = openers.get(type);
    // `{{`: if a closing brace is missing, the opening one was probably typed twice.
    if (byIndent && type === marks.LBrace && out.laid.at(-1)?.tokenType === marks.LBrace) {
      out.diagnostics.push(superfluous(source, here, "typed twice"));
      continue;
    }
    if (wanted === undefined) {
      if (closers.has(type)) open.push(here);
      out.laid.push(here);
      continue;
    }
    // A closing brace also closes every parenthesis inside it; a closing parenthesis does not close a brace.
    const partner = open.findLastIndex(({ tokenType }) => tokenType === wanted || tokenType === marks.LBrace);
    const fits = open[partner]?.tokenType === wanted;
    if (fits) {
      closeDownTo(partner + 1, here);
      open.pop();
      out.laid.push(here);
    } else if (!replacesTop(source, out, open, here)) {
      out.diagnostics.push(superfluous(source, here, "nothing to close"));
    }
  }
  closeDownTo(0, undefined);
  return out;
}

function outdents(here: PlacedToken, top: PlacedToken | undefined): boolean {
  if (top === undefined || top.line === here.line || here.indent > top.indent) return false;
  return !(here.indent === top.indent && here.tokenType === closers.get(top.tokenType));
}

/** `[1, 2)`: treats the wrong closing bracket as the right one. False if no `(` or `[` is open. */
function replacesTop(source: SourceFile, out: Paired, open: PlacedToken[], here: PlacedToken): boolean {
  const top = open.at(-1);
  const type = top && closers.get(top.tokenType);
  if (top === undefined || type === undefined || top.tokenType === marks.LBrace) return false;
  if (here.tokenType === marks.RBrace) return false;
  open.pop();
  const span = spanOf(source, here);
  const [opened, wanted] = [top.image, type.LABEL ?? ""];
  out.diagnostics.push(
    diagnostic(
      "V023",
      span,
      { found: here.image },
      {
        label: `${wanted} is expected here`,
        related: [{ span: spanOf(source, top), message: `\`${opened}\` is opened here` }],
        help: `write ${wanted}`,
        fix: { span, text: wanted.replaceAll("`", "") },
      },
    ),
  );
  out.laid.push(retype(here, type));
  return true;
}

/** Inserts the closing brackets of the open ones in `missing` (outermost first), and reports them as one mistake. */
function supply(
  source: SourceFile,
  out: Paired,
  missing: readonly PlacedToken[],
  { before, silent }: { readonly before: PlacedToken | undefined; readonly silent: boolean },
): void {
  const [outermost] = missing;
  if (outermost === undefined) return;
  const last = out.laid.at(-1) ?? outermost;
  const at = endOf(last);
  const types = missing.toReversed().flatMap(({ tokenType }) => closers.get(tokenType) ?? []);
  for (const type of types) {
    out.laid.push({ ...retype(last, type), image: "", startOffset: at, turn: -1, startsLine: false });
  }
  out.unclosed += missing.length;
  if (!silent) out.diagnostics.push(neverClosed(source, missing, { at, before, text: types.map(wordText).join("") }));
}

function neverClosed(
  source: SourceFile,
  missing: readonly PlacedToken[],
  { at, before, text }: { readonly at: number; readonly before: PlacedToken | undefined; readonly text: string },
): Diagnostic {
  const [outermost, ...inner] = missing;
  if (outermost === undefined) throw new Error("internal: no bracket is missing");
  const wanted = `\`${text.length > 8 ? `${text.slice(0, 8)}…` : text}\``;
  const also = inner.slice(0, 2).map((token) => ({ span: spanOf(source, token), message: "nor is this" }));
  const here = before ? [{ span: spanOf(source, before), message: `${wanted} is expected before this` }] : [];
  return diagnostic(
    "V022",
    spanOf(source, outermost),
    { opened: outermost.image },
    {
      related: [...also, ...here],
      help: `write ${wanted} where it ends`,
      fix: { span: { file: source, start: at, end: at }, text },
    },
  );
}

function superfluous(source: SourceFile, token: IToken, label: string): Diagnostic {
  const span = spanOf(source, token);
  return diagnostic("V023", span, { found: token.image }, { label, help: "remove it", fix: { span, text: "" } });
}

/** Drops what is nested too deeply, with the brackets around it. */
function cutDepth(source: SourceFile, laid: PlacedToken[], diagnostics: Diagnostic[]): PlacedToken[] {
  if (!isDeeper(laid)) return laid;
  let depth = 0;
  return laid.filter((token) => {
    const { turn } = token;
    if (turn === -1) depth--;
    const cut = depth > deepest || (depth === deepest && turn !== 0);
    if (depth === deepest && turn === 1) diagnostics.push(diagnostic("V026", spanOf(source, token), { deepest }));
    if (turn === 1) depth++;
    return !cut;
  });
}

function isDeeper(laid: readonly PlacedToken[]): boolean {
  let depth = 0;
  for (const { turn } of laid) {
    depth += turn;
    if (depth > deepest) return true;
  }
  return false;
}

/** Annotates every token with its layout and corrects misspelt declaration keywords. */
function place(source: SourceFile, laid: PlacedToken[], diagnostics: Diagnostic[]): Balanced {
  const kept = cutDepth(source, laid, diagnostics);
  const open: TokenType[] = [];
  kept.forEach((here, i) => {
    const type = here.tokenType;
    if (here.turn === -1) open.pop();
    const word = open.length === 0 ? misspelt(source, kept, i, diagnostics) : undefined;
    if (word !== undefined) Object.assign(here, retype(here, word));
    const inside = open.at(-1);
    here.breaks = here.startsLine && (inside === undefined || inside === marks.LBrace);
    here.depth = open.length;
    here.startsDeclaration = word !== undefined || startsDeclaration(kept, i);
    if (here.turn === 1) open.push(type);
  });
  return { tokens: kept, diagnostics };
}

function retype(token: PlacedToken, tokenType: TokenType): PlacedToken {
  return { ...token, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx ?? 0 };
}

/** `modle VlmoBase {`: the intended declaration keyword, reported, so that the declaration is still parsed. */
function misspelt(
  source: SourceFile,
  laid: readonly PlacedToken[],
  i: number,
  diagnostics: Diagnostic[],
): TokenType | undefined {
  const here = laid[i];
  const next = laid[i + 1];
  if (here === undefined || next === undefined || !here.startsLine || here.indent > 0 || next.startsLine)
    return undefined;
  if (here.tokenType !== Identifier || !(isA(next, Identifier) || isA(next, StringToken))) return undefined;
  const meant = closest(here.image, declarationWords.map(wordText));
  const word = declarationWords.find((candidate) => wordText(candidate) === meant);
  if (word === undefined) return undefined;
  const span = spanOf(source, here);
  diagnostics.push(
    diagnostic(
      "V025",
      span,
      { found: here.image },
      {
        help: `did you mean \`${wordText(word)}\`?`,
        fix: { span, text: wordText(word) },
      },
    ),
  );
  return word;
}

function wordText(word: TokenType): string {
  return String(word.PATTERN);
}

function spanOf(source: SourceFile, token: IToken): { file: SourceFile; start: number; end: number } {
  return { file: source, start: token.startOffset, end: endOf(token) };
}
