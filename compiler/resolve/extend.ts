// Resolves `extends`: a declaration with everything it inherits. Each has one parent; a cycle, or a parent of another
// kind, is reported once, and the declaration is used without a parent.
import { didYouMean, type Call, type Name, type Span, type StageOrigin } from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import { mergeBlocks, readEntries, type BlockNode } from "./blocks.js";
import { deepest, followed } from "./chain.js";
import { lookUp, namesIn } from "./modules.js";
import { kindWords, type Declared, type Module, type NamedKind, type Report } from "./module.js";
import type { Options } from "./set-options.js";

/** A part of a declaration's header, and the declaration in which it is written. */
export interface Written<T> {
  readonly what: T;
  readonly by: Declared;
}

/** A declaration after `extends`. */
export interface Merged {
  readonly declared: Declared;
  readonly body: BlockNode;
  /** The kind of a head or of data, with its arguments. */
  readonly call: Written<Call> | undefined;
  /** What a stage comes from. */
  readonly origin: Written<StageOrigin> | undefined;
  readonly on: Written<Name> | undefined;
  readonly using: Written<Name> | undefined;
}

/** How each kind is declared. */
const forms = {
  param: "param NAME = VALUE",
  model: "model NAME { … }",
  head: "head NAME: KIND(FEATURES)",
  data: "data NAME: KIND { … }",
  stage: "stage NAME { … }",
  evaluate: "evaluate NAME on DATA using STAGE { … }",
} satisfies Record<NamedKind, string>;

/** A name to look up: what it may refer to, and the help if nothing similar exists. */
export interface NameQuery {
  readonly text: string;
  readonly span: Span;
  readonly otherwise?: string;
}

/** Looks up a name among `kinds`; otherwise reports the existing ones and returns undefined. */
export function findDeclared(
  from: Declared,
  name: NameQuery,
  kinds: readonly NamedKind[],
  report: Report,
): Declared | undefined {
  const wanted = kinds.map((kind) => kindWords[kind]).join(" or ");
  const found = lookUp(from.module, name.text);
  if (found !== undefined && kinds.includes(found.kind)) return found;
  if (found === undefined && from.module.failed.has(name.text)) return undefined;
  const near = others(namesIn(from.module, kinds), name.text);
  const hint = didYouMean(name.span, near, name.otherwise ?? namesHelp(from.module, kinds), name.text);
  if (found !== undefined) {
    const related = [{ span: found.node.name.span, message: `${kindWords[found.kind]} \`${name.text}\`` }];
    report(
      diagnose("V107", name.span, { name: name.text, found: kindWords[found.kind], wanted }, { related, ...hint }),
    );
    return undefined;
  }
  report(diagnose("V106", name.span, { wanted, name: name.text }, hint));
  return undefined;
}

/** Most names listed in a help text. */
const mostListed = 10;

/** The names that may have been meant, or how to declare one. */
function namesHelp(module: Module, kinds: readonly NamedKind[]): string {
  const names: string[] = [];
  for (const name of namesIn(module, kinds)) if (names.push(`\`${name}\``) > mostListed) break;
  const declare = kinds.map((kind) => `\`${forms[kind]}\``).join(" or ");
  if (names.length === 0) return `declare one: ${declare}`;
  const shown = names.slice(0, mostListed).join(", ");
  return `there ${names.length === 1 ? "is" : "are"} ${shown}${names.length > mostListed ? " and others" : ""}`;
}

function* others(names: Iterable<string>, own: string): Generator<string> {
  for (const name of names) if (name !== own) yield name;
}

/** Merges declarations with their parents, memoized; options change entries of some of them. */
export function createMerger(report: Report, changes: Options["blocks"]): (declared: Declared) => Merged {
  const alone = (declared: Declared): Merged => withChange(read(declared, report), changes.get(declared));
  const merge: (declared: Declared) => Merged | null = followed({
    work: (declared) => {
      const own = alone(declared);
      const parent = parentOf(declared, report);
      const inherited = parent === undefined ? null : merge(parent);
      return inherited === null ? orphan(own) : inherit(inherited, own);
    },
    onCycle: (way) => {
      reportCycle(way, report);
      return null;
    },
    onLong: (declared) => {
      const { text: name, span } = parentName(declared) ?? declared.node.name;
      report(diagnose("V113", span, { name, deepest }));
      return orphan(alone(declared));
    },
  });
  return (declared) => merge(declared) ?? orphan(alone(declared));
}

function reportCycle(way: readonly Declared[], report: Report): void {
  const last = way.at(-2);
  const span = last === undefined ? undefined : parentName(last)?.span;
  if (last === undefined || span === undefined) return;
  const cycle = way.map(({ name }) => name).join(" → ");
  report(diagnose("V108", span, { name: last.name, cycle }));
}

/** The name that a declaration extends. */
export function parentName({ node }: Declared): Name | undefined {
  return "parent" in node ? node.parent : undefined;
}

function withChange(own: Merged, change: BlockNode | undefined): Merged {
  if (change === undefined) return own;
  const { key, origin } = own.body;
  return { ...own, body: { ...mergeBlocks(own.body, change), key, origin } };
}

function read(declared: Declared, report: Report): Merged {
  const { node } = declared;
  const by = <T>(what: T | undefined): Written<T> | undefined =>
    what === undefined ? undefined : { what, by: declared };
  const key = node.name.span;
  const block = "body" in node ? node.body : undefined;
  const empty: BlockNode = { kind: "block", entries: new Map(), items: [], key, origin: declared };
  return {
    declared,
    body: block === undefined ? empty : readEntries(block, { origin: declared, key }, report),
    call: by(node.kind === "head" || node.kind === "data" ? node.call : undefined),
    origin: by(node.kind === "stage" ? node.origin : undefined),
    on: by(node.kind === "evaluate" ? node.on : undefined),
    using: by(node.kind === "evaluate" ? node.using : undefined),
  };
}

/**
 * Marks a declaration whose parent could not be resolved as incomplete: what it would have inherited is not reported as
 * missing.
 */
function orphan(own: Merged): Merged {
  return parentName(own.declared) !== undefined ? { ...own, body: { ...own.body, incomplete: true } } : own;
}

function inherit(parent: Merged, own: Merged): Merged {
  return {
    declared: own.declared,
    body: mergeBlocks(parent.body, own.body),
    call: own.call ?? parent.call,
    origin: own.origin ?? parent.origin,
    on: own.on ?? parent.on,
    using: own.using ?? parent.using,
  };
}

function parentOf(declared: Declared, report: Report): Declared | undefined {
  const name = parentName(declared);
  if (name === undefined) return undefined;
  const parent = lookUp(declared.module, name.text);
  if (parent === undefined) return findDeclared(declared, name, [declared.kind], report);
  if (parent.kind !== declared.kind) {
    const related = [{ span: parent.node.name.span, message: "declared here" }];
    const holes = {
      kind: kindWords[declared.kind],
      name: declared.name,
      other: kindWords[parent.kind],
      parent: parent.name,
    };
    report(diagnose("V109", name.span, holes, { related }));
    return undefined;
  }
  return parent;
}
