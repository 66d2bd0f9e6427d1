// Values of one token or one call: nearly all there are. They come out as the rules of value-parser.ts would have them,
// and do not go through all of those: that would be half of the time that reading a file takes.
import type { IToken, TokenType } from "chevrotain";
import type * as ast from "./ast.js";
import { readNumber, readString } from "./literals.js";
import { RecoveringParser, type Rule } from "./recovering-parser.js";
import { Identifier, marks, NumberToken, StringToken, words } from "./tokens.js";

/** What stands behind a value and belongs to none. */
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
export const endsOfRange: ReadonlySet<TokenType> = new Set([...endsOfExpression, words.on]);
export const endsOfSum: ReadonlySet<TokenType> = new Set([...endsOfRange, marks.DotDot]);

export abstract class ShortValueParser extends RecoveringParser {
  protected abstract readonly arguments: Rule<ast.Argument[]>;

  /** The value, if it is one token or one call with one of `ends`, or a line break that counts, behind it. */
  protected alone(ends: ReadonlySet<TokenType>): ast.Expression | undefined {
    if (this.RECORDING_PHASE || this.placeOf(this.LA(1)).startsDeclaration) return undefined;
    const ended = (ahead: number): boolean => !this.continues(ahead) || ends.has(this.LA(ahead).tokenType);
    if (ended(2)) {
      if (this.at(NumberToken)) return this.numberOf(this.CONSUME(NumberToken), undefined);
      if (this.at(StringToken)) return this.stringOf(this.CONSUME(StringToken));
      return this.at(Identifier) ? plainReference(this.nameOf(this.CONSUME(Identifier))) : undefined;
    }
    if (!this.at(Identifier) || !this.at(marks.LParen, 2) || !this.sameLine(2)) return undefined;
    if (!ended(this.behindBrackets(2))) return undefined;
    const callee = plainReference(this.nameOf(this.CONSUME(Identifier)));
    const args = this.SUBRULE2(this.arguments);
    return { kind: "call", callee, args, span: this.spanFrom(callee) };
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

/** A name as the reference that it is on its own. */
export function plainReference(name: ast.Name): ast.Reference {
  const { span } = name;
  return { kind: "reference", segments: [{ kind: "segment", name, layers: undefined, span }], span };
}
