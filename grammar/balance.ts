// Between the lexer and the parser: makes brackets pair up and notes for every token where it stands.
// A missing or a superfluous bracket is reported here, once, and mended, so that the parser never meets one
// and what follows is still read. Indentation is used only to guess where a missing bracket belongs.
import { createTokenInstance, type IToken, type TokenType } from "chevrotain";
import { diagnostic } from "./codes.js";
import type { Diagnostic } from "./diagnostic.js";
import type { SourceFile } from "./source.js";
import { closest } from "./suggest.js";
import { declarationWords, endOf, Identifier, marks, StringToken, Unterminated, words } from "./tokens.js";

/** How deep brackets may nest; far above any use, far below what a call stack holds. */
export const deepest = 64;

/** Where a token stands. */
export interface Place {
  readonly line: number;
  /** Column of the first token on its line, from 0. */
  readonly indent: number;
  /** True for the first token of a line. */
  readonly startsLine: boolean;
  /** True for the first token of a line that counts: inside `( )` and `[ ]` line breaks do not. */
  readonly breaks: boolean;
  /** Open brackets around it; both brackets of a pair have the depth of what is outside. */
  readonly depth: number;
  readonly startsDeclaration: boolean;
}

/** The tokens of a file, brackets mended, with the place of each. */
export interface Balanced {
  readonly tokens: IToken[];
  readonly places: ReadonlyMap<IToken, Place>;
  readonly diagnostics: readonly Diagnostic[];
}

interface Laid {
  readonly token: IToken;
  readonly line: number;
  readonly indent: number;
  readonly startsLine: boolean;
}

const closers = new Map<TokenType, TokenType>([
  [marks.LBrace, marks.RBrace],
  [marks.LParen, marks.RParen],
  [marks.LBracket, marks.RBracket],
]);
const openers = new Map([...closers].map(([open, close]) => [close, open]));

/** Pairs brackets declaration by declaration, so that one forgotten brace spoils one declaration. */
export function balance(source: SourceFile, tokens: readonly IToken[]): Balanced {
  const laid = layOut(source, tokens);
  const starts = laid.flatMap((_, i) => (startsDeclaration(laid, i) ? [i] : []));
  const bounds = [...new Set([0, ...starts, laid.length])];
  const mended: Laid[] = [];
  const diagnostics: Diagnostic[] = [];
  bounds.slice(0, -1).forEach((from, i) => {
    const region = laid.slice(from, bounds[i + 1]);
    const plain = pair(source, region, false);
    // Where a bracket is missing, indentation tells better which one, unless the file is not indented at all.
    const byIndent = plain.unclosed > 0 ? pair(source, region, true) : plain;
    const best = byIndent.diagnostics.length <= plain.diagnostics.length ? byIndent : plain;
    mended.push(...best.laid);
    diagnostics.push(...best.diagnostics);
  });
  return place(source, mended, diagnostics);
}

function layOut(source: SourceFile, tokens: readonly IToken[]): Laid[] {
  let line = 0;
  let indent = 0;
  let previous = -1;
  return tokens.map((token) => {
    while ((source.lineStarts[line + 1] ?? Infinity) <= token.startOffset) line++;
    const startsLine = line !== previous;
    if (startsLine) indent = token.startOffset - (source.lineStarts[line] ?? 0);
    previous = line;
    return { token, line, indent, startsLine };
  });
}

/** A word of `declarationWords` at the start of a line with what must follow it: no entry of a block looks so. */
function startsDeclaration(laid: readonly Laid[], i: number): boolean {
  const here = laid[i];
  const next = laid[i + 1];
  if (here === undefined || next === undefined || !here.startsLine || next.startsLine) return false;
  const word = here.token.tokenType;
  if (!declarationWords.includes(word)) return false;
  if (word === words.import) return here.indent === 0 && next.token.tokenType === marks.LBrace;
  return word === words.expect || word === words.test ? isA(next.token, StringToken) : isA(next.token, Identifier);
}

function isA(token: IToken, type: TokenType): boolean {
  return token.tokenType === type || (token.tokenType.CATEGORIES ?? []).includes(type);
}

interface Paired {
  readonly laid: Laid[];
  readonly diagnostics: Diagnostic[];
  unclosed: number;
}

/** Pairs the brackets of one region; with `byIndent`, a line that is not indented further closes what is open. */
function pair(source: SourceFile, region: readonly Laid[], byIndent: boolean): Paired {
  const out: Paired = { laid: [], diagnostics: [], unclosed: 0 };
  const open: Laid[] = [];
  const closeTop = (before: Laid | undefined): void => {
    const top = open.pop();
    if (top !== undefined) supply(source, out, top, before);
  };
  for (const here of region) {
    const type = here.token.tokenType;
    while (byIndent && open.length > 0 && here.startsLine && outdents(here, open.at(-1))) closeTop(here);
    const wanted = openers.get(type);
    if (wanted === undefined) {
      if (closers.has(type)) open.push(here);
      out.laid.push(here);
      continue;
    }
    // A brace ends every parenthesis in it; a parenthesis does not end a brace.
    const reach = type === marks.RBrace ? 0 : open.findLastIndex((other) => other.token.tokenType === marks.LBrace) + 1;
    const partner = open.findLastIndex((other, at) => at >= reach && other.token.tokenType === wanted);
    if (partner < 0) {
      if (!replacesTop(source, out, open, here)) out.diagnostics.push(superfluous(source, here.token));
      continue;
    }
    while (open.length > partner + 1) closeTop(here);
    open.pop();
    out.laid.push(here);
  }
  while (open.length > 0) closeTop(undefined);
  return out;
}

