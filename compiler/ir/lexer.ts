// Tokens of one line of the textual IR, and a cursor over them.

/** A mistake in a textual IR file. Lines and columns count from 1. */
export interface IrProblem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Thrown inside the parser only; `parse` converts it to a problem. */
export class IrError extends Error {
  constructor(
    readonly column: number,
    message: string,
  ) {
    super(message);
  }
}

type TokenKind = "text" | "value" | "data" | "word" | "number" | "mark" | "end";

interface Token {
  readonly kind: TokenKind;
  readonly text: string;
  readonly column: number;
}

const FORMS: readonly (readonly [TokenKind, RegExp])[] = [
  ["text", /"(?:[^"\\]|\\.)*"/y],
  ["value", /%\d+/y],
  ["data", /#\d+/y],
  ["number", /-?(?:\d+(?:\.\d+)?(?:[eE][+-]?\d+)?|inf\b)|nan\b/y],
  ["word", /[A-Za-z_]\w*/y],
  ["mark", /->|[:=(){}[\],]/y],
];

/** Reads a line from left to right. */
export interface Cursor {
  readonly column: number;
  readonly atEnd: boolean;
  /** Whether the next token is this symbol or word. */
  sees(text: string): boolean;
  /** Consumes the next token if it is this symbol or word. */
  skip(text: string): boolean;
  /** Consumes a symbol or word that must follow. */
  expect(text: string): void;
  /** Consumes a token of a kind; `what` describes it in the message if there is another. */
  take(kind: TokenKind, what: string): string;
  /** Consumes a quoted text and returns its unescaped value. */
  takeText(what: string): string;
  fail(message: string): never;
}

/** Comments (`; …`) and origins (`@ …`) run to the end of the line. */
export function cursorOver(line: string): Cursor {
  const tokens = tokensOf(line);
  let next = 0;
  const peek = (): Token => tokens[next] ?? { kind: "end", text: "", column: line.length + 1 };
  const fail = (message: string): never => {
    throw new IrError(peek().column, message);
  };
  const sees = (text: string): boolean => ["mark", "word"].includes(peek().kind) && peek().text === text;
  const skip = (text: string): boolean => {
    const seen = sees(text);
    if (seen) next++;
    return seen;
  };
  const shown = (): string => (peek().kind === "end" ? "the end of the line" : peek().text);
  const take = (kind: TokenKind, what: string): string => {
    const token = peek();
    if (token.kind !== kind) fail(`${what} expected, not ${shown()}`);
    next++;
    return token.text;
  };
  return {
    get column() {
      return peek().column;
    },
    get atEnd() {
      return peek().kind === "end";
    },
    sees,
    skip,
    expect: (text) => {
      if (!skip(text)) fail(`${text} expected, not ${shown()}`);
    },
    take,
    takeText: (what) => {
      const { column } = peek();
      const value = unquoted(take("text", what));
      if (value === null) throw new IrError(column, `${what} is not a JSON string`);
      return value;
    },
    fail,
  };
}

function tokensOf(line: string): Token[] {
  const tokens: Token[] = [];
  let place = 0;
  while (place < line.length) {
    const character = line[place];
    if (character === ";" || character === "@") break;
    if (character === " " || character === "\t") {
      place++;
      continue;
    }
    const token = tokenAt(line, place);
    if (token === null) throw new IrError(place + 1, `${character} has no meaning here`);
    tokens.push(token);
    place += token.text.length;
  }
  return tokens;
}

function tokenAt(line: string, place: number): Token | null {
  for (const [kind, form] of FORMS) {
    form.lastIndex = place;
    const [text] = form.exec(line) ?? [];
    if (text !== undefined) return { kind, text, column: place + 1 };
  }
  return null;
}

function unquoted(text: string): string | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "string" ? value : null;
  } catch {
    return null;
  }
}
