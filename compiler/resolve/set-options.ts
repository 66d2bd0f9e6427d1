// `--set name=value`: an option read by the same grammar as a file, with spans in the option's own text.
import {
  closest,
  createSource,
  hasErrors,
  parse,
  stringText,
  type Diagnostic,
  type Expression,
  type Name,
  type ParamDeclaration,
  type SourceFile,
  listed,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { Declared, Module, Report } from "./module.js";
import { typeNameOf } from "./param-types.js";

/** The values that options give to params; what is wrong with one is reported, and it is left out. */
export function readOptions(
  options: readonly string[],
  modules: readonly Module[],
  report: Report,
): Map<Declared, Expression> {
  const replaced = new Map<Declared, Expression>();
  for (const option of options) {
    const node = parseOption(option, modules, report);
    const target = node === null ? undefined : targetOf(node.name, modules, report);
    if (node === null || target === undefined) continue;
    const before = replaced.get(target);
    const related = before === undefined ? [] : [{ span: before.span, message: "first here" }];
    if (before !== undefined) report(diagnose("V115", node.name.span, { name: node.name.text }, { related }));
    replaced.set(target, node.value);
  }
  return replaced;
}

/** The param that an option means; undefined where there is none, or more than one, which is reported. */
function targetOf({ text: name, span }: Name, modules: readonly Module[], report: Report): Declared | undefined {
  const [target, another] = findParams(name, modules);
  if (another === undefined && target !== undefined) return target;
  if (target !== undefined && another !== undefined) {
    const related = [target, another].map(({ node }) => ({ span: node.span, message: "a param of this name" }));
    report(diagnose("V116", span, { name }, { related, help: "import the one that is meant" }));
    return undefined;
  }
  const known = paramNames(modules);
  const near = closest(name, known);
  const all = known.length === 0 ? "the files have no params" : `there are ${listed(known)}`;
  report(diagnose("V110", span, { name }, { help: near === undefined ? all : `did you mean \`${near}\`?` }));
  return undefined;
}

function paramNames(modules: readonly Module[]): string[] {
  return modules.flatMap(({ own }) => [...own.values()].flatMap(({ kind, name }) => (kind === "param" ? name : [])));
}

/** The param of this name that the entry file declares or imports, or else all that the files behind it declare. */
function findParams(name: string, modules: readonly Module[]): Declared[] {
  const entry = modules.at(-1);
  const own = entry?.own.get(name) ?? entry?.imported.get(name)?.declared;
  const candidates = own === undefined ? modules.toReversed().flatMap((module) => module.own.get(name) ?? []) : [own];
  return candidates.filter(({ kind }) => kind === "param");
}

const before = "vlmo 1\nparam ";

/** `name=value` read as a param of a file, with its spans moved into the option's text. */
function parseOption(option: string, modules: readonly Module[], report: Report): ParamDeclaration | null {
  const text = quoted(option, modules);
  const shown = createSource("--set", text);
  const { file, diagnostics } = parse(createSource("--set", before + text));
  const [node, extra] = file.declarations;
  const isOne = node?.kind === "param" && extra === undefined && !hasErrors(diagnostics);
  const settings = settingsIn(option, modules, isOne);
  if (settings.length > 1) {
    const help = `repeat it: \`${settings.map((each) => `--set ${inShell(each)}`).join(" ")}\``;
    report(diagnose("V117", { file: shown, start: 0, end: text.length }, {}, { help }));
    return null;
  }
  if (isOne) return moved(node, shown);
  refusals(option, shown, diagnostics).forEach(report);
  return null;
}

/** What is wrong with an option that is no `name=value`. */
function refusals(option: string, file: SourceFile, diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const whole = { file, start: 0, end: file.text.length };
  const [, path, value = ""] = /^\s*(\w+(?:\.\w+)+)\s*=\s*(.*)$/s.exec(option) ?? [];
  if (path !== undefined) {
    const name = path.slice(path.lastIndexOf(".") + 1);
    const help = `only params can be set: write \`param ${name} = ${value}\` in the file, and \`${name}\` where the value stands`;
    return [diagnose("V110", whole, { name: path }, { help })];
  }
  const [, digits, decimals] = /^(\s*\w+\s*=\s*-?\d+),(\d+)\s*$/.exec(option) ?? [];
  const form = "an option is written `--set name=value`, with the value as it stands in the file";
  const help = digits === undefined ? form : `write a decimal point: \`--set ${digits}.${decimals}\``;
  if (!hasErrors(diagnostics))
    return [diagnose("V204", whole, { key: "--set", wanted: "`name=value`", found: "something else" }, { help })];
  return diagnostics.map((diagnostic) => ({
    ...moved(diagnostic, file),
    message: diagnostic.message.replace("the end of the file", "the end of the option"),
    // What to write in a file is no help here, unless it is an edit.
    ...(diagnostic.fix === undefined && { help }),
  }));
}

/** An argument as a shell takes it for one. */
function inShell(text: string): string {
  return /^[\w=.,:/-]+$/.test(text) ? text : `"${text}"`;
}

const assignment = /^(\s*([A-Za-z_]\w*)\s*=)(.*)$/s;

/** The option with quotes around its value where the param is a string: a shell takes those that people write. */
function quoted(option: string, modules: readonly Module[]): string {
  const [, beginning = "", name = "", value = ""] = assignment.exec(option) ?? [];
  const [target] = findParams(name, modules);
  const isString = target?.node.kind === "param" && typeNameOf(target.node) === "string";
  return isString && /^\s*[^\s"']/.test(value) ? beginning + stringText(value) : option;
}

/**
 * The settings of `a=1,b=2`. Where the whole reads as one, as a string does, only the name of another param shows that
 * two were meant.
 */
function settingsIn(option: string, modules: readonly Module[], isOne: boolean): string[] {
  // What is in quotes or brackets is one value.
  if (/["'([{]/.test(option)) return [option];
  const parts = option.split(/[,;\s]+(?=[A-Za-z_]\w*\s*=(?!=))/).map((part) => part.trim());
  const names = parts.slice(1).map((part) => assignment.exec(part)?.[2] ?? "");
  const known = new Set(paramNames(modules));
  return isOne && !names.some((name) => known.has(name)) ? [option] : parts;
}

/** A copy of plain data in which every span of the parsed text points into the option's. */
function moved<T>(value: T, file: SourceFile): T {
  if (Array.isArray(value)) {
    // Boundary: the copy has the shape of the original.
    return value.map((each: unknown) => moved(each, file)) as T;
  }
  if (typeof value !== "object" || value === null) return value;
  if ("file" in value && "start" in value && "end" in value) {
    const at = (offset: unknown): number => Math.max(0, Math.min(Number(offset) - before.length, file.text.length));
    return { ...value, file, start: at(value.start), end: at(value.end) };
  }
  const copy = Object.fromEntries(Object.entries(value).map(([key, each]) => [key, moved(each, file)]));
  // Boundary: as above.
  return copy as T;
}
