// The base of all rules: spans, line breaks, and error recovery. A rule that fails throws; the nearest `attempt` (one
// entry, one statement, one declaration) reports it once and skips to the start of the next one. Brackets are already
// balanced (balance.ts), so that skipping only has to track the depth.
import {
  EmbeddedActionsParser,
  EOF,
  isRecognitionException,
  type ParserMethod,
  type IToken,
  tokenMatcher,
  type TokenType,
} from "chevrotain";
import { type Balanced, type TokenLayout, placeOf } from "./balance.js";
import { diagnostic } from "./codes.js";
import type { Diagnostic } from "./diagnostic.js";
import { describe, type Recognition, ReadingFailure, wantedProvider, whatIsFound } from "./messages.js";
import { afterNumber } from "./literals.js";
import { createSource, spanText, type SourceFile, type Span } from "./source.js";
import { endOf, Identifier, marks, StringToken, tokenTable } from "./tokens.js";

/** A rule of the parser that returns a `T`. */
export type Rule<T> = ParserMethod<[], T>;

/** A mistake, with the text between the last token that was accepted and the one that was not. */
export interface ParseFailure {
  readonly diagnostic: Diagnostic;
  readonly from: number;
  readonly to: number;
  /** Whether the token that was not accepted was inserted by balance.ts. */
  readonly supplied: boolean;
}

/** The base of every rule. A single parser is used for all files: making one costs more than a parse. */
export abstract class RecoveringParser extends EmbeddedActionsParser {
  protected source: SourceFile = createSource("", "");
  protected failures: ParseFailure[] = [];
  private resumedAt: IToken | undefined;

  /** `check` also looks for ambiguous rules, which costs time and is done by a test. */
  constructor(check: boolean) {
    super(tokenTable, { maxLookahead: 1, errorMessageProvider: wantedProvider, skipValidations: !check });
  }

  protected begin(source: SourceFile, balanced: Balanced): void {
    this.input = balanced.tokens;
    this.source = source;
    this.failures = [];
  }

  // -------------------------------------------------------------------------------------- where we stand

  protected at(type: TokenType, ahead = 1): boolean {
    return tokenMatcher(this.LA(ahead), type);
  }

  protected placeOf(token: IToken): TokenLayout {
    return placeOf(token);
  }

  /**
   * Whether an optional part starts with a token of this type; true while the rules are recorded. For parts that are
   * mostly absent: chevrotain takes several times as long to find that out.
   */
  protected comes(type: TokenType, ahead = 1): boolean {
    return this.RECORDING_PHASE || this.at(type, ahead);
  }

  /** Whether the next token continues what comes before it: there is no significant line break before it. */
  protected continues(ahead = 1): boolean {
    return !this.placeOf(this.LA(ahead)).breaks;
  }

  /** Whether the next token is on the line of the one before it. */
  protected sameLine(ahead = 1): boolean {
    return !this.placeOf(this.LA(ahead)).startsLine;
  }

  /** `path :`, `path {`, and the mistakes `path =` and `"path" :`. */
  protected startsEntry(ahead: number): boolean {
    let next = ahead;
    if (this.at(StringToken, next)) return this.at(marks.Colon, next + 1);
    for (;;) {
      if (!this.at(Identifier, next)) return false;
      next++;
      if (this.at(marks.LBracket, next)) next = this.afterBrackets(next);
      if (!this.at(marks.Dot, next)) break;
      next++;
    }
    if (this.at(marks.LBrace, next)) return this.sameLine(next);
    return this.at(marks.Colon, next) || this.at(marks.Equals, next);
  }

  protected afterBrackets(ahead: number): number {
    const depth = this.placeOf(this.LA(ahead)).depth;
    let next = ahead + 1;
    while (!this.at(EOF, next) && this.placeOf(this.LA(next)).depth > depth) next++;
    return next + 1;
  }

  protected spanOf(token: IToken): Span {
    return { file: this.source, start: token.startOffset, end: endOf(token) };
  }

  /** From the first token to the last one consumed. */
  protected spanFrom({ startOffset }: IToken): Span {
    return this.spanSince(startOffset);
  }

  /** From the start of a node to the last token consumed. */
  protected spanOver({ span }: { readonly span: Span }): Span {
    return this.spanSince(span.start);
  }

  private spanSince(start: number): Span {
    return { file: this.source, start, end: Math.max(start, endOf(this.LA(0))) };
  }

  // --------------------------------------------------------------------------------------------- mistakes

  /** Reports a mistake from which the parser can recover. Silent while chevrotain records the rules. */
  protected report(found: Diagnostic): void {
    if (!this.RECORDING_PHASE) this.note(found, this.LA(1), this.LA(0));
  }

  /** `=` where `:` is expected and the like: accepted all the same. */
  protected wrongMark(mark: IToken, what: string, wanted: string): IToken {
    if (this.RECORDING_PHASE) return mark;
    const span = this.spanOf(mark);
    // `width = 64` becomes `width: 64`: the blanks before the mark are removed too.
    const before = { ...span, start: endOf(this.LA(-1)), end: span.start };
    const blanks = wanted === ":" && spanText(before).trim() === "";
    const fix = { span: blanks ? { ...span, start: before.start } : span, text: wanted };
    this.report(diagnostic("V028", span, { what, wanted, found: mark.image }, { help: `write \`${wanted}\``, fix }));
    return mark;
  }

