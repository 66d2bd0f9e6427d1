// The token table, one row per token, and the lexer built from it.
// Keywords are contextual: each is also an identifier, so that `text { … }` or `from: pool` need no quoting. Line
// breaks are not tokens; `balance.ts` marks the tokens that follow one.
import { createToken, Lexer, type ILexingError, type IToken, type TokenType } from "chevrotain";
import { diagnostic } from "./codes.js";
import type { Comment } from "./ast.js";
import type { Diagnostic, Fix } from "./diagnostic.js";
import type { SourceFile, Span } from "./source.js";
import { blockComment, dashComment } from "./foreign-comments.js";
import { strayHelp, visible } from "./stray.js";

/** A name, in any position. */
export const namePattern = /[A-Za-z_][A-Za-z0-9_]*/;

/** Keywords are distinguished from longer names by `longer_alt`: `trainer` is a name, `train` a keyword. */
export const Identifier = createToken({ name: "Identifier", label: "a name", pattern: namePattern });

function keyword<const Word extends string>(word: Word): TokenType {
  return createToken({
    // Rule names start with a small letter (`import`), so that token names must not.
    name: `${word.charAt(0).toUpperCase()}${word.slice(1)}`,
    label: `\`${word}\``,
    pattern: word,
    longer_alt: Identifier,
    categories: [Identifier],
  });
}

/** Contextual keywords; in other positions they are names. */
export const words = {
  vlmo: keyword("vlmo"),
  import: keyword("import"),
  param: keyword("param"),
  model: keyword("model"),
  head: keyword("head"),
  data: keyword("data"),
  stage: keyword("stage"),
  finetune: keyword("finetune"),
  evaluate: keyword("evaluate"),
  expect: keyword("expect"),
  test: keyword("test"),
  extends: keyword("extends"),
  from: keyword("from"),
  checkpoint: keyword("checkpoint"),
  scratch: keyword("scratch"),
  at: keyword("at"),
  best: keyword("best"),
  on: keyword("on"),
  using: keyword("using"),
  train: keyword("train"),
  for: keyword("for"),
  changed: keyword("changed"),
  unchanged: keyword("unchanged"),
  trace: keyword("trace"),
  in: keyword("in"),
  every: keyword("every"),
  all: keyword("all"),
  none: keyword("none"),
  top: keyword("top"),
  bottom: keyword("bottom"),
  layers: keyword("layers"),
  steps: keyword("steps"),
  epochs: keyword("epochs"),
} as const;

/** The keywords that start a declaration. */
export const declarationWords: readonly TokenType[] = [
  words.import,
  words.param,
  words.model,
  words.head,
  words.data,
  words.stage,
  words.finetune,
  words.evaluate,
  words.expect,
  words.test,
];

/** The same as text. */
export const declarationNames: readonly string[] = declarationWords.map(({ PATTERN }) => String(PATTERN));

const mark = (name: string, pattern: string): TokenType => createToken({ name, label: `\`${pattern}\``, pattern });

/** Punctuation, by the name that rules use. */
export const marks = {
  LBrace: mark("LBrace", "{"),
  RBrace: mark("RBrace", "}"),
  LParen: mark("LParen", "("),
  RParen: mark("RParen", ")"),
  LBracket: mark("LBracket", "["),
  RBracket: mark("RBracket", "]"),
  Colon: mark("Colon", ":"),
  Semicolon: mark("Semicolon", ";"),
  Comma: mark("Comma", ","),
  DotDot: mark("DotDot", ".."),
  Dot: mark("Dot", "."),
  PlusMinus: createToken({ name: "PlusMinus", label: "`±`", pattern: /±|\+\/-/ }),
  EqualEqual: mark("EqualEqual", "=="),
  NotEqual: mark("NotEqual", "!="),
  LessEqual: mark("LessEqual", "<="),
  GreaterEqual: mark("GreaterEqual", ">="),
  Less: mark("Less", "<"),
  Greater: mark("Greater", ">"),
  Equals: mark("Equals", "="),
  Plus: mark("Plus", "+"),
  Minus: mark("Minus", "-"),
  Star: mark("Star", "*"),
  Slash: mark("Slash", "/"),
} as const;

