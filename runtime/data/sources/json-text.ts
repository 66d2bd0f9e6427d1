// JSON in data files: errors in our own words, the same on every version of Node, with their column; duplicate keys; values
// shortened for messages, however large or deeply nested.

/** A value, or why there is none. */
export type JsonResult =
  { readonly value: unknown; readonly problem?: undefined } | { readonly value?: undefined; readonly problem: string };

/** No intended value is nested deeper, and each level takes many times the memory of its bracket. */
const DEEPEST = 100_000;

/** Parses a text. None of the names `read` may occur twice in an object, of which JSON.parse would silently take the last. */
export function readJson(text: string, read: readonly string[] = []): JsonResult {
  if (text.length > DEEPEST && depthOf(text) > DEEPEST) {
    return { problem: `it is nested more than ${DEEPEST.toLocaleString("en")} deep` };
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return { problem: problemIn(text) };
  }
  const problem = repeatedIn(text, read);
  return problem === undefined ? { value } : { problem };
}

/** The deepest nesting of brackets, outside strings. */
function depthOf(text: string): number {
  let [depth, deepest, inText] = [0, 0, false];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) inText = !inText;
    else if (code === BACKSLASH && inText) at += 1;
    else if (!inText && OPENING.has(code)) deepest = Math.max(deepest, ++depth);
    else if (!inText && CLOSING.has(code)) depth -= 1;
  }
  return deepest;
}

const [QUOTE, BACKSLASH, COLON] = [34, 92, 58];
const OPENING: ReadonlySet<number> = new Set([91, 123]);
const CLOSING: ReadonlySet<number> = new Set([93, 125]);

/** The first of some names that occurs twice in one object of valid JSON. */
function repeatedIn(text: string, read: readonly string[]): string | undefined {
  // A name can also be written with escapes, but nobody does that for letters.
  const isEscaped = /\\u00[2-7]/.test(text);
  const suspects = new Set(read.filter((name) => isEscaped || isTwice(JSON.stringify(name), text)));
  if (suspects.size === 0) return undefined;
  const open: Set<string>[] = [];
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (OPENING.has(code)) open.push(new Set());
    else if (CLOSING.has(code)) open.pop();
    else if (code === QUOTE) {
      const end = endOfText(text, at);
      const names = open.at(-1);
      if (names !== undefined && text.charCodeAt(matchEnd(blank, text, end)) === COLON) {
        const name = nameAt(text, at, end);
        if (names.has(name)) return `${placeIn(text, at)}: the field \`${name}\` occurs twice in its object`;
        if (suspects.has(name)) names.add(name);
      }
      at = end - 1;
    }
  }
  return undefined;
}

function isTwice(part: string, text: string): boolean {
  const first = text.indexOf(part);
  return first >= 0 && text.includes(part, first + 1);
}

/** The offset after the string that starts at `begin`. */
function endOfText(text: string, begin: number): number {
  for (let at = begin + 1; ; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) return at + 1;
    if (code === BACKSLASH) at += 1;
  }
}

function nameAt(text: string, begin: number, end: number): string {
  const name = text.slice(begin + 1, end - 1);
  return name.includes("\\") ? String(JSON.parse(text.slice(begin, end))) : name;
}

type Kind = "{" | "}" | "[" | "]" | ":" | "," | "text" | "value" | "wrong" | "end";

interface Token {
  readonly kind: Kind;
  readonly at: number;
  readonly end: number;
  /** The error, for a token that is invalid in itself. */
  readonly reason?: string;
}

/** What may come next; after `first …` the object or list may also be closed. */
type Expected = "value" | "first value" | "key" | "first key" | "colon" | "in object" | "in list" | "nothing";

/** The effect of a token: entering or leaving an object or list, completing a value, or what comes next. */
type Step = "enter" | "leave" | "whole" | Expected;

const values = { "{": "enter", "[": "enter", text: "whole", value: "whole" } as const;

