// From number and string tokens to values: digits, scale and unit, escapes.
import type { IToken } from "chevrotain";
import type { NumberLiteral, Scale, StringLiteral, Unit } from "./ast.js";
import { diagnostic } from "./codes.js";
import type { Diagnostic, Fix } from "./diagnostic.js";
import type { SourceFile, Span } from "./source.js";
import { closest } from "./suggest.js";
import { endOf } from "./tokens.js";

const exponents: Readonly<Record<Scale, number>> = { k: 3, M: 6, B: 9 };
/** Units directly after the digits. */
const adjacentUnits = ["%", "px", "x", "MiB", "GiB", "s", "min", "h"] as const satisfies readonly Unit[];
/** Units written as a separate word. */
const wordUnits = ["steps", "epochs"] as const satisfies readonly Unit[];

/** All units and scales: directly after the digits, and as words after a blank. */
export const written = { adjacent: [...Object.keys(exponents), ...adjacentUnits], words: wordUnits } as const;

const isScale = (suffix: string): suffix is Scale => Object.hasOwn(exponents, suffix);
const isUnit = (suffix: string): suffix is (typeof adjacentUnits)[number] =>
  adjacentUnits.some((unit) => unit === suffix);
const isWordUnit = (word: string): word is (typeof wordUnits)[number] => wordUnits.some((unit) => unit === word);

/** The literal of a number token and of the `steps` or `epochs` after it; a wrong unit is reported and left out. */
export function readNumber(
  source: SourceFile,
  token: IToken,
  word: IToken | undefined,
  report: (diagnostic: Diagnostic) => void,
): NumberLiteral {
  const [digits, suffix] = split(token.image);
  const scale = isScale(suffix) ? suffix : undefined;
  const span = { file: source, start: token.startOffset, end: endOf(word ?? token) };
  const unit = word !== undefined && isWordUnit(word.image) ? word.image : isUnit(suffix) ? suffix : undefined;
  if (suffix !== "" && scale === undefined && !isUnit(suffix)) {
    report(
      wrongBase(token.image, { ...span, end: endOf(token) }) ??
        wrongUnit(suffix, { ...span, start: token.startOffset + digits.length, end: endOf(token) }),
    );
  }
  const value = scaled(digits.replaceAll("_", ""), scale);
  if (!Number.isFinite(value)) report(diagnostic("V005", { ...span, end: endOf(token) }, { number: token.image }));
  return { kind: "number", value, digits, scale, unit, span };
}

function split(image: string): readonly [digits: string, suffix: string] {
  // Fast path: most numbers have no suffix.
  if (/^[\d.]+$/.test(image)) return [image, ""];
  const [, digits = "0", suffix = ""] = /^([\d_]*\d(?:\.[\d_]*\d)?(?:[eE][+-]?\d+)?)(.*)$/.exec(image) ?? [];
  return [digits, suffix];
}

/** Shifts the exponent instead of multiplying, so that the result is the double nearest to what was written. */
function scaled(digits: string, scale: Scale | undefined): number {
  if (scale === undefined) return Number(digits);
  const [mantissa = "0", exponent = "0"] = digits.split(/[eE]/);
  return Number(`${mantissa}e${Number(exponent) + exponents[scale]}`);
}

/** The help if something that belongs to a number follows it: the point of `1.`, or a unit (`64 px`, `1 step`). */
export function afterNumber(number: IToken, word: IToken, source: SourceFile): { help?: string; fix?: Fix } {
  if (word.image === "." && word.startOffset === endOf(number)) return bareFraction(number, source);
  const scale = /^\d[\d_.]*(?:[eE][+-]?\d+)?([kMB]?)$/.exec(number.image)?.[1];
  if (scale === undefined) return {};
  const plural = wordUnits.find((unit) => unit === `${word.image}s`);
  // Directly after its digits a number has either a scale or a unit.
  if (plural === undefined && (scale !== "" || !(isUnit(word.image) || isScale(word.image)))) return {};
  const text = plural === undefined ? number.image + word.image : `${number.image} ${plural}`;
  const span = { file: source, start: number.startOffset, end: endOf(word) };
  return { help: `write \`${text}\``, fix: { span, text } };
}