/** `true`; reserved, never a name. */
export const True = createToken({ name: "True", label: "`true`", pattern: "true", longer_alt: Identifier });
/** `false`; reserved, never a name. */
export const False = createToken({ name: "False", label: "`false`", pattern: "false", longer_alt: Identifier });
/** Digits with their unit in one token, so that `20 px` and `20px` are not the same. */
// Any suffix is accepted, so that `10foo` is one wrong unit and not a number followed by a name.
export const NumberToken = createToken({
  name: "Number",
  label: "a number",
  pattern: /\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?(?:%|[A-Za-z_][A-Za-z0-9_]*)?/,
});
/** A string on one line, quotes included; `literals.ts` reads its escapes. */
export const StringToken = createToken({
  name: "String",
  label: 'a string in `"…"`',
  pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*"/,
});
// Wrong forms that are lexed as strings, so that one mistake stays one mistake.
const SingleQuoted = createToken({
  name: "SingleQuoted",
  pattern: /'(?:[^'\\\n\r]|\\[^\n\r])*'/,
  categories: [StringToken],
});
/**
 * A string without a closing quote, up to the end of its line: a token all the same, so that one missing quote is one
 * mistake.
 */
export const Unterminated = createToken({
  name: "Unterminated",
  pattern: /"(?:[^"\\\n\r]|\\[^\n\r])*\\?/,
  categories: [StringToken],
});

/** `#0099ff` for `"#0099ff"`, where a value is expected: everywhere else a `#` starts a comment. */
const BareColour = createToken({
  name: "BareColour",
  pattern: (text, offset, before) => {
    const colour = /^#[0-9A-Fa-f]{6}(?=[ \t]*(?:[,)\]}\n\r]|$))/.exec(text.slice(offset, offset + 40));
    return colour !== null && wantValue.includes(before.at(-1)?.tokenType ?? Blank) ? colour : null;
  },
  start_chars_hint: ["#"],
  line_breaks: false,
  categories: [StringToken],
});