const steps: Readonly<Record<Expected, Readonly<Partial<Record<Kind, Step>>>>> = {
  value: values,
  "first value": { ...values, "]": "leave" },
  key: { text: "colon" },
  "first key": { text: "colon", "}": "leave" },
  colon: { ":": "value" },
  "in object": { ",": "key", "}": "leave" },
  "in list": { ",": "value", "]": "leave" },
  nothing: {},
};

type Open = ("{" | "[")[];

/** The first error in a text that is not JSON. */
function problemIn(text: string): string {
  const open: Open = [];
  let expected: Expected = "value";
  let last: Kind = "end";
  for (const token of tokensIn(text)) {
    const step: Step | undefined = steps[expected][token.kind];
    if (step === undefined) return syntaxMistake(text, token, { expected, open, last });
    expected = follow(step, token.kind, open);
    last = token.kind;
  }
  return "it is not JSON";
}

/** What is expected after a step. */
function follow(step: Step, kind: Kind, open: Open): Expected {
  if (step === "enter") {
    open.push(kind === "{" ? "{" : "[");
    return kind === "{" ? "first key" : "first value";
  }
  if (step === "leave") open.pop();
  else if (step !== "whole") return step;
  const around = open.at(-1);
  return around === undefined ? "nothing" : around === "{" ? "in object" : "in list";
}

interface ParserState {
  readonly expected: Expected;
  readonly open: Open;
  readonly last: Kind;
}

const missing: Record<Expected, string> = {
  value: "a value is missing",
  "first value": "a value is missing",
  key: "a name in double quotes is missing",
  "first key": "a name in double quotes is missing",
  colon: "a colon is missing",
  "in object": "a comma is missing",
  "in list": "a comma is missing",
  nothing: "something follows the value",
};

function syntaxMistake(text: string, { kind, at, reason }: Token, { expected, open, last }: ParserState): string {
  const where = placeIn(text, at);
  if (kind === "end") {
    if (text.trim() === "") return "it is empty";
    return `it ends before its ${open.at(-1) === "[" ? "list" : "object"} is closed; was it cut off?`;
  }
  if (kind === "wrong") return `${where}: ${reason ?? ""}`;
  const closes = kind === "}" || kind === "]";
  if (closes && last === ",") return `${where}: a comma stands before \`${kind}\``;
  if (closes && open.length === 0) return `${where}: \`${kind}\` closes nothing`;
  if (expected === "nothing") {
    return kind === "{"
      ? `${where}: a second object follows; each object has a line of its own`
      : `${where}: more follows the ${last === "}" ? "object" : "value"}`;
  }
  return `${where}: ${missing[expected]} before \`${shortened(text.slice(at, at + 40).split("\n")[0] ?? "", 20)}\``;
}

/** `column 12`; in a text of several lines `line 3, column 12`. */
function placeIn(text: string, at: number): string {
  const before = text.slice(0, at).split("\n");
  const column = `column ${((before.at(-1)?.length ?? 0) + 1).toLocaleString("en")}`;
  return text.includes("\n") ? `line ${before.length.toLocaleString("en")}, ${column}` : column;
}

