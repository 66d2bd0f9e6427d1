// A file of a specification with its scope of names.
import type { Declaration, Diagnostic, File, Name, ParseResult, Span } from "../../grammar/index.js";

/** How the checker reads files. Paths are POSIX paths, as written in imports and on the command line. */
export interface FileAccess {
  /** The text of a file, or null if there is none. */
  read(path: string): string | null;
  /** The path of `to` as written in the file `from`. */
  resolvePath(from: string, to: string): string;
  /** Names of the specifications in the folder of a path, for suggestions. */
  beside?(path: string): readonly string[];
  /** A key that is equal for all paths to one file, also through links; the path itself by default. */
  identity?(path: string): string;
  /** Why an existing file cannot be read: `it is a folder`. */
  refusal?(path: string): string | null;
  /** The parsed tree of a text under its path, for callers that cache trees between checks. */
  parsed?(path: string, text: string): ParseResult;
}

/** A declaration that has a name. */
export type Named = Extract<Declaration, { readonly name: Name }>;

/** Kinds of named declarations. */
export type NamedKind = Named["kind"];

/** The kinds in words, for messages. */
export const kindWords = {
  param: "param",
  model: "model",
  head: "head",
  data: "data set",
  stage: "stage",
  evaluate: "evaluation",
} satisfies Record<NamedKind, string>;

/** A declaration and the file it is in, whose names its values use. */
export interface Declared {
  readonly kind: NamedKind;
  readonly name: string;
  readonly node: Named;
  readonly module: Module;
}

/** A file with the names in its scope. */
export interface Module {
  readonly path: string;
  readonly file: File;
  /** The file's own declarations, in order. */
  readonly own: Map<string, Declared>;
  /** Duplicate declarations of a name: look-ups never find them, but their contents are checked. */
  readonly doubles: Declared[];
  /** The file's params that a value read so far refers to; values that were not read may use others. */
  readonly usedParams: Set<Declared>;
  /** Imported names; `used` is set by the first look-up. */
  readonly imported: Map<string, { readonly declared: Declared; readonly name: Name; used: boolean }>;
  /** Names whose import failed: their uses are not reported again. */
  readonly failed: Set<string>;
  /** Spans where the tree lacks something that was written: what seems to be missing there is not reported again. */
  readonly unread: readonly Span[];
}

/** The path in spans of a `--set` option's text. */
export const optionPath = "--set";

/** Receives every diagnostic; nothing is thrown for what a user wrote. */
export type Report = (diagnostic: Diagnostic) => void;