const Blank = createToken({
  name: "Blank",
  pattern: /[ \t\f\r\n\uFEFF\u00A0]+/,
  group: Lexer.SKIPPED,
  line_breaks: true,
});
const CommentToken = createToken({ name: "Comment", pattern: /\/\/[^\n\r]*/, group: "comments" });
const HashComment = createToken({ name: "HashComment", pattern: /#[^\n\r]*/, group: "comments" });
const BlockComment = createToken({
  name: "BlockComment",
  pattern: blockComment,
  start_chars_hint: ["/"],
  line_breaks: true,
  group: "comments",
});
const DashComment = createToken({
  name: "DashComment",
  pattern: dashComment(endsValue),
  start_chars_hint: ["-"],
  line_breaks: false,
  group: "comments",
});

/** Tokens that are followed by a value. */
const wantValue: readonly TokenType[] = [marks.Colon, marks.Comma, marks.Equals, marks.LParen, marks.LBracket];
const wordsBeforeValues: readonly TokenType[] = [
  words.every,
  words.for,
  words.in,
  words.top,
  words.bottom,
  words.layers,
];

/** Whether a value may end with a token, so that no operand follows it. */
function endsValue({ tokenType }: IToken): boolean {
  const close: readonly TokenType[] = [marks.RBrace, marks.RParen, marks.RBracket];
  const isMark = Object.values(marks).includes(tokenType);
  return isMark ? close.includes(tokenType) : !wordsBeforeValues.includes(tokenType);
}

/** Every token, in the order the lexer tries them. */
export const tokenTable: TokenType[] = [
  Blank,
  CommentToken,
  BlockComment,
  DashComment,
  BareColour,
  HashComment,
  ...Object.values(words),
  True,
  False,
  Identifier,
  NumberToken,
  StringToken,
  Unterminated,
  SingleQuoted,
  ...Object.values(marks),
];

/** The lexer over `tokenTable`; `check` also looks for mistakes in the table, which costs time and is done by a test. */
export function createLexer(check: boolean): Lexer {
  return new Lexer(tokenTable, { positionTracking: "onlyOffset", skipValidations: !check });
}

const lexer = createLexer(false);

/** The result of lexing a file; wrong characters are reported and left out. */
export interface Tokens {
  readonly tokens: readonly IToken[];
  readonly comments: readonly Comment[];
  /** Comments in the syntax of other languages. */
  readonly foreign: readonly Span[];
  readonly diagnostics: readonly Diagnostic[];
}

/** Splits a file into tokens and comments. Never throws. */
export function tokenize(source: SourceFile): Tokens {
  const result = lexer.tokenize(source.text);
  const comments = (result.groups["comments"] ?? []).map((token) => readComment(source, token));
  const diagnostics = [
    ...result.errors.map((error) => strayCharacters(source, error)),
    ...result.tokens.filter(isWrongString).flatMap((token) => wrongString(source, token)),
  ];
  const foreign = comments.map(({ span }) => span).filter(({ start }) => !source.text.startsWith("//", start));
  return { tokens: result.tokens, comments, foreign, diagnostics };
}

/** The offset just after a token. */
export function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}

function readComment(source: SourceFile, token: IToken): Comment {
  const [opening = ""] = /^(?:\/\/\/(?!\/)|\/[/*]|--|#)/.exec(token.image) ?? [];
  return {
    kind: "comment",
    doc: opening === "///",
    // One blank belongs to the slashes; more are the author's own (indented code in a comment).
    text: token.image.slice(opening.length).replace(/^ /, "").trimEnd(),
    span: { file: source, start: token.startOffset, end: endOf(token) },
  };
}

function strayCharacters(source: SourceFile, error: ILexingError): Diagnostic {
  const span = { file: source, start: error.offset, end: error.offset + error.length };
  const text = source.text.slice(span.start, span.end);
  const found = text.trimEnd() === "" ? text : text.trimEnd();
  const place = { ...span, end: span.start + Math.max(1, found.length) };
  const shown = visible(found.length > 20 ? `${found.slice(0, 20)}…` : found);
  return diagnostic("V001", place, { found: shown }, strayHelp(found, place));
}

/** The end of a string, if nothing else follows it on its line. */
function endOfString(file: SourceFile, { start, end }: { start: number; end: number }): { fix?: Fix } {
  const text = file.text.slice(start, end).trimEnd();
  return /^"[^\s"\\,;:()[\]{}]+$/.test(text)
    ? { fix: { span: { file, start: start + text.length, end: start + text.length }, text: '"' } }
    : {};
}

function isWrongString({ tokenType }: IToken): boolean {
  return tokenType === Unterminated || tokenType === SingleQuoted || tokenType === BareColour;
}

function wrongString(source: SourceFile, token: IToken): Diagnostic[] {
  const span = { file: source, start: token.startOffset, end: endOf(token) };
  if (token.tokenType === Unterminated) {
    return [
      diagnostic(
        "V002",
        { ...span, end: source.text.slice(0, span.end).trimEnd().length },
        {},
        {
          label: "starts here and is not closed on this line",
          help: 'write `"` where the string ends',
          ...endOfString(source, span),
        },
      ),
    ];
  }
  if (token.tokenType === BareColour)
    return [diagnostic("V003", span, {}, { help: "a colour is a string", fix: { span, text: `"${token.image}"` } })];
  if (token.tokenType === SingleQuoted) {
    const inner = token.image.slice(1, -1).replaceAll("\\'", "'");
    return [
      diagnostic(
        "V003",
        span,
        {},
        {
          help: "use double quotes",
          fix: { span, text: `"${inner.replaceAll('"', '\\"')}"` },
        },
      ),
    ];
  }
  return [];
}