const blank = /[ \t\n\r]*/y;
const number = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?(?![\w.+-])/y;
const word = /[^\s{}[\],:"]+/y;
const plain = /[^"\\\u0000-\u001f]*/y;
const escape = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y;

function* tokensIn(text: string): Generator<Token> {
  for (let at = matchEnd(blank, text, 0); at < text.length;) {
    const token = tokenAt(text, at);
    yield token;
    if (token.kind === "wrong") return;
    at = matchEnd(blank, text, token.end);
  }
  yield { kind: "end", at: text.length, end: text.length };
}

function tokenAt(text: string, at: number): Token {
  const mark = text.charAt(at);
  if (isMark(mark)) return { kind: mark, at, end: at + 1 };
  if (mark === '"') return textAt(text, at);
  const end = matchEnd(number, text, at);
  if (end > at) return { kind: "value", at, end };
  const found = text.slice(at, matchEnd(word, text, at));
  if (found === "") return { kind: "wrong", at, end: at, reason: wrongBlank(mark) };
  if (found === "true" || found === "false" || found === "null") return { kind: "value", at, end: at + found.length };
  return { kind: "wrong", at, end: at, reason: wrongWord(found) };
}

function isMark(mark: string): mark is "{" | "}" | "[" | "]" | ":" | "," {
  return mark !== "" && "{}[]:,".includes(mark);
}

/** Literals of other languages, and those of JSON. */
const foreign: Readonly<Record<string, string>> = { None: "null", NaN: "null", True: "true", False: "false" };

/** Characters that look like white space, or are invisible, and are none of the four white space characters of JSON. */
function wrongBlank(mark: string): string {
  if (mark === "\uFEFF") return "there is a byte order mark (`U+FEFF`), as where files were joined: remove it";
  const code = mark.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
  return `\`U+${code}\` is no blank of JSON: write a space`;
}

function wrongWord(found: string): string {
  if (found.startsWith("'")) return "texts and names need double quotes, not single ones";
  if (found.startsWith("/")) return "JSON has no comments";
  if (/^[-+.\d]/.test(found)) return `\`${shortened(found, 20)}\` is not a number of JSON`;
  const meant = Object.hasOwn(foreign, found) ? foreign[found] : undefined;
  if (meant !== undefined) return `\`${found}\` is not JSON, which has \`${meant}\``;
  return `\`${shortened(found, 20)}\` needs double quotes`;
}

function textAt(text: string, begin: number): Token {
  for (let at = begin + 1; ;) {
    at = matchEnd(plain, text, at);
    const mark = text.charAt(at);
    if (mark === '"') return { kind: "text", at: begin, end: at + 1 };
    if (mark === "")
      return { kind: "wrong", at: begin, end: at, reason: "a text is not closed; was the line cut off?" };
    const end = matchEnd(escape, text, at);
    if (end === at) return { kind: "wrong", at, end: at, reason: wrongInText(text.slice(at, at + 2)) };
    at = end;
  }
}

function wrongInText(found: string): string {
  if (found.startsWith("\\")) return `\`${found}\` is no escape of JSON; a backslash itself is \`\\\\\``;
  const names: Readonly<Record<string, string>> = { "\t": "a tab (`\\t`)", "\n": "a line break (`\\n`)" };
  return `${names[found.charAt(0)] ?? "a control character"} must be escaped in a text`;
}

/** Where a sticky pattern ends that is matched at an offset; the offset itself without a match. */
function matchEnd(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  return pattern.test(text) ? pattern.lastIndex : at;
}

const SHOWN = 60;

/** A JSON value in a message, shortened. */
export function shown(value: unknown): string {
  return value === undefined ? "nothing" : shortened(begun(value, SHOWN + 1), SHOWN);
}

/** At least the first `most` characters of a value's text, without traversing all of it. */
function begun(value: unknown, most: number): string {
  if (typeof value === "string")
    return JSON.stringify(value.slice(0, most)).slice(0, value.length > most ? -1 : undefined);
  if (Number.isNaN(value)) return "not a number (NaN)";
  if (typeof value === "number" && !Number.isFinite(value)) return "a number that is too large";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const keys = Array.isArray(value) ? value.keys() : Object.keys(value);
  let text = "";
  for (const key of keys) {
    if (text.length >= most) break;
    const name = typeof key === "string" ? `${begun(key, most)}:` : "";
    const entry: unknown = Reflect.get(value, key);
    text += `${text === "" ? "" : ","}${name}${begun(entry, most - text.length - 1)}`;
  }
  return Array.isArray(value) ? `[${text}]` : `{${text}}`;
}

/** A text of at most that many characters. */
export function shortened(text: string, most: number): string {
  return text.length > most ? `${text.slice(0, most - 3)}…` : text;
}
