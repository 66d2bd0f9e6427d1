// Comments in the syntax of other languages: `# …`, `-- …` and `/* … */`. They are skipped as comments, so that the
// text around them still parses, and reported with the right syntax.
import type { CustomPatternMatcherFunc, IToken } from "chevrotain";
import { diagnostic } from "./codes.js";
import type { Diagnostic, Remedy } from "./diagnostic.js";
import { lineEnd, lineText, newlineOf, positionAt, spanText, type Span } from "./source.js";

/** Longest block comment in characters; if it is not closed by then, it ends with its line. */
const longest = 10_000;

/** `/* … *​/`, possibly over several lines; up to the end of its line if it is not closed. */
export const blockComment: CustomPatternMatcherFunc = (text, offset) => {
  if (text[offset + 1] !== "*") return null;
  const close = text.slice(offset + 2, offset + longest).indexOf("*/");
  return close < 0 ? restOfLine(text, offset) : [text.slice(offset, offset + close + 4)];
};

/**
 * `-- …`: two minus signs followed by a blank, or where no operand can follow: after the end of a value. `1 - --a` and,
 * after a colon, `--a` are expressions.
 */
export function dashComment(endsValue: (token: IToken) => boolean): CustomPatternMatcherFunc {
  return (text, offset, before) => {
    if (text[offset + 1] !== "-") return null;
    const last = before.at(-1);
    const isComment = /\s/.test(text[offset + 2] ?? "\n") || last === undefined || endsValue(last);
    return isComment ? restOfLine(text, offset) : null;
  };
}

function restOfLine(text: string, offset: number): [string] {
  lineBreak.lastIndex = offset;
  return [text.slice(offset, lineBreak.exec(text)?.index ?? text.length)];
}

const lineBreak = /[\n\r]/g;

/** Reports how a comment of another language is written here. */
export function foreignComment(span: Span): Diagnostic {
  const text = spanText(span);
  const found = text.startsWith("#") ? "#" : text.slice(0, 2);
  const place = { ...span, end: span.start + found.length };
  return diagnostic("V032", place, { found }, found === "/*" ? blockHelp(span, text) : lineHelp(span, text));
}

function lineHelp({ file, start }: Span, text: string): Remedy {
  const marks = /^(?:#+|--+)/.exec(text)?.[0] ?? "";
  return { help: "write `//`", fix: { span: { file, start, end: start + marks.length }, text: "//" } };
}

function blockHelp(span: Span, text: string): Remedy {
  const lines = text
    .replace(/^\/\*+/, "")
    .replace(/\*+\/$/, "")
    .split(/\r\n|\n|\r/)
    .map((line) => line.replace(/^\s*\*?\s*/, "").trimEnd())
    .filter((line, i, all) => line !== "" || (i > 0 && i + 1 < all.length));
  if (lines.length === 0) return { help: "leave it out", fix: { span, text: "" } };
  const begin = positionAt(span.file, span.start);
  const after = span.file.text.slice(span.end, lineEnd(span.file, positionAt(span.file, span.end).line));
  if (after.trim() !== "") return { help: "a comment ends with its line: move it after the entry, or above it" };
  const indent = /^[ \t]*/.exec(lineText(span.file, begin.line))?.[0] ?? "";
  const written = lines.map((line) => `// ${line}`.trimEnd()).join(newlineOf(span.file) + indent);
  const help = lines.length === 1 ? "write `//`; it ends with its line" : "begin each of its lines with `//`";
  return { help, fix: { span, text: written } };
}
