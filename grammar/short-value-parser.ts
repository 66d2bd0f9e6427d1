// Fast path for values of one token, path or call, which nearly all are. The nodes are those that the rules of
// value-parser.ts would make; going through all of these would take half of the time of parsing a file.
import type { IToken, TokenType } from "chevrotain";
import type * as ast from "./ast.js";
import { readNumber, readString } from "./literals.js";
import { RecoveringParser, type Rule } from "./recovering-parser.js";
import { Identifier, marks, NumberToken, StringToken, words } from "./tokens.js";

/** Tokens that may follow a value and are not part of it. */
export const endsOfExpression: ReadonlySet<TokenType> = new Set([
  marks.Comma,
  marks.Semicolon,
  marks.Colon,
  marks.Equals,
  marks.LBrace,
  marks.RBrace,
  marks.RParen,
  marks.RBracket,
  marks.EqualEqual,
  marks.NotEqual,
  marks.LessEqual,
  marks.GreaterEqual,
  marks.Less,
  marks.Greater,
  marks.PlusMinus,
  words.in,
]);
/** Tokens that may follow a whole range, such as `on` after an expert's call. */
export const endsOfRange: ReadonlySet<TokenType> = new Set([...endsOfExpression, words.on]);
/** Tokens that may follow a sum: those of a range, and its dots. */
export const endsOfSum: ReadonlySet<TokenType> = new Set([...endsOfRange, marks.DotDot]);
/** Tokens that may follow a product: those of a sum, and `+` `-`. */
export const endsOfProduct: ReadonlySet<TokenType> = new Set([...endsOfSum, marks.Plus, marks.Minus]);
/** Tokens that may follow a factor: those of a product, and `*` `/`. */
export const endsOfFactor: ReadonlySet<TokenType> = new Set([...endsOfProduct, marks.Star, marks.Slash]);

/** Parses common short values without descending through all precedence levels. */
export abstract class ShortValueParser extends RecoveringParser {
  protected abstract readonly arguments: Rule<ast.Argument[]>;

  /** The value, if it is one token, path or call followed by one of `ends` or a significant line break. */
  protected alone(ends: ReadonlySet<TokenType>): ast.Expression | undefined {
    if (this.RECORDING_PHASE || this.placeOf(this.LA(1)).startsDeclaration) return undefined;
    if (this.at(NumberToken))
      return this.ends(2, ends) ? this.numberOf(this.CONSUME(NumberToken), undefined) : undefined;
    if (this.at(StringToken)) return this.ends(2, ends) ? this.stringOf(this.CONSUME(StringToken)) : undefined;
    if (!this.at(Identifier)) return undefined;
    const after = this.afterPath();
    if (this.ends(after, ends)) return this.path(after);
    if (!this.at(marks.LParen, after) || !this.sameLine(after)) return undefined;
    if (!this.ends(this.afterBrackets(after), ends)) return undefined;
    const first = this.LA(1);
    const callee = this.path(after);
    const args = this.SUBRULE2(this.arguments);
    return { kind: "call", callee, args, span: this.spanFrom(first) };
  }

  private ends(ahead: number, ends: ReadonlySet<TokenType>): boolean {
    return !this.continues(ahead) || ends.has(this.LA(ahead).tokenType);
  }

  private afterPath(): number {
    let next = 2;
    while (this.at(marks.Dot, next) && this.continues(next) && this.at(Identifier, next + 1)) next += 2;
    return next;
  }

  /** `image.cls`, up to a token. */
  private path(after: number): ast.Reference {
    const first = this.LA(1);
    const head = plainReference(this.nameOf(this.CONSUME(Identifier)));
    if (after === 2) return head;
    const segments: [ast.Segment, ...ast.Segment[]] = [head.segments[0]];
    for (let next = 2; next < after; next += 2) {
      this.CONSUME(marks.Dot);
      const name = this.nameOf(this.CONSUME(Identifier));
      segments.push({ kind: "segment", name, layers: undefined, span: name.span });
    }
    return { kind: "reference", segments, span: this.spanFrom(first) };
  }

  protected numberOf(token: IToken, word: IToken | undefined): ast.NumberLiteral {
    return readNumber(this.source, token, word, (found) => this.report(found));
  }

  protected stringOf(token: IToken): ast.StringLiteral {
    return readString(this.source, token, (found) => this.report(found));
  }

  protected nameOf(token: IToken): ast.Name {
    return { kind: "name", text: token.image, span: this.spanOf(token) };
  }
}

/** The reference that consists of a single name. */
export function plainReference(name: ast.Name): ast.Reference {
  const { span } = name;
  return { kind: "reference", segments: [{ kind: "segment", name, layers: undefined, span }], span };
}
