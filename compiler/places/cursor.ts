// What may be written at a cursor. The declaration around the cursor is parsed by itself once more, with a marker word
// at the cursor: the parser then says what the word would be, even if the declaration is incomplete.
import { createSource, declarationNames, parse, positionAt, visit, type Call, type File } from "../../grammar/index.js";
import type { Entry } from "../reference/language.js";
import type { Module } from "../resolve/module.js";
import type { Place } from "./place.js";
import { walkDeclaration } from "./walk.js";

/** A cursor within a word, or where a word could start. */
export interface Cursor {
  /** Characters of the word before the cursor, possibly none. */
  readonly typed: string;
  /** Start and end of the word. */
  readonly start: number;
  readonly end: number;
  readonly at: At;
  /** The innermost call with the cursor among its arguments. */
  readonly call: CallAt | null;
}

/** A call that is being written. */
export interface CallAt {
  readonly entry: Entry;
  /** The argument that is being written: its position and, if it has one, its name. */
  readonly position: number;
  readonly name: string | null;
}

/** The syntactic position of a cursor. */
export type At =
  /** Between declarations. */
  | { readonly kind: "top" }
  /** In a comment, or in a string that is no path. */
  | { readonly kind: "text" }
  /** In the path of an import, after this part of it. */
  | { readonly kind: "path"; readonly written: string }
  /** After `on` of an expert. */
  | { readonly kind: "layers" }
  /** Right after the digits of a number. */
  | { readonly kind: "unit"; readonly place: Place; readonly digits: number }
  /** After the name of a declaration; `words` are the clauses that may follow: `extends`. */
  | { readonly kind: "clause"; readonly words: readonly string[] }
  /** At a name with a meaning, in a declaration parsed with the marker at the cursor. */
  | { readonly kind: "place"; readonly place: Place; readonly file: File };

/** A word that no file contains. */
const marker = "cursor__is_here";

/** Text that may have to follow the marker so that it parses; tried in turn. */
const supplied = ["", " {}", ") {}", " = 1", " == 1", ") == 1", " ± 1%", ': x } from ""', ' } from ""'] as const;

const beginnings = `(?:${declarationNames.join("|")})\\b`;
const lineBeginning = new RegExp(`^${beginnings}`, "gm");
const beginningHere = new RegExp(beginnings, "y");

/** What may be written at an offset of a file. */
export function cursorAt(module: Module, offset: number): Cursor {
  const { text } = module.file.source;
  const typed = /[A-Za-z_]\w*$/.exec(text.slice(Math.max(0, offset - most), offset))?.[0] ?? "";
  const rest = /^\w*/.exec(text.slice(offset, offset + most))?.[0] ?? "";
  const [start, end] = [offset - typed.length, offset + rest.length];
  const { at, call } = placed(module, start, end);
  return { typed, start, end, at, call };
}

/** Longest word: real names are shorter, and the bound keeps files of one long word fast. */
const most = 200;

interface Placed {
  readonly at: At;
  readonly call: CallAt | null;
}

function placed(module: Module, start: number, end: number): Placed {
  const { source } = module.file;
  const { line, column } = positionAt(source, start);
  const before = source.text.slice(Math.max(start - column + 1, start - longest), start);
  return inText(before) ?? inDeclaration(module, { before, start, end, isFirstLine: line === 1 });
}

/** A cursor in a string or a comment. */
function inText(line: string): Placed | null {
  const written = stringBefore(line);
  if (written !== null && /\bfrom\s*"[^"]*$/.test(line)) return { call: null, at: { kind: "path", written } };
  const isComment = /\/\/|(?:^|\s)#/.test(withoutStrings(line));
  return written !== null || isComment ? { call: null, at: { kind: "text" } } : null;
}

interface Standing {
  /** The text of the line before the word. */
  readonly before: string;
  readonly start: number;
  readonly end: number;
  readonly isFirstLine: boolean;
}

function inDeclaration(module: Module, { before, start, end, isFirstLine }: Standing): Placed {
  const around = declarationAround(module.file.source.text, start, isFirstLine);
  const digits = /(?<![\w.])\d[\d_.]*(?:[kMB]|e[+-]?\d*)?$/.exec(before)?.[0].length ?? 0;
  const read = readAround(module, around, { start: start - digits, end });
  const [place, call] = [read?.place ?? null, read?.call ?? null];
  if (digits > 0) return { call, at: place === null ? { kind: "text" } : { kind: "unit", place, digits } };
  // After `train …` in a test, data follows `on`.
  if (around.isInside && /^(?!\s*train\b).*\bon\s+$/.test(before)) return { call: null, at: { kind: "layers" } };
  if (read !== null && place !== null) return { call, at: { kind: "place", place, file: read.file } };
  return { call, at: outside(around.text.slice(0, start - around.start)) };
}

