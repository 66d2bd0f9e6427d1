// A file of a specification with the names that can be used in it.
import type { Declaration, Diagnostic, File, Name, ParseResult, Span } from "../../grammar/index.js";

/** How the checker reads files. Paths are posix, as written in imports and on the command line. */
export interface FileAccess {
  /** The text of a file, or null where there is none. */
  read(path: string): string | null;
  /** The path of `to` as written in the file `from`. */
  resolvePath(from: string, to: string): string;
  /** Names of the specifications in the folder of a path, for suggestions. */
  beside?(path: string): readonly string[];
  /** The same for all paths that lead to one file, through whatever links; the path itself where it is left out. */
  identity?(path: string): string;
  /** Why an existing file cannot be read: `it is a folder`. */
  refusal?(path: string): string | null;
  /** The tree of a text under its path, where trees are kept from one check to the next. */
  parsed?(path: string, text: string): ParseResult;
}

/** A declaration that has a name. */
export type Named = Extract<Declaration, { readonly name: Name }>;

/** What a declaration with a name may be. */
export type NamedKind = Named["kind"];

/** What each is called in messages. */
export const kindWords = {
  param: "param",
  model: "model",
  head: "head",
  data: "data set",
  stage: "stage",
  evaluate: "evaluation",
} satisfies Record<NamedKind, string>;

/** A declaration and the file it stands in, whose names its values use. */
export interface Declared {
  readonly kind: NamedKind;
  readonly name: string;
  readonly node: Named;
  readonly module: Module;
}

/** A file with the names that can be used in it. */
export interface Module {
  readonly path: string;
  readonly file: File;
  /** What the file declares itself, in order. */
  readonly own: Map<string, Declared>;
  /** Further declarations of names that it has: nothing finds them, and what is in them is checked all the same. */
  readonly doubles: Declared[];
  /** Params among them that a value of the file was read to name; there may be others in values that are not read. */
  readonly usedParams: Set<Declared>;
  /** Imported names; `used` is set by the first look-up. */
  readonly imported: Map<string, { readonly declared: Declared; readonly name: Name; used: boolean }>;
  /** Names whose import failed: uses of them are not reported again. */
  readonly failed: Set<string>;
  /** Where the tree lacks something that was written: what seems to be missing there is not reported again. */
  readonly unread: readonly Span[];
}

/** What stands for the path of a file in places of a `--set` option's text. */
export const optionPath = "--set";

/** Takes every message; nothing is thrown for what a user wrote. */
export type Report = (diagnostic: Diagnostic) => void;
