// A shown declaration as `.vlmo` text; with origins, every line has a comment with the origin of its value.
import { createSource, formatSource, parse, positionAt } from "../../grammar/index.js";
import { optionPath } from "../resolve/module.js";
import type { Clause, Overridden, ParamUse, Origin, Shown, ShownEntry, ShownValue } from "./shown.js";

/** The canonical text of a declaration, ending in a line break. */
export function showText(shown: Shown, { origins }: { readonly origins: boolean }): string {
  const note = (text: string): string => (origins ? ` // ${text}` : "");
  const lines = [...docLines(shown), ...declarationLines(shown, note)];
  const canonical = canonicalText(lines.join("\n"));
  return origins ? aligned(canonical) : canonical;
}

type Note = (text: string) => string;

function docLines({ doc }: Shown): string[] {
  return doc === null ? [] : doc.split("\n").map((line) => `/// ${line}`.trimEnd());
}

function declarationLines(shown: Shown, note: Note): string[] {
  const { word, name, clauses, body, param } = shown;
  if (param !== null) {
    const type = param.type === null ? "" : `: ${param.type}`;
    return [`param ${name}${type} = ${param.value.value}${note(valueNote(param.value))}`];
  }
  const head = clauses.map(({ text }) => (text.startsWith(":") ? text : ` ${text}`)).join("");
  const entries = (body ?? []).flatMap((entry) => entryLines(entry, note));
  return [`${word} ${name}${head} {${note(headNote(shown))}`, ...entries, "}"];
}

function entryLines(entry: ShownEntry, note: Note): string[] {
  if (entry.kind === "block")
    return [`${entry.key} {`, ...entry.entries.flatMap((inner) => entryLines(inner, note)), "}"];
  const key = entry.key === null ? "" : `${entry.key}: `;
  return [`${key}${entry.value}${note(valueNote(entry))}`];
}

// ------------------------------------------------------------------------------------------------- origins

/** `specs/vlmo-base.vlmo:12 (VlmoBase)`. */
function placeText({ file, line, declaration }: Origin): string {
  return file === optionPath ? optionPath : `${file}:${line} (${declaration})`;
}

function overText(over: readonly Overridden[], key: string | null): string[] {
  return nearest(over, (each) => {
    const value = each.key === key ? each.value : `${each.key}: ${each.value}`;
    return `over ${oneLine(value)} from ${placeText(each.place)}`;
  });
}

/** With many ancestors a comment lists only the nearest. */
const mostNoted = 10;

function nearest<T>(all: readonly T[], text: (each: T) => string): string[] {
  const noted = all.slice(0, mostNoted).map(text);
  return all.length > mostNoted ? [...noted, `and ${all.length - mostNoted} before`] : noted;
}

function valueNote({ key, place, call, params, changed, over, defaults }: ShownValue): string {
  if (place === null) return "default";
  const left = defaults.map(({ name, value }) => `${name}: ${value}`).join(", ");
  return [
    placeText(place),
    ...(call === null ? [] : [`its call from ${placeText(call)}`]),
    ...changed.map((each) => `${each.name} from ${placeText(each.place)}`),
    ...nearest(params, paramNote),
    ...overText(over, key),
    ...(left === "" ? [] : [`defaults ${left}`]),
  ].join("; ");
}

function paramNote({ name, value, place, over }: ParamUse): string {
  const from = `${place.file}:${place.line}`;
  return over === null
    ? `param ${name} = ${oneLine(value)} from ${from}`
    : `param ${name} = ${oneLine(value)} from --set, over ${oneLine(over)} from ${from}`;
}

function headNote({ place, extends: line, clauses }: Shown): string {
  const parents = nearest(line, (parent) => `extends ${parent.name} (${parent.place.file}:${parent.place.line})`);
  return [placeText(place), ...parents, ...clauses.flatMap((clause) => clauseNote(clause, place))].join("; ");
}

/** Notes where a clause is inherited or overrides another; a clause in the declaration's own line needs no note. */
function clauseNote({ text, place, over }: Clause, own: Origin): string[] {
  if (over.length === 0 && place.declaration === own.declaration && place.file === own.file) return [];
  const what = `\`${oneLine(text.replace(/^: /, ""))}\``;
  return [`${what} from ${placeText(place)}`, ...nearest(over, (each) => `over ${clauseOver(each)}`)];
}

function clauseOver({ value, place }: Overridden): string {
  return `\`${oneLine(value.replace(/^: /, ""))}\` from ${placeText(place)}`;
}

function oneLine(text: string): string {
  return text.replace(/\s*\n\s*/g, " ");
}

// -------------------------------------------------------------------------------------------------- layout

const header = "vlmo 1\n\n";

/** The text as `vlmo fmt` would write it; unchanged if a part of it does not parse. */
function canonicalText(text: string): string {
  const canonical = formatSource(createSource("show", `${header}${text}\n`)).text;
  return canonical === undefined ? `${text}\n` : canonical.slice(header.length);
}

/** Lines longer than this do not push the comments of all others to the right. */
const widest = 60;

/** Aligns the trailing comments in one column. */
function aligned(text: string): string {
  const { file } = parse(createSource("show", text));
  const starts = new Map(
    file.comments.map(({ span }) => {
      const { line, column } = positionAt(file.source, span.start);
      return [line - 1, column - 1];
    }),
  );
  const split = text.split("\n").map((line, i) => {
    const at = starts.get(i) ?? line.length;
    return { code: line.slice(0, at).trimEnd(), note: line.slice(at) };
  });
  const noted = split.filter(({ code, note }) => note !== "" && code.length <= widest);
  const column = noted.reduce((most, { code }) => Math.max(most, code.length), 0);
  return split
    .map(({ code, note }) => (code === "" || note === "" ? code + note : `${code.padEnd(column)}  ${note}`))
    .join("\n");
}
