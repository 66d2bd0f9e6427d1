// Loads the entry file and its imports, and binds every name to its declaration. Files are read through the given
// function only. The meaning of names is not checked.
import {
  closest,
  createSource,
  didYouMean,
  parse,
  visit,
  type BooleanLiteral,
  type Fix,
  type ImportDeclaration,
  type Name,
  listed,
  suggestion,
} from "../../grammar/index.js";
import { diagnose } from "../codes.js";
import type { FileAccess, Named, Module, Report, Declared, NamedKind } from "./module.js";
import { withoutName } from "./removals.js";
import { deepest } from "./chain.js";
import { checkName } from "./reserved.js";
import { unreadNames, unreadPlaces } from "./unread.js";

/** The declaration of a name in the scope of a file, or undefined; an import that is looked up counts as used. */
export function lookUp(module: Module, name: string): Declared | undefined {
  const own = module.own.get(name);
  if (own !== undefined) return own;
  const imported = module.imported.get(name);
  if (imported === undefined) return undefined;
  imported.used = true;
  return imported.declared;
}

/** A declaration whose scope is used for the blocks of a file that have no name: `expect` and `test`. */
export function scopeOf(module: Module): Declared {
  const [own] = module.own.values();
  if (own !== undefined) return own;
  // A file of tests may have nothing but imports.
  const span = { file: module.file.source, start: 0, end: 0 };
  const name: Name = { kind: "name", text: "", span };
  const value: BooleanLiteral = { kind: "boolean", value: true, span };
  return {
    kind: "param",
    name: "",
    node: { kind: "param", name, type: undefined, value, doc: undefined, span },
    module,
  };
}

/** Marks the names in a file's `expect` and `test` blocks as used, without checking the blocks. */
export function useNamesOfTests(module: Module): void {
  for (const declaration of module.file.declarations) {
    if (declaration.kind !== "expect" && declaration.kind !== "test") continue;
    visit(declaration, (node) => {
      if (node.kind === "name") lookUp(module, node.text);
    });
  }
}

/** All names in a file's scope that refer to one of `kinds`, for suggestions. */
export function* namesIn(module: Module, kinds: readonly NamedKind[]): Generator<string> {
  for (const { kind, name } of module.own.values()) if (kinds.includes(kind)) yield name;
  for (const { declared } of module.imported.values()) if (kinds.includes(declared.kind)) yield declared.name;
}

/** A file with its direct and indirect imports, the nearest first. */
export function withImported(module: Module): readonly Module[] {
  const found = new Set([module]);
  for (const each of found) for (const { declared } of each.imported.values()) found.add(declared.module);
  return [...found];
}

/** The modules of a specification, imported ones before those that import them; the entry is last. Null: it cannot be read. */
export function loadModules(entry: string, access: FileAccess, report: Report): Module[] | null {
  const loader: Loader = { access, report, loaded: new Map(), under: [] };
  const text = access.read(entry);
  if (text === null) {
    const empty = createSource(entry, "");
    const refusal = access.refusal?.(entry) ?? null;
    const near = fileMeant(entry, entry, access);
    const help = refusal ?? (near === undefined ? "there is no such file" : suggestion(entry, near));
    report(diagnose("V101", { file: empty, start: 0, end: 0 }, { path: entry }, { help }));
    return null;
  }
  load(loader, placeOf(entry, access), text);
  return [...loader.loaded.values()];
}

interface Loader {
  readonly access: FileAccess;
  readonly report: Report;
  /** By the identity of its file. */
  readonly loaded: Map<string, Module>;
  /** Files that are being loaded, outermost first: an import of one of them is a cycle. */
  readonly under: ModulePath[];
}

interface ModulePath {
  readonly path: string;
  readonly identity: string;
}

function placeOf(path: string, access: FileAccess): ModulePath {
  return { path, identity: access.identity?.(path) ?? path };
}

function load(loader: Loader, place: ModulePath, text: string): Module {
  const { path } = place;
  const { file, diagnostics } = loader.access.parsed?.(path, text) ?? parse(createSource(path, text));
  // For a file in another language the first mistake is enough.
  const foreign = file.version === undefined && file.declarations.length === 0;
  diagnostics.slice(0, foreign ? 1 : undefined).forEach(loader.report);
  const unread = unreadPlaces(diagnostics);
  const module: Module = {
    path,
    file,
    own: new Map(),
    doubles: [],
    usedParams: new Set(),
    imported: new Map(),
    failed: new Set(),
    unread,
  };
  loader.under.push(place);
  for (const node of file.declarations) if (node.kind === "import") importFrom(loader, module, node);
  for (const node of file.declarations) if ("name" in node) declare(loader, module, node);
  loader.under.pop();
  loader.loaded.set(place.identity, module);
  return module;
}

