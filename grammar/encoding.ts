// A file that is not UTF-8 is decoded with replacement characters: this is reported, and the file is never formatted,
// since that would write the loss to disk.
import { diagnostic } from "./codes.js";
import type { Diagnostic } from "./diagnostic.js";
import type { SourceFile } from "./source.js";

/** What decoders put for bytes that are not UTF-8: U+FFFD, the replacement character. */
const lost = "\uFFFD";

interface EncodingResult {
  readonly diagnostics: readonly Diagnostic[];
  /** False if nothing of the file can be parsed. */
  readonly isWhole: boolean;
}

/** Reports a file that is not UTF-8 text. */
export function encodingOf(source: SourceFile): EncodingResult {
  const { text } = source;
  const wide = wideEncoding(text);
  const at = text.indexOf(lost);
  const begin = { file: source, start: 0, end: 0 };
  if (wide !== undefined) {
    const help = savedAsUtf8(wide);
    return { diagnostics: [diagnostic("V031", begin, { found: wide.slice(0, 6) }, { help })], isWhole: false };
  }
  if (at < 0) return { diagnostics: [], isWhole: true };
  if (text.includes("\0")) {
    const help = "name a specification; this is a file of another kind";
    return { diagnostics: [diagnostic("V031", begin, { found: "binary" }, { help })], isWhole: false };
  }
  const place = { file: source, start: at, end: at + 1 };
  const label = "this character is lost";
  if (!isWestern(text)) {
    const extra = { help: savedAsUtf8(undefined), label };
    return { diagnostics: [diagnostic("V031", place, { found: "in another encoding" }, extra)], isWhole: true };
  }
  const extra = { help: savedAsUtf8("LATIN1"), label };
  return {
    diagnostics: [diagnostic("V031", place, { found: "in another encoding, such as Latin-1" }, extra)],
    isWhole: true,
  };
}

/** How to save a file as UTF-8; `undefined` is an encoding that cannot be recognised from the bytes. */
export function savedAsUtf8(
  encoding: string | undefined,
  [from, to]: readonly [string, string] = ["OLD", "NEW"],
): string {
  const command = (name: string) => `\`iconv -f ${name} -t UTF-8 ${from} > ${to}\``;
  if (encoding !== undefined) return `save it as UTF-8: in an editor, or by ${command(encoding)}`;
  return (
    `save it as UTF-8: in an editor, or by ${command("ENCODING")} with the encoding that wrote it, which its bytes do ` +
    "not say, such as GB18030, SHIFT_JIS, EUC-KR, BIG5 or KOI8-R"
  );
}

/** Whether all non-ASCII characters are single ones next to letters, as accents in Latin-1: other scripts come in runs. */
function isWestern(text: string): boolean {
  const others = text.replace(/(?<![^\0-\x7f])(?:(?<=[a-z])\uFFFD|\uFFFD(?=[a-z]))(?![^\0-\x7f])/gi, "");
  return !/[^\0-\x7f]/.test(others);
}

/** Encodings with two or four bytes per character: decoded byte by byte, one of two or three of four are 0. */
function wideEncoding(text: string): string | undefined {
  const begin = text.slice(0, 40).replace(/^(?:\0\0\uFFFD{2}|\uFFFD{2}(?:\0\0)?)/, "");
  return wideForms.find(([form]) => form.test(begin))?.[1];
}

const wideForms: readonly (readonly [form: RegExp, name: string])[] = [
  [/^(?:[^\0]\0{3}){3}/, "UTF-32LE"],
  [/^(?:\0{3}[^\0]){3}/, "UTF-32BE"],
  [/^(?:[^\0]\0){6}/, "UTF-16LE"],
  [/^(?:\0[^\0]){6}/, "UTF-16BE"],
];
