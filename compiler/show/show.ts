// `vlmo show`: a declaration after `extends`, params and `--set`, with the origin of each value. It reports no
// mistakes, which is up to `checkSpec`; a part with a mistake is shown as written.
import { spanText, type Span } from "../../grammar/index.js";
import { createMerger, type Merged } from "../resolve/extend.js";
import { lineage } from "../resolve/lineage.js";
import { loadModules, lookUp } from "../resolve/modules.js";
import type { Declared, FileAccess, Module } from "../resolve/module.js";
import { createParams } from "../resolve/params.js";
import { readOptions } from "../resolve/set-options.js";
import { shownEntries, shownValue } from "./entries.js";
import { plainDeclaration } from "./plain.js";
import { keysFor } from "./schemas.js";
import type { Clause, Overridden, Origin, Shown } from "./shown.js";
import { paramText, placeOf, type Writer } from "./written.js";

/** Access to files, and the `--set` options. */
export interface ShowOptions extends FileAccess {
  /** The arguments of `--set` options: `name=value`. */
  readonly set?: readonly { readonly text: string }[];
}

/** The declaration of a name that a file declares or imports; otherwise the names that exist. */
export type ShowResult =
  { readonly shown: Shown; readonly names?: never } | { readonly shown: null; readonly names: readonly string[] };

const silent = (): void => undefined;

/** Shows one declaration of an entry file. */
export function showDeclaration(entry: string, name: string, options: ShowOptions): ShowResult {
  const opened = open(entry, options);
  if (opened === null) return { shown: null, names: [] };
  const declared = lookUp(opened.own, name);
  if (declared === undefined) return { shown: null, names: namesOf(opened.own) };
  return { shown: shownOf(declared, opened) };
}

/** Shows every declaration of an entry file, in source order; null if it cannot be read. */
export function showFile(entry: string, options: ShowOptions): readonly Shown[] | null {
  const opened = open(entry, options);
  return opened && [...opened.own.own.values()].map((declared) => shownOf(declared, opened));
}

interface OpenedFile {
  readonly own: Module;
  readonly writer: Writer;
  readonly merge: (declared: Declared) => Merged;
}

function open(entry: string, options: ShowOptions): OpenedFile | null {
  const modules = loadModules(entry, options, silent);
  const own = modules?.at(-1);
  if (modules === null || own === undefined) return null;
  const texts = (options.set ?? []).map(({ text }) => text);
  const { params, blocks } = readOptions(texts, modules, silent);
  return {
    own,
    writer: { params: createParams(params, silent), known: new Map() },
    merge: createMerger(silent, blocks),
  };
}

function namesOf(module: Module): string[] {
  return [...module.own.keys(), ...module.imported.keys()];
}

function shownOf(declared: Declared, { writer, merge }: OpenedFile): Shown {
  const { node, kind, name } = declared;
  const line = lineage(declared);
  const merged = merge(declared);
  return {
    kind,
    word: node.kind === "stage" ? node.word : node.kind,
    name,
    doc: node.doc ?? null,
    place: placeOf(node.name.span, declared),
    extends: line.slice(1).map((each) => ({ name: each.name, place: placeOf(each.node.name.span, each) })),
    clauses: clausesOf(line),
    body: kind === "param" ? null : shownEntries(merged.body, keysFor(merged), writer),
    plain: kind === "param" ? null : plainDeclaration(merged, keysFor(merged), writer),
    param: paramOf(declared, writer),
  };
}

type ClauseReader = (declared: Declared) => Span | undefined;

/** Clauses that may be between name and block, in this order. */
const clauseReaders: readonly { readonly before: string; readonly read: ClauseReader }[] = [
  { before: ": ", read: ({ node }) => (node.kind === "head" || node.kind === "data" ? node.call?.span : undefined) },
  { before: "", read: ({ node }) => (node.kind === "stage" ? node.origin?.span : undefined) },
  { before: "on ", read: ({ node }) => (node.kind === "evaluate" ? node.on?.span : undefined) },
  { before: "using ", read: ({ node }) => (node.kind === "evaluate" ? node.using?.span : undefined) },
];

function clausesOf(line: readonly Declared[]): Clause[] {
  return clauseReaders.flatMap(({ before, read }) => {
    const given = line.flatMap((declared): (Overridden & { readonly place: Origin })[] => {
      const span = read(declared);
      if (span === undefined) return [];
      return [{ key: "", value: `${before}${spanText(span)}`, place: placeOf(span, declared) }];
    });
    const [first, ...over] = given;
    return first === undefined ? [] : [{ text: first.value, place: first.place, over }];
  });
}

function paramOf(declared: Declared, writer: Writer): Shown["param"] {
  const { node } = declared;
  if (node.kind !== "param") return null;
  const { text, all } = paramText(declared, writer);
  const written = { kind: "value", expression: node.value, origin: declared, key: node.name.span } as const;
  const [use, ...inner] = all;
  const replaced = use?.over ?? null;
  const place = placeOf(node.value.span, declared);
  const value = {
    ...shownValue(node.name.text, written, {}, writer),
    value: text,
    params: inner,
    ...(replaced === null
      ? {}
      : { place: { ...place, file: "--set", line: 1 }, over: [{ key: node.name.text, value: replaced, place }] }),
  };
  return { type: node.type?.text ?? null, value };
}