/** `1.` and `1.e-3`: digits are required on both sides of a point. */
function bareFraction(number: IToken, source: SourceFile): { help?: string; fix?: Fix } {
  const end = endOf(number);
  const [fraction] = /^\.(?:[eE][+-]?\d+)?(?![\w.])/.exec(source.text.slice(end, end + 20)) ?? [];
  if (fraction === undefined || !/^[\d_]+$/.test(number.image)) return {};
  const text = `${number.image}.0${fraction.slice(1)}`;
  return {
    help: `write \`${text}\``,
    fix: { span: { file: source, start: number.startOffset, end: end + fraction.length }, text },
  };
}

/** `0x40`: another base, in the syntax of other languages. */
function wrongBase(image: string, span: Span): Diagnostic | undefined {
  const value = /^0(?:x[\da-f_]+|b[01_]+|o[0-7_]+)$/i.test(image) ? Number(image.replaceAll("_", "")) : NaN;
  if (!Number.isSafeInteger(value)) return undefined;
  const text = String(value);
  return diagnostic(
    "V006",
    span,
    { unit: image.slice(1) },
    { help: `numbers are decimal: write \`${text}\``, fix: { span, text } },
  );
}

function wrongUnit(unit: string, span: Span): Diagnostic {
  const scaledWord = wordUnits.find((word) => unit.endsWith(word));
  if (scaledWord !== undefined) {
    const text = `${unit.slice(0, -scaledWord.length)} ${scaledWord}`;
    return diagnostic(
      "V006",
      span,
      { unit },
      {
        help: `write a blank before \`${scaledWord}\``,
        fix: { span, text },
      },
    );
  }
  const near = closest(unit, [...Object.keys(exponents), ...adjacentUnits]);
  // A unit of one letter is close to every two-letter one.
  const meant = near?.length === 1 && near.toLowerCase() !== unit.toLowerCase() ? undefined : near;
  if (meant === undefined) {
    return diagnostic("V006", span, { unit }, { help: "units are `k M B`, `%`, `px`, `x`, `MiB GiB`, `s min h`" });
  }
  return diagnostic("V006", span, { unit }, { help: `did you mean \`${meant}\`?`, fix: { span, text: meant } });
}

const escapes = new Map([
  ['"', '"'],
  ["'", "'"],
  ["\\", "\\"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);

/** Escapes of a string as a regular expression. */
export const escapePattern = `\\\\(?:[${[...escapes.keys()].join("").replace("\\", "\\\\")}]|u\\{[0-9A-Fa-f]{1,6}\\})`;

/** A string as a literal, with quotes and escapes. */
export function stringText(value: string): string {
  const escaped = value.replace(/["\\]|\p{Cc}/gu, (char) => {
    const short = [...escapes].find(([, plain]) => plain === char)?.[0];
    return `\\${short ?? `u{${(char.codePointAt(0) ?? 0).toString(16)}}`}`;
  });
  return `"${escaped}"`;
}

/** The literal of a string token, unescaped; a wrong escape is reported and kept as written. */
export function readString(source: SourceFile, token: IToken, report: (diagnostic: Diagnostic) => void): StringLiteral {
  const closed = token.image.length > 1 && /["']$/.test(token.image) && !/^"(?:[^"\\]|\\.)*$/.test(token.image);
  const inner = token.image.slice(token.image.startsWith("#") ? 0 : 1, closed ? -1 : undefined);
  const value = inner.replace(
    /\\(u\{([0-9A-Fa-f]{1,6})\}|[^]|$)/g,
    (whole: string, escape: string, hex?: string, ...rest) => {
      const point = hex === undefined ? undefined : Number.parseInt(hex, 16);
      if (point !== undefined && point <= 0x10ffff) return String.fromCodePoint(point);
      const plain = escapes.get(escape);
      if (plain !== undefined) return plain;
      const at = token.startOffset + 1 + Number(rest[0]);
      const span = { file: source, start: at, end: at + whole.length };
      // A backslash at the end of an unterminated string is part of that mistake.
      if (escape !== "") {
        const help = "a backslash itself is written `\\\\`; in paths use `/`";
        report(diagnostic("V004", span, { escape: whole }, { help, fix: { span, text: `\\${whole}` } }));
      }
      return whole;
    },
  );
  return { kind: "string", value, span: { file: source, start: token.startOffset, end: endOf(token) } };
}