  /** Aborts the current rule; the nearest `attempt` continues. */
  protected giveUp(make: (found: string, span: Span) => Diagnostic): void {
    if (this.RECORDING_PHASE) return;
    const [token, previous] = [this.LA(1), this.LA(0)];
    const { found, span } = whatIsFound(this.source, token, previous, this.placeOf(token).startsLine);
    throw new ReadingFailure(make(found, span), token, previous);
  }

  /** Call after `:` or an operator: a new entry or declaration on the next line is not an operand. */
  protected wantOperand(): void {
    if (this.RECORDING_PHASE || this.sameLine()) return;
    const next = this.placeOf(this.LA(1));
    if (next.startsDeclaration || (next.breaks && this.startsEntry(1))) {
      this.giveUp((found, span) => diagnostic("V021", span, { found }));
    }
  }

  /** Call where the operand must be on the same line. */
  protected wantOperandHere(): void {
    if (this.RECORDING_PHASE || this.continues()) return;
    this.giveUp((found, span) => diagnostic("V021", span, { found }));
  }

  /** Call after an element of a bracketed list. */
  protected wantCommaOr(close: TokenType): void {
    if (this.RECORDING_PHASE || this.at(marks.Comma) || this.at(close)) return;
    const extra = { help: "write a `,` before it", ...afterNumber(this.LA(0), this.LA(1), this.source) };
    this.giveUp((found, span) => diagnostic("V020", span, { wanted: `\`,\` or ${close.LABEL ?? ""}`, found }, extra));
  }

  /** The comma after an element, if there is one. */
  protected comma(): void {
    if (this.comes(marks.Comma)) this.OPTION(() => this.CONSUME(marks.Comma));
  }

  /** `:`, or a mark that was written instead. */
  protected colonOr(marksThere: { ALT: () => IToken }[]): void {
    if (!this.RECORDING_PHASE && this.at(marks.Colon)) this.CONSUME(marks.Colon);
    else this.OR(marksThere);
  }

  /** Call after the elements of a bracketed list: a punctuation mark there is where a value is expected. */
  protected wantValueOr(close: TokenType): void {
    if (this.RECORDING_PHASE || this.at(close)) return;
    this.giveUp((found, span) => diagnostic("V021", span, { found }));
  }

  /** Runs `read`; on failure reports it, calls `recover`, and returns undefined. */
  protected attempt<T>(read: () => T, recover: (first: IToken) => void): T | undefined {
    const first = this.LA(1);
    try {
      return read();
    } catch (error) {
      if (error instanceof ReadingFailure) this.note(error.diagnostic, error.token, error.previous);
      else if (error instanceof Error && isRecognitionException(error)) {
        // Boundary: chevrotain's exceptions are known by name only, and all of them have these fields.
        const known = error as Recognition;
        const said = describe(this.source, known, (token) => this.placeOf(token).startsLine);
        this.note(said, known.token, known.previousToken ?? known.token);
      } else throw error;
      recover(first);
      return undefined;
    }
  }

  private note(said: Diagnostic, token: IToken, previous: IToken): void {
    const to = Number.isNaN(token.startOffset) || token.tokenType === EOF ? this.source.text.length : token.startOffset;
    const from = Number.isNaN(previous.startOffset) ? 0 : endOf(previous);
    this.failures.push({ diagnostic: said, from, to, supplied: token.image === "" && token.tokenType !== EOF });
  }

  /** Skips to the next entry: to a line break, a `,` before an entry, or the brace that ends the block. */
  protected skipEntry(first: IToken): void {
    const depth = this.placeOf(first).depth;
    if (this.LA(1) === first && !this.at(EOF) && !this.at(marks.RBrace)) this.SKIP_TOKEN();
    while (!this.at(EOF)) {
      const here = this.placeOf(this.LA(1));
      if (here.depth < depth || here.startsDeclaration) break;
      if (here.depth === depth && this.endsSkip(here)) break;
      this.SKIP_TOKEN();
    }
    this.resumedAt = this.LA(1);
  }

  /** Whether tokens were just skipped, so that no separator can be required. */
  protected hasResumed(): boolean {
    return this.LA(1) === this.resumedAt;
  }

  private endsSkip(here: TokenLayout): boolean {
    if (this.at(marks.RParen) || this.at(marks.RBracket) || this.at(marks.RBrace)) return false;
    return here.breaks || this.startsEntry(1) || this.at(marks.Semicolon);
  }

  protected skipDeclaration(first: IToken): void {
    if (this.LA(1) === first && !this.at(EOF)) this.SKIP_TOKEN();
    while (!this.at(EOF) && !this.placeOf(this.LA(1)).startsDeclaration) this.SKIP_TOKEN();
  }
}