/** Of a longer line only a part is examined. */
const longest = 2000;

/** The part of a string before the end of `line`; null if that end is not inside a string. */
function stringBefore(line: string): string | null {
  return /^[^"]*(?:"(?:[^"\\]|\\.)*"[^"]*)*"((?:[^"\\]|\\.)*)$/.exec(line)?.[1] ?? null;
}

function withoutStrings(line: string): string {
  return line.replaceAll(/"(?:[^"\\]|\\.)*"/g, '""');
}

interface Around {
  readonly text: string;
  readonly start: number;
  /** Whether a brace is open before the cursor. */
  readonly isInside: boolean;
}

/** The text of the declaration around an offset, up to the next line that starts another. */
function declarationAround(text: string, offset: number, isFirstLine: boolean): Around {
  const from = isFirstLine ? 0 : lastBeginning(text, offset);
  lineBeginning.lastIndex = offset;
  let next = lineBeginning.exec(text);
  // The word at the cursor may itself look like the start of a declaration.
  if (next?.index === offset) next = lineBeginning.exec(text);
  const before = withoutStrings(text.slice(from, offset)).replaceAll(/\/\/.*$/gm, "");
  const isInside = count(before, "{") > count(before, "}");
  return { text: text.slice(from, next?.index ?? text.length), start: from, isInside };
}

function lastBeginning(text: string, offset: number): number {
  for (let end = offset; end > 0;) {
    const lineStart = text.lastIndexOf("\n", end - 1) + 1;
    beginningHere.lastIndex = lineStart;
    if (lineStart < offset && beginningHere.test(text)) return lineStart;
    end = lineStart - 1;
  }
  return 0;
}

function count(text: string, char: string): number {
  return text.split(char).length - 1;
}

/** Words that may follow the name of a declaration. */
const clauses: readonly (readonly [before: RegExp, words: readonly string[]])[] = [
  [/^import\s*(?:\{[^}]*\})\s*$/, ["from"]],
  [/^(?:stage|finetune)\s+\w+\s+$/, ["extends", "from"]],
  [/^(?:stage|finetune)\s+\w+\s+extends\s+\w+\s+$/, ["from"]],
  [/^(?:stage|finetune)\s+\w+\s+(?:extends\s+\w+\s+)?from\s+\w+\s+$/, ["at"]],
  [/^(?:stage|finetune)\s+\w+\s+(?:extends\s+\w+\s+)?from\s+\w+\s+at\s+$/, ["best"]],
  [/^(?:model|head|data)\s+\w+\s+$/, ["extends"]],
  [/^evaluate\s+\w+\s+$/, ["extends", "on", "using"]],
  [/^evaluate\s+\w+\s+(?:extends\s+\w+\s+)?on\s+\w+\s+$/, ["using"]],
];

function outside(before: string): At {
  const found = clauses.find(([form]) => form.test(before));
  if (found !== undefined) return { kind: "clause", words: found[1] };
  return /(?:^|\n)\s*$/.test(before) && count(before, "{") <= count(before, "}") ? { kind: "top" } : { kind: "text" };
}

interface Read {
  readonly place: Place | undefined;
  readonly call: CallAt | null;
  readonly file: File;
}

/** The declaration with the marker in place of the word, with the first completion that parses. */
function readAround(
  module: Module,
  around: Around,
  word: { readonly start: number; readonly end: number },
): Read | null {
  const [before, after] = [
    around.text.slice(0, Math.max(0, word.start - around.start)),
    around.text.slice(Math.max(0, word.end - around.start)),
  ];
  for (const supply of supplied) {
    const text = `vlmo 1\n${before.replace(/^\s*vlmo 1/, "")}${marker}${supply}${after}`;
    const { file } = parse(createSource(module.path, text));
    const read = findMarker(file, module);
    if (read !== null) return read;
  }
  return null;
}

function findMarker(file: File, module: Module): Read | null {
  let place: Place | undefined;
  let call: CallAt | null = null;
  for (const declaration of file.declarations)
    walkDeclaration(declaration, module, {
      name: (name, found) => {
        if (name.text === marker) place ??= found;
      },
      call: (each, entry) => {
        const argument = argumentWithMarker(each);
        // Calls that are visited later are nested in earlier ones.
        if (argument !== null) call = { entry, ...argument };
      },
    });
  return place === undefined && call === null ? null : { place, call, file };
}

function argumentWithMarker({ args }: Call): Omit<CallAt, "entry"> | null {
  for (const [position, argument] of args.entries()) {
    let isHere = false;
    visit(argument, (node) => {
      if (node.kind === "name" && node.text === marker) isHere = true;
    });
    if (isHere) return { position, name: argument.name?.text === marker ? null : (argument.name?.text ?? null) };
  }
  return null;
}
