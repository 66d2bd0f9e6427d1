// The open documents, the files around them, and caches of what was read. Everything is kept until a text changes: trees by
// their text, the rest by a count of changes.
import { checkSpec, loadModules, type FileAccess, type Module, type Spec } from "../../compiler/front-end.js";
import { createSource, parse, type Diagnostic, type ParseResult } from "../../grammar/index.js";
import type { Host, OpenDocument } from "./host.js";

/** The result of checking a file with its imports. */
export interface Checked {
  /** Null where there are errors. */
  readonly spec: Spec | null;
  readonly diagnostics: readonly Diagnostic[];
  /** The paths that were read, including the file's own. */
  readonly paths: ReadonlySet<string>;
}

/** The workspace as providers see it. */
export interface Workspace {
  /** A document with the names in scope; null where it cannot be read. */
  moduleOf(uri: string): Module | null;
  moduleAt(path: string): Module | null;
  /** The modules of all specifications of the workspace and of all open documents. */
  modules(): readonly Module[];
  /** Checks a file; cached until the next change. */
  check(path: string): Checked;
  /**
   * A checked specification to take facts from: of the current text where checking is quick, of the last check where the file
   * is long; null where there were errors.
   */
  specOf(path: string): Spec | null;
  /** The last specification without errors, for suggestions. */
  lastSound(path: string): Spec | null;
  documentAt(path: string): OpenDocument | undefined;
  /** The paths of open documents. */
  open(): readonly string[];
  uriOf(path: string): string;
  pathOf(uri: string): string | null;
  readonly files: FileAccess;
}

/** The workspace with the methods that change it. */
export interface ChangingWorkspace extends Workspace {
  set(document: OpenDocument): void;
  close(uri: string): void;
  /** Files may have changed on the disk. */
  forget(): void;
}

/** Files with more lines are not checked while a request waits. */
const quick = 2000;

/** A workspace without documents. */
export function createWorkspace(host: Host): ChangingWorkspace {
  const documents = new Map<string, OpenDocument>();
  const trees = new Map<string, { readonly text: string; readonly result: ParseResult }>();
  const current = createCaches();
  const last = new Map<string, Checked>();
  const sound = new Map<string, Spec>();
  const files = openFiles(host, { documents, trees, texts: current.texts });
  const moduleAt = (path: string): Module | null =>
    kept(current.modules, path, () => loadModules(path, files, () => undefined)?.at(-1) ?? null);
  const pathOf = (uri: string): string | null => host.pathOf(uri);
  const check = (path: string): Checked =>
    kept(current.checks, path, () => {
      const { spec, diagnostics } = checkSpec(path, files);
      const checked = { spec, diagnostics, paths: pathsOf(path, moduleAt, files) };
      last.set(path, checked);
      if (spec !== null) sound.set(path, spec);
      return checked;
    });
  return {
    files,
    moduleAt,
    pathOf,
    check,
    moduleOf: (uri) => {
      const path = pathOf(uri);
      return path === null ? null : moduleAt(path);
    },
    modules: () =>
      [...new Set([...documents.keys(), ...host.specifications()])].flatMap((path) => moduleAt(path) ?? []),
    specOf: (path) => {
      const known = current.checks.get(path);
      if (known !== undefined) return known.spec;
      const lines = moduleAt(path)?.file.source.lineStarts.length ?? 0;
      return ((lines > quick ? last.get(path) : undefined) ?? check(path)).spec;
    },
    lastSound: (path) => sound.get(path) ?? null,
    documentAt: (path) => documents.get(path),
    open: () => [...documents.keys()],
    // An editor may spell a URI in its own way, and recognises a document by that spelling only.
    uriOf: (path) => documents.get(path)?.uri ?? host.uriOf(path),
    set: (document) => {
      const path = pathOf(document.uri);
      if (path !== null) documents.set(path, document);
      current.clear();
    },
    close: (uri) => {
      const path = pathOf(uri);
      if (path === null) return;
      for (const map of [documents, trees, last, sound]) map.delete(path);
      current.clear();
    },
    forget: current.clear,
  };
}

interface Caches {
  readonly texts: Map<string, string | null>;
  readonly modules: Map<string, Module | null>;
  readonly checks: Map<string, Checked>;
  /** After any change. */
  readonly clear: () => void;
}

function createCaches(): Caches {
  const maps = { texts: new Map(), modules: new Map(), checks: new Map() };
  return {
    ...maps,
    clear: () => {
      for (const map of Object.values(maps)) map.clear();
    },
  };
}

function kept<T>(cache: Map<string, T>, key: string, make: () => T): T {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  cache.set(key, made);
  return made;
}

interface Held {
  readonly documents: ReadonlyMap<string, OpenDocument>;
  readonly trees: Map<string, { readonly text: string; readonly result: ParseResult }>;
  readonly texts: Map<string, string | null>;
}

/** The host's files, overlaid with the open documents. */
function openFiles({ files }: Host, { documents, trees, texts }: Held): FileAccess {
  return {
    ...files,
    read: (path) => documents.get(path)?.text ?? kept(texts, path, () => files.read(path)),
    refusal: (path) => (documents.has(path) ? null : (files.refusal?.(path) ?? null)),
    parsed: (path, text) => {
      const known = trees.get(path);
      if (known?.text === text) return known.result;
      const result = parse(createSource(path, text));
      trees.set(path, { text, result });
      return result;
    },
  };
}

/** The paths of a file and all its imports, as far as they can be read. */
function pathsOf(path: string, moduleAt: Workspace["moduleAt"], { resolvePath }: FileAccess): ReadonlySet<string> {
  const paths = new Set([path]);
  for (const each of paths)
    for (const node of moduleAt(each)?.file.declarations ?? [])
      if (node.kind === "import") paths.add(resolvePath(each, node.path.value));
  return paths;
}
