// `--set name=value` replaces a param, and `--set stage.key=value` a key of a block.
import {
  closest,
  didYouMean,
  joinSpans,
  listed,
  pathText,
  spanText,
  type Diagnostic,
  type Expression,
  type Name,
  type Reference,
  type Span,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { besides, readEntry, type BlockNode, type MergedEntry } from "./blocks.js";
import type { Declared, Module, Report } from "./module.js";
import { isKey, parseKey, parseParam, type Names } from "./option-text.js";
import { typeNameOf } from "./param-types.js";

/** What options override in the files: values of params, and keys of blocks. */
export interface Options {
  readonly params: ReadonlyMap<Declared, Expression>;
  readonly blocks: ReadonlyMap<Declared, BlockNode>;
}

/** Parses `name=value` and `name.key=value`; an option with a mistake is reported and left out. */
export function readOptions(options: readonly string[], modules: readonly Module[], report: Report): Options {
  const params = new Map<Declared, Expression>();
  const blocks = new Map<Declared, BlockNode>();
  const names = namesOf(modules);
  for (const option of options) {
    if (isKey(option)) {
      const read = parseKey(option, names, report);
      const target = read === null ? undefined : blockOf(read.name, modules, report);
      if (read === null || target === undefined) continue;
      const own = readEntry(read.entry, target, report, false);
      const entries = withEntry(blocks.get(target), own, read.name, report);
      blocks.set(target, { kind: "block", entries, items: [], key: read.name.span, origin: target });
    } else {
      const read = parseParam(option, names, report);
      const target = read === null ? undefined : paramOf(read.name, modules, report);
      if (read === null || target === undefined) continue;
      const before = params.get(target);
      if (before !== undefined) report(twice(read.name.text, read.name.span, before.span));
      params.set(target, read.value);
    }
  }
  return { params, blocks };
}

function namesOf(modules: readonly Module[]): Names {
  return {
    isString: (name) => {
      const [target] = findNamed(name, modules, isParam);
      return target?.node.kind === "param" && typeNameOf(target.node) === "string";
    },
    isKnown: (name) => modules.some(({ own }) => own.has(name)),
  };
}

/** The keys that options set in a declaration, with one more. */
function withEntry(block: BlockNode | undefined, own: MergedEntry, name: Name, report: Report) {
  const key = pathText(own.reference);
  const before = block?.entries.get(key);
  const again = (_key: string, { span }: Reference, { reference }: MergedEntry): Diagnostic =>
    twice(spanText(joinSpans(name.span, span)), span, reference.span);
  const entry = before === undefined ? own : besides(before, own, report, again);
  return new Map([...(block?.entries ?? []), [key, entry]]);
}

function twice(name: string, span: Span, before: Span): Diagnostic {
  return diagnose("V115", span, { name }, { related: [{ span: before, message: "first here" }] });
}

/** The param that an option means; undefined if there is none, or more than one, which is reported. */
function paramOf({ text: name, span }: Name, modules: readonly Module[], report: Report): Declared | undefined {
  const found = findOne({ text: name, span }, modules, isParam, report);
  if (found !== "none") return found;
  const known = paramNames(modules);
  const near = closest(name, known);
  const all = known.length === 0 ? "the files have no params" : `there are ${listed(known)}`;
  report(diagnose("V110", span, { name }, { help: near === undefined ? all : `did you mean \`${near}\`?` }));
  return undefined;
}

/** The declaration whose key an option sets: by its name or, if it is the only one of its kind, by that (`model.width`). */
function blockOf({ text: name, span }: Name, modules: readonly Module[], report: Report): Declared | undefined {
  const found = findOne({ text: name, span }, modules, (declared) => !isParam(declared), report);
  if (found !== "none") return found;
  const blocks = [...(modules.at(-1)?.own.values() ?? [])].filter((declared) => !isParam(declared));
  const ofKind = blocks.filter(({ node, kind }) => name === kind || (node.kind === "stage" && name === node.word));
  const [only, another] = ofKind;
  if (only !== undefined && another === undefined) return only;
  const names = (another === undefined ? blocks : ofKind).map((each) => each.name);
  const otherwise = names.length === 0 ? "the file declares none" : `there are ${listed(names)}`;
  report(diagnose("V106", span, { wanted: "declaration", name }, didYouMean(span, names, otherwise, name)));
  return undefined;
}

const isParam = ({ kind }: Declared): boolean => kind === "param";

/** What a name refers to; "none": nothing of the kind. Several: undefined, which is reported. */
function findOne(
  { text: name, span }: Pick<Name, "text" | "span">,
  modules: readonly Module[],
  isWanted: (declared: Declared) => boolean,
  report: Report,
): Declared | "none" | undefined {
  const [target, another] = findNamed(name, modules, isWanted);
  if (target === undefined) return "none";
  if (another === undefined) return target;
  const related = [target, another].map(({ node, kind }) => ({ span: node.span, message: `a ${kind} of this name` }));
  report(diagnose("V116", span, { name }, { related, help: "import the one that is meant" }));
  return undefined;
}

function paramNames(modules: readonly Module[]): string[] {
  return modules.flatMap(({ own }) => [...own.values()].flatMap(({ kind, name }) => (kind === "param" ? name : [])));
}

/** The one of this name that the entry file declares or imports, or else all that indirectly imported files declare. */
function findNamed(name: string, modules: readonly Module[], isWanted: (declared: Declared) => boolean): Declared[] {
  const entry = modules.at(-1);
  const own = entry?.own.get(name) ?? entry?.imported.get(name)?.declared;
  const candidates = own === undefined ? modules.toReversed().flatMap((module) => module.own.get(name) ?? []) : [own];
  return candidates.filter(isWanted);
}
