// The token table as data, for line-by-line syntax highlighting: an editor's grammar.
import type { TokenType } from "chevrotain";
import { escapePattern, written } from "./literals.js";
import {
  declarationWords,
  False,
  Identifier,
  namePattern,
  NumberToken,
  StringToken,
  tokenTable,
  True,
} from "./tokens.js";

/** The class of a token for highlighting. */
export type TokenKind = "declaration" | "word" | "boolean" | "name" | "number" | "string" | "comment" | "mark";

/** A row of the table. */
export interface TokenRow {
  readonly name: string;
  readonly kind: TokenKind;
  /** Source of a regular expression; tokens that span lines have one for the start and one for the end. */
  readonly pattern: string | { readonly begin: string; readonly end: string };
}

/** The parts of rows, as regular expressions: a name, suffixes of numbers, escapes of strings. */
export const literalRules = { name: namePattern.source, units: written, escape: escapePattern } as const;

/** The rows of a table in its order, white space left out. */
export function tokenRows(table: readonly TokenType[] = tokenTable): TokenRow[] {
  return table
    .filter(({ name }) => name !== "Blank")
    .map((token) => ({ name: token.name, kind: kindOf(token), pattern: patternOf(token) }));
}

function kindOf(token: TokenType): TokenKind {
  const isOf = (category: TokenType): boolean => token === category || token.CATEGORIES?.includes(category) === true;
  if (declarationWords.includes(token)) return "declaration";
  if (token === True || token === False) return "boolean";
  if (token === Identifier) return "name";
  if (token === NumberToken) return "number";
  if (token.GROUP === "comments") return "comment";
  if (isOf(StringToken)) return "string";
  return isOf(Identifier) ? "word" : "mark";
}

/** For tokens whose pattern depends on more than the text after them: the best approximation on a single line. */
const onOneLine: Readonly<Record<string, TokenRow["pattern"]>> = {
  BlockComment: { begin: "/\\*", end: "\\*/" },
  DashComment: "--(?=\\s|$)[^\\n\\r]*|(?<=[\\w\"')\\]}%])[ \\t]*--[^\\n\\r]*",
  BareColour: "(?<=[:,=(\\[])[ \\t]*#[0-9A-Fa-f]{6}(?=[ \\t]*(?:[,)\\]}]|$))",
};

function patternOf({ name, PATTERN }: TokenType): TokenRow["pattern"] {
  if (PATTERN instanceof RegExp) return PATTERN.source;
  const pattern = typeof PATTERN === "string" ? PATTERN.replaceAll(/[^\w\s]/g, "\\$&") : onOneLine[name];
  if (pattern === undefined) throw new Error(`internal: ${name} has no pattern for one line`);
  return pattern;
}