function outdents(here: Laid, top: Laid | undefined): boolean {
  if (top === undefined || top.line === here.line || here.indent > top.indent) return false;
  return !(here.indent === top.indent && here.token.tokenType === closers.get(top.token.tokenType));
}

/** `[1, 2)`: takes the wrong closing bracket for the right one. False where no `(` or `[` is open. */
function replacesTop(source: SourceFile, out: Paired, open: Laid[], here: Laid): boolean {
  const top = open.at(-1);
  const type = top && closers.get(top.token.tokenType);
  if (top === undefined || type === undefined || top.token.tokenType === marks.LBrace) return false;
  if (here.token.tokenType === marks.RBrace) return false;
  open.pop();
  const span = spanOf(source, here.token);
  const [opened, wanted] = [top.token.image, type.LABEL ?? ""];
  out.diagnostics.push(
    diagnostic(
      "V023",
      span,
      { found: here.token.image },
      {
        label: `${wanted} is wanted here`,
        related: [{ span: spanOf(source, top.token), message: `\`${opened}\` is opened here` }],
        fix: { span, text: wanted.replaceAll("`", "") },
      },
    ),
  );
  out.laid.push({ ...here, token: retype(here.token, type) });
  return true;
}

function supply(source: SourceFile, out: Paired, opener: Laid, before: Laid | undefined): void {
  const type = closers.get(opener.token.tokenType);
  if (type === undefined) throw new Error("internal: only opening brackets are waiting to be closed");
  const last = out.laid.at(-1) ?? opener;
  const at = endOf(last.token);
  out.laid.push({
    token: createTokenInstance(type, "", at, at, 0, 0, 0, 0),
    line: last.line,
    indent: last.indent,
    startsLine: false,
  });
  out.unclosed++;
  // A string that runs to the end of its line has swallowed the bracket: that is reported already.
  if (out.laid.some((other) => other.line === opener.line && other.token.tokenType === Unterminated)) return;
  const wanted = type.LABEL ?? "";
  const brace = type === marks.RBrace;
  out.diagnostics.push(
    diagnostic(
      "V022",
      spanOf(source, opener.token),
      { opened: opener.token.image },
      {
        label: `${wanted} is missing`,
        related: before ? [{ span: spanOf(source, before.token), message: `${wanted} is wanted before this` }] : [],
        help: `write ${wanted} where it ends`,
        fix: {
          span: { file: source, start: at, end: at },
          text: brace && last.line !== opener.line ? `\n${" ".repeat(opener.indent)}}` : wanted.replaceAll("`", ""),
        },
      },
    ),
  );
}

function superfluous(source: SourceFile, token: IToken): Diagnostic {
  const span = spanOf(source, token);
  return diagnostic("V023", span, { found: token.image }, { label: "nothing to close", fix: { span, text: "" } });
}

/** Leaves out what nests too deep, with the brackets around it. */
function cutDepth(source: SourceFile, laid: readonly Laid[], diagnostics: Diagnostic[]): Laid[] {
  let depth = 0;
  return laid.filter(({ token }) => {
    const opens = closers.has(token.tokenType);
    if (openers.has(token.tokenType)) depth--;
    const cut = depth > deepest || (depth === deepest && (opens || openers.has(token.tokenType)));
    if (depth === deepest && opens) diagnostics.push(diagnostic("V026", spanOf(source, token), { deepest }));
    if (opens) depth++;
    return !cut;
  });
}

/** Notes every token's place and mends misspelt declaration words. */
function place(source: SourceFile, laid: readonly Laid[], diagnostics: Diagnostic[]): Balanced {
  const kept = cutDepth(source, laid, diagnostics);
  const tokens: IToken[] = [];
  const places = new Map<IToken, Place>();
  const open: TokenType[] = [];
  kept.forEach((here, i) => {
    const type = here.token.tokenType;
    if (openers.has(type)) open.pop();
    const word = open.length === 0 ? misspelt(source, kept, i, diagnostics) : undefined;
    const token = word === undefined ? here.token : retype(here.token, word);
    const inside = open.at(-1);
    places.set(token, {
      ...here,
      breaks: here.startsLine && (inside === undefined || inside === marks.LBrace),
      depth: open.length,
      startsDeclaration: word !== undefined || startsDeclaration(kept, i),
    });
    tokens.push(token);
    if (closers.has(type)) open.push(type);
  });
  return { tokens, places, diagnostics };
}

function retype(token: IToken, tokenType: TokenType): IToken {
  return { ...token, tokenType, tokenTypeIdx: tokenType.tokenTypeIdx ?? 0 };
}

/** `modle VlmoBase {`: the declaration word that was meant, reported, so that the declaration is still read. */
function misspelt(
  source: SourceFile,
  laid: readonly Laid[],
  i: number,
  diagnostics: Diagnostic[],
): TokenType | undefined {
  const here = laid[i];
  const next = laid[i + 1];
  if (here === undefined || next === undefined || !here.startsLine || here.indent > 0 || next.startsLine)
    return undefined;
  if (here.token.tokenType !== Identifier || !(isA(next.token, Identifier) || isA(next.token, StringToken)))
    return undefined;
  const meant = closest(
    here.token.image,
    declarationWords.map((word) => word.name),
  );
  const word = declarationWords.find((candidate) => candidate.name === meant);
  if (word === undefined) return undefined;
  const span = spanOf(source, here.token);
  diagnostics.push(
    diagnostic(
      "V025",
      span,
      { found: here.token.image },
      {
        help: `did you mean \`${word.name}\`?`,
        fix: { span, text: word.name },
      },
    ),
  );
  return word;
}

function spanOf(source: SourceFile, token: IToken): { file: SourceFile; start: number; end: number } {
  return { file: source, start: token.startOffset, end: endOf(token) };
}
