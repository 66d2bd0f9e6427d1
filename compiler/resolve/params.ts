// Params: typed values that `--set name=value` replaces. A replacement is read by the same grammar and checked by the
// same rules as the file, with its places in the option's own text.
import type { z } from "zod";
import {
  closest,
  createSource,
  didYouMean,
  hasErrors,
  parse,
  type Expression,
  type ParamDeclaration,
  type SourceFile,
  type Span,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { flag, readField, string, type Input } from "../schema/fields.js";
import { count, duration, factor, measured, pixels, ratio, real } from "../schema/numbers.js";
import { paramNamed, quantityOf, type ParamValue, type Reading } from "../schema/quantity.js";
import type { ValueNode } from "./blocks.js";
import { deepest, type Declared, type Module, type Report } from "./modules.js";

/** The types a param may have. `name` is anything that goes by a name: a declaration, or a word of a choice. */
const types: Readonly<Record<string, z.ZodType | null>> = {
  count: count({ least: 0 }),
  real: real({ least: -Infinity }),
  ratio: ratio(),
  px: pixels(),
  factor: factor(),
  duration: duration({ share: true }),
  bytes: measured("bytes"),
  time: measured("time"),
  string: string(),
  flag: flag(),
  name: null,
};

export interface Params {
  /** The value of a param, worked out once. */
  get(declared: Declared): ParamValue | null;
  /** What `--set` puts in the place of a param's value. */
  replacement(declared: Declared): Expression | undefined;
}

/** Reads `--set` options and prepares all params; call `get` for each to have it checked. */
export function createParams(modules: readonly Module[], options: readonly string[], report: Report): Params {
  const replaced = new Map<Declared, Expression>();
  for (const option of options) replace(option, modules, replaced, report);
  const done = new Map<Declared, ParamValue | null>();
  const under: Declared[] = [];
  const get = (declared: Declared): ParamValue | null => {
    const known = done.get(declared);
    if (known !== undefined) return known;
    if (under.includes(declared)) {
      const circle = [...under.slice(under.indexOf(declared)), declared].map(({ name }) => name).join(" → ");
      report(diagnose("V111", declared.node.name.span, { name: declared.name, circle }));
      done.set(declared, null);
      return null;
    }
    if (under.length >= deepest) {
      report(diagnose("V113", declared.node.name.span, { name: declared.name, deepest }));
      done.set(declared, null);
      return null;
    }
    under.push(declared);
    const value = evaluate(declared, replaced.get(declared), { report, param: get });
    under.pop();
    // A circle found on the way has already settled this param.
    if (!done.has(declared)) done.set(declared, value);
    return done.get(declared) ?? null;
  };
  return { get, replacement: (declared) => replaced.get(declared) };
}

function evaluate(declared: Declared, replacement: Expression | undefined, reading: Reading): ParamValue | null {
  if (declared.node.kind !== "param") throw new Error("internal: not a param");
  const { type, value, name } = declared.node;
  const node: ValueNode = { kind: "value", expression: replacement ?? value, origin: declared, key: name.span };
  const typeName = type?.text ?? guess(value);
  const reader = Object.hasOwn(types, typeName) ? types[typeName] : undefined;
  if (reader === undefined) return unknownType(typeName, type?.span ?? name.span, reading);
  const other = paramNamed(node);
  const base = other === undefined ? { node, quantity: null } : reading.param(other);
  if (base === null || reader === null) return base;
  const input: Input = { node, label: declared.name, reading };
  if (!readField(reader, input).success) return null;
  if (typeName === "string" || typeName === "flag") return base;
  const quantity = quantityOf(node, reading, { label: declared.name, wanted: typeName });
  return { node: base.node, quantity };
}

function unknownType(found: string, span: Span, reading: Reading): null {
  const all = Object.keys(types);
  const extra = didYouMean(span, all, `the types are ${all.join(", ")}`, found);
  reading.report(diagnose("V209", span, { found, what: "type" }, extra));
  return null;
}

/** The type of a param that names none, from how its value is written. */
function guess(value: Expression): string {
  switch (value.kind) {
    case "string":
      return "string";
    case "boolean":
      return "flag";
    case "number":
      return guessNumber(value);
    case "unary":
    case "binary":
      return "real";
    default:
      return "name";
  }
}

function guessNumber({ unit, value }: Extract<Expression, { kind: "number" }>): string {
  if (unit === undefined) return Number.isInteger(value) ? "count" : "real";
  const byUnit = {
    "%": "ratio",
    px: "px",
    x: "factor",
    steps: "duration",
    epochs: "duration",
    MiB: "bytes",
    GiB: "bytes",
    s: "time",
    min: "time",
    h: "time",
  };
  return byUnit[unit];
}

function replace(
  option: string,
  modules: readonly Module[],
  replaced: Map<Declared, Expression>,
  report: Report,
): void {
  const node = parseOption(option, report);
  if (node === null) return;
  const [target, another] = findParams(node.name.text, modules);
  if (target !== undefined && another !== undefined) {
    const related = [target, another].map(({ node: { span } }) => ({ span, message: "a param of this name" }));
    const help = "import the one that is meant";
    report(diagnose("V116", node.name.span, { name: node.name.text }, { related, help }));
    return;
  }
  if (target !== undefined) {
    const before = replaced.get(target);
    const related = before === undefined ? [] : [{ span: before.span, message: "first here" }];
    if (before !== undefined) report(diagnose("V115", node.name.span, { name: node.name.text }, { related }));
    replaced.set(target, node.value);
    return;
  }
  const known = modules.flatMap(({ own }) =>
    [...own.values()].filter(({ kind }) => kind === "param").map(({ name }) => name),
  );
  const near = closest(node.name.text, known);
  const listed =
    known.length === 0 ? "the files have no params" : `there are ${known.map((name) => `\`${name}\``).join(", ")}`;
  const help = near === undefined ? listed : `did you mean \`${near}\`?`;
  report(diagnose("V110", node.name.span, { name: node.name.text }, { help }));
}

/** The param of this name that the entry file declares or imports, or else all that files behind it declare. */
function findParams(name: string, modules: readonly Module[]): Declared[] {
  const entry = modules.at(-1);
  const own = entry?.own.get(name) ?? entry?.imported.get(name)?.declared;
  const candidates = own === undefined ? modules.toReversed().flatMap((module) => module.own.get(name) ?? []) : [own];
  return candidates.filter(({ kind }) => kind === "param");
}

const before = "vlmo 1\nparam ";

/** `name=value` read as a param of a file, with its places moved into the option's text. */
function parseOption(option: string, report: Report): ParamDeclaration | null {
  const shown = createSource("--set", option);
  const { file, diagnostics } = parse(createSource("--set", before + option));
  for (const diagnostic of diagnostics) {
    const message = diagnostic.message.replace("the end of the file", "the end of the option");
    report({ help: "an option is written `--set name=value`", ...moved(diagnostic, shown), message });
  }
  const [node, extra] = file.declarations;
  if (node?.kind === "param" && extra === undefined && !hasErrors(diagnostics)) return moved(node, shown);
  if (!hasErrors(diagnostics)) {
    const span = { file: shown, start: 0, end: option.length };
    report(diagnose("V204", span, { key: "--set", wanted: "`name=value`", found: "something else" }));
  }
  return null;
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

/** A param's value for the checked specification. */
export function plainValue({ node, quantity }: ParamValue): number | string | boolean {
  if (quantity !== null) return quantity.value;
  const { expression } = node;
  if (expression.kind === "string" || expression.kind === "boolean") return expression.value;
  return node.expression.span.file.text.slice(expression.span.start, expression.span.end);
}