function declare(loader: Loader, module: Module, node: Named): void {
  const name = node.name.text;
  checkName(node.name, node.kind, loader.report);
  const before = module.own.get(name)?.node.name ?? module.imported.get(name)?.name;
  const declared = { kind: node.kind, name, node, module };
  if (before === undefined) module.own.set(name, declared);
  else {
    const related = [{ span: before.span, message: "first here" }];
    loader.report(diagnose("V103", node.name.span, { name }, { related, help: "rename one of the two" }));
    module.doubles.push(declared);
  }
}

function importFrom(loader: Loader, module: Module, node: ImportDeclaration): void {
  const path = loader.access.resolvePath(module.path, node.path.value);
  const place = placeOf(path, loader.access);
  const at = loader.under.findIndex(({ identity }) => identity === place.identity);
  if (at >= 0) {
    const cycle = [...loader.under.slice(at).map((each) => each.path), path].join(" → ");
    loader.report(diagnose("V102", node.path.span, { cycle }));
    for (const name of node.names) module.failed.add(name.text);
    return;
  }
  if (loader.under.length >= deepest && !loader.loaded.has(place.identity)) {
    loader.report(diagnose("V113", node.path.span, { name: node.path.value, deepest }));
    for (const name of node.names) module.failed.add(name.text);
    return;
  }
  const source = loader.loaded.get(place.identity) ?? loadText(loader, place);
  if (source === null) {
    loader.report(diagnose("V101", node.path.span, { path: node.path.value }, fileHelp(node, path, loader.access)));
    for (const name of node.names) module.failed.add(name.text);
    return;
  }
  for (const name of node.names) importName(loader, module, { name, source, path: node.path.value });
}

function fileHelp(
  { path: { value, span } }: ImportDeclaration,
  path: string,
  access: FileAccess,
): { help: string; fix?: Fix } {
  if (/^\w+:\/\//.test(value)) return { help: "an import is the path of a file" };
  const refusal = access.refusal?.(path) ?? null;
  if (refusal !== null) return { help: `\`${path}\`: ${refusal}` };
  const near = fileMeant(path, value, access);
  if (near === undefined) return { help: `looked for \`${path}\`` };
  return { help: suggestion(value, near), fix: { span, text: JSON.stringify(near) } };
}

/** The path as `written`, with the file name replaced by that of a similar file in the folder. */
function fileMeant(path: string, written: string, access: FileAccess): string | undefined {
  const name = written.slice(written.lastIndexOf("/") + 1);
  const names = access.beside?.(path) ?? [];
  const near = names.includes(`${name}.vlmo`) ? `${name}.vlmo` : closest(name, names);
  return near === undefined ? undefined : written.slice(0, written.length - name.length) + near;
}

function loadText(loader: Loader, place: ModulePath): Module | null {
  const text = loader.access.read(place.path);
  return text === null ? null : load(loader, place, text);
}

function importName(loader: Loader, module: Module, what: { name: Name; source: Module; path: string }): void {
  const { name, source, path } = what;
  const before = module.imported.get(name.text);
  if (before !== undefined) {
    const related = [{ span: before.name.span, message: "first here" }];
    const fix = source.own.get(name.text) === before.declared ? withoutName(name, module) : null;
    const extra = fix === null ? { help: "rename one of the two" } : { help: "remove one of the two", fix };
    loader.report(diagnose("V103", name.span, { name: name.text }, { related, ...extra }));
    return;
  }
  const declared = source.own.get(name.text);
  if (declared !== undefined) {
    module.imported.set(name.text, { declared, name, used: false });
    return;
  }
  module.failed.add(name.text);
  if (source.file.version === undefined || unreadNames(source.unread).has(name.text)) return;
  const extra = didYouMean(name.span, source.own.keys(), handedOn(source, name.text), name.text);
  loader.report(diagnose("V105", name.span, { path, name: name.text }, extra));
}

function handedOn(source: Module, name: string): string {
  const from = source.imported.get(name)?.declared.module.path;
  if (from !== undefined) return `it comes from \`${from}\`: import it from there`;
  const names = [...source.own.keys()];
  return names.length === 0 ? "the file declares nothing" : `it declares ${listed(names)}`;
}

/**
 * Warns of every unused import. Other files with expectations are left out: only the entry's are evaluated, so that the
 * names used by theirs are unknown.
 */
export function reportUnused(modules: readonly Module[], report: Report): void {
  const entry = modules.at(-1);
  for (const module of modules) {
    if (module !== entry && module.file.declarations.some(({ kind }) => kind === "expect")) continue;
    for (const { name, used, declared } of module.imported.values()) {
      // A param may be imported only to determine which one `--set` means.
      if (used || declared.kind === "param") continue;
      const fix = withoutName(name, module);
      const extra = { help: "remove it from the import", ...(fix === null ? {} : { fix }) };
      report(diagnose("V104", name.span, { name: name.text }, extra));
    }
  }
}
