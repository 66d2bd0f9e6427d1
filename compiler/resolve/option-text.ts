// The text of a `--set` option, parsed by the grammar of files, with spans in the option's own text.
import {
  createSource,
  hasErrors,
  joinSpans,
  parse,
  stringText,
  type Diagnostic,
  type Name,
  type ParamDeclaration,
  type ParseResult,
  type Reference,
  type SourceFile,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { KeyedEntry } from "./blocks.js";
import { optionPath, type Report } from "./module.js";

/** Facts about the files' names: without them some texts would be ambiguous. */
export interface Names {
  /** Whether a name is that of a param of type string. */
  readonly isString: (name: string) => boolean;
  readonly isKnown: (name: string) => boolean;
}

/** `pairs.optimizer.lr=1e-4`: the name of the declaration, and the entry without it. */
export interface KeyOption {
  readonly name: Name;
  readonly entry: KeyedEntry;
}

/** Whether an option sets a key of a block: `stage.key=value`. */
export function isKey(option: string): boolean {
  return /^\s*[A-Za-z_]\w*\s*\./.test(option);
}

const beforeKey = "vlmo 1\nstage option { ";

/** Parses `name.key=value` as an entry of a block, with spans mapped to the option's text. */
export function parseKey(option: string, names: Names, report: Report): KeyOption | null {
  const [, path = option, value] = /^([^="]*)=(.*)$/s.exec(option) ?? [];
  const asTyped = value === undefined ? path : `${path}:${value}`;
  const plain = entryIn(parsed(asTyped));
  const settings = settingsIn(option, names, plain !== null);
  if (settings.length > 1) {
    report(several(option, settings));
    return null;
  }
  // Text that does not parse as a value is a string, whose quotes the shell has stripped.
  const typed = value?.trim() ?? "";
  const text = plain === null && typed !== "" && !typed.includes('"') ? `${path}:${stringText(typed)}` : asTyped;
  const shown = createSource(optionPath, text.replace(":", "="));
  const read = parsed(text);
  const entry = entryIn(read);
  const parts = entry === null ? null : withoutFirst(entry);
  if (parts !== null) return moved(parts, shown, beforeKey.length);
  refusals(option, shown, read.diagnostics, beforeKey.length).forEach(report);
  return null;
}

function parsed(text: string): ParseResult {
  return parse(createSource(optionPath, `${beforeKey}${text}\n}`));
}

/** The only entry of a parsed block; null if there are more or fewer, or a mistake. */
function entryIn({ file, diagnostics }: ParseResult): KeyedEntry | null {
  const [node, extra] = file.declarations;
  const [entry, more] = node?.kind === "stage" && extra === undefined ? node.body.entries : [];
  const isOne = entry !== undefined && more === undefined && !hasErrors(diagnostics);
  return isOne && entry.kind !== "item" ? entry : null;
}

/** The first name of an entry's key, and the entry without it; null if there is no other name. */
function withoutFirst(entry: KeyedEntry): KeyOption | null {
  const [first, second, ...more] = entry.key.segments;
  if (second === undefined) return null;
  const [last = second] = more.slice(-1);
  const key: Reference = { kind: "reference", segments: [second, ...more], span: joinSpans(second.span, last.span) };
  return { name: first.name, entry: { ...entry, key } };
}

const beforeParam = "vlmo 1\nparam ";

/** Parses `name=value` as a param of a file, with spans mapped to the option's text. */
export function parseParam(option: string, names: Names, report: Report): ParamDeclaration | null {
  const text = quoted(option, names);
  const shown = createSource(optionPath, text);
  const { file, diagnostics } = parse(createSource(optionPath, beforeParam + text));
  const [node, extra] = file.declarations;
  const isOne = node?.kind === "param" && extra === undefined && !hasErrors(diagnostics);
  const settings = settingsIn(option, names, isOne);
  if (settings.length > 1) {
    report(several(text, settings));
    return null;
  }
  if (isOne) return moved(node, shown, beforeParam.length);
  refusals(option, shown, diagnostics, beforeParam.length).forEach(report);
  return null;
}

function several(option: string, settings: readonly string[]): Diagnostic {
  const help = `repeat it: \`${settings.map((each) => `--set ${inShell(each)}`).join(" ")}\``;
  const file = createSource(optionPath, option);
  return diagnose("V117", { file, start: 0, end: option.length }, {}, { help });
}

/** What is wrong with an option that is not `name=value`. */
function refusals(option: string, file: SourceFile, diagnostics: readonly Diagnostic[], offset: number): Diagnostic[] {
  const whole = { file, start: 0, end: file.text.length };
  const form =
    "an option is written `--set name=value` or `--set stage.key=value`, with the value as it stands in the file";
  const help = commaHelp(option) ?? form;
  if (!hasErrors(diagnostics))
    return [diagnose("V204", whole, { key: "--set", wanted: "`name=value`", found: "something else" }, { help })];
  return diagnostics.map((diagnostic) => ({
    ...moved(diagnostic, file, offset),
    message: diagnostic.message.replace("the end of the file", "the end of the option"),
    // A help about what to write in a file does not apply here, unless it is an edit.
    ...(diagnostic.fix === undefined && { help }),
  }));
}

/** The help for a comma in a number: one between groups of three digits may stand for nothing, or for a point. */
function commaHelp(option: string): string | undefined {
  const [, digits = "", decimals = ""] = /^(\s*\w[\w.]*\s*=\s*-?\d+)((?:,\d+)+)\s*$/.exec(option) ?? [];
  const [first = "", second] = decimals.split(",").slice(1);
  if (first === "") return undefined;
  const whole = `\`--set ${digits}${decimals.replaceAll(",", "")}\``;
  const point = `write a decimal point: \`--set ${digits}.${first}\``;
  if (second !== undefined) return `digits are not parted by commas: write ${whole}`;
  return /=\s*-?0$/.test(digits) || first.length !== 3 ? point : `${point}; or, without the comma, ${whole}`;
}

/** A text quoted as one argument for the shell. */
function inShell(text: string): string {
  return /^[\w=.,:/-]+$/.test(text) ? text : `"${text}"`;
}

const assignment = /^(\s*([A-Za-z_][\w.]*)\s*=)(.*)$/s;

/** The option with quotes around its value if the param is a string: the shell strips those that were typed. */
function quoted(option: string, { isString }: Names): string {
  const [, beginning = "", name = "", value = ""] = assignment.exec(option) ?? [];
  return isString(name) && /^\s*[^\s"']/.test(value) ? beginning + stringText(value) : option;
}

/**
 * The settings in `a=1,b=2`. If the whole text parses as one setting, as a string would, only the name of another
 * declaration shows that two were meant.
 */
function settingsIn(option: string, { isKnown }: Names, isOne: boolean): string[] {
  // Text in quotes or brackets is one value.
  if (/["'([{]/.test(option)) return [option];
  const parts = option.split(/[,;\s]+(?=[A-Za-z_][\w.]*\s*=(?!=))/).map((part) => part.trim());
  const others = parts.slice(1).map((part) => assignment.exec(part)?.[2] ?? "");
  return isOne && !others.some((name) => isKnown(name.replace(/\..*/s, ""))) ? [option] : parts;
}

/** A deep copy in which every span of the parsed text is mapped to the option's text. */
function moved<T>(value: T, file: SourceFile, offset: number): T {
  if (Array.isArray(value)) {
    // Boundary: the copy has the type of the original.
    return value.map((each: unknown) => moved(each, file, offset)) as T;
  }
  if (typeof value !== "object" || value === null) return value;
  if ("file" in value && "start" in value && "end" in value) {
    const place = (at: unknown): number => Math.max(0, Math.min(Number(at) - offset, file.text.length));
    return { ...value, file, start: place(value.start), end: place(value.end) };
  }
  const copy = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moved(each, file, offset)]));
  // Unchecked cast, as above.
  return copy as T;
}
