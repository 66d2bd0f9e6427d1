// Iterates over the members of a JSON object without building it: a header of a hundred megabytes takes no more memory than
// what is kept of it, and duplicate keys are seen, of which JSON.parse silently keeps the last. Values are only delimited; the
// caller parses them.
import { quoted } from "../printable.js";

/** A member: its key, and the range of its value in the bytes. */
export interface JsonMember {
  readonly key: string;
  readonly begin: number;
  readonly end: number;
}

const [quote, backslash, open, close, openList, closeList, comma, colon] = [...'"\\{}[],:'].map((letter) =>
  letter.charCodeAt(0),
);
const blanks = new Set([0x20, 0x09, 0x0a, 0x0d]);

/** The members of the object in `bytes` from `begin` to `end`. Throws SyntaxError. */
export function* jsonMembers(bytes: Uint8Array, begin = 0, end = bytes.length): Generator<JsonMember> {
  let at = skipBlanks(bytes, begin, end);
  if (bytes[at] !== open) throw new SyntaxError("it is not an object");
  at = skipBlanks(bytes, at + 1, end);
  const keys = new Set<string>();
  while (bytes[at] !== close) {
    const keyEnd = stringEnd(bytes, at, end);
    const key = String(jsonValue(bytes, at, keyEnd));
    if (keys.has(key)) throw new SyntaxError(`the key ${quoted(key)} occurs twice`);
    keys.add(key);
    at = skipBlanks(bytes, keyEnd, end);
    if (bytes[at] !== colon) throw new SyntaxError(`byte ${at} of it is no colon`);
    const valueBegin = skipBlanks(bytes, at + 1, end);
    const valueEnd = endOfValue(bytes, valueBegin, end);
    yield { key, begin: valueBegin, end: valueEnd };
    at = skipBlanks(bytes, valueEnd, end);
    if (bytes[at] === comma) {
      at = skipBlanks(bytes, at + 1, end);
      if (bytes[at] === close) throw new SyntaxError(`byte ${at} of it closes an object after a comma`);
    } else if (bytes[at] !== close) throw new SyntaxError(`byte ${at} of it is no comma`);
  }
  if (skipBlanks(bytes, at + 1, end) < end) throw new SyntaxError("something follows its end");
}

const utf8 = new TextDecoder("utf-8", { fatal: true });

/** The parsed value of a range of JSON. Throws SyntaxError. */
export function jsonValue(bytes: Uint8Array, begin: number, end: number): unknown {
  try {
    return JSON.parse(utf8.decode(bytes.subarray(begin, end)));
  } catch (cause) {
    // In our own words: Node's differ between versions, and a TypeError means invalid UTF-8.
    const what = cause instanceof TypeError ? "text in UTF-8" : "JSON";
    throw new SyntaxError(`bytes ${begin} to ${end} of it are no ${what}`, { cause });
  }
}

function skipBlanks(bytes: Uint8Array, from: number, end: number): number {
  let at = from;
  while (at < end && blanks.has(bytes[at] ?? 0)) at += 1;
  return at;
}

/** The offset after the string that begins at `at`. */
function stringEnd(bytes: Uint8Array, at: number, end: number): number {
  if (bytes[at] !== quote) throw new SyntaxError(`byte ${at} of it begins no key`);
  for (let i = at + 1; i < end; i += 1) {
    if (bytes[i] === backslash) i += 1;
    else if (bytes[i] === quote) return i + 1;
  }
  throw new SyntaxError("a string in it does not end");
}

/** The offset after the value that begins at `at`. */
function endOfValue(bytes: Uint8Array, at: number, end: number): number {
  let depth = 0;
  for (let i = at; i < end; i += 1) {
    const byte = bytes[i];
    if (byte === quote) i = stringEnd(bytes, i, end) - 1;
    else if (byte === open || byte === openList) depth += 1;
    else if (depth === 0 && (byte === comma || byte === close)) return i;
    else if (byte === close || byte === closeList) depth -= 1;
  }
  throw new SyntaxError("it does not end");
}
