// The role of a name in a file, by its position: the name of a declaration, an imported name, a key, an argument, a
// constructor, a value, a step of a path.
import type { ImportDeclaration, Name, Node } from "../../grammar/index.js";
import type { Entry, Key } from "../reference/language.js";
import type { Named } from "../resolve/module.js";
import type { Slot } from "./slot.js";

/** A block, by what it may contain. */
export interface Holder {
  /** Its name in the reference: `stage`, `attention`. */
  readonly owner: string;
  readonly keys: readonly Key[];
  /** If keys are free: what they name, and what their values may be. */
  readonly free: { readonly names: "experts" | "parts"; readonly value: Slot } | null;
  /** Blocks under keys whose section the schema leaves open, such as `with`. */
  readonly inner: ReadonlyMap<string, Holder>;
  /** What may be written without a key. */
  readonly items: Slot | null;
}

/** The position of a name, and what it may be there. */
export type Place =
  /** The name of a declaration where it is declared. */
  | { readonly kind: "declaration"; readonly node: Named }
  | { readonly kind: "imported"; readonly node: ImportDeclaration }
  /** `key` is null if there is none of that name. */
  | { readonly kind: "key"; readonly holder: Holder; readonly key: Key | null; readonly given: readonly string[] }
  /** The name of an argument of a call. */
  | { readonly kind: "argument"; readonly entry: Entry; readonly key: Key | null }
  /** The callee of a call. */
  | { readonly kind: "constructor"; readonly entry: Entry; readonly slot: Slot }
  /** A word or name as a value; with the block or the call if a key or the name of an argument is also possible there. */
  | {
      readonly kind: "value";
      readonly slot: Slot;
      readonly block: BlockAround | null;
      readonly call: CallAround | null;
    }
  /** A later step of a path: `vision` of `experts.vision`. */
  | { readonly kind: "step"; readonly slot: Slot; readonly before: string };

/** A block and the keys that it contains. */
export interface BlockAround {
  readonly holder: Holder;
  readonly given: readonly string[];
}

/** A call and its named arguments. */
export interface CallAround {
  readonly entry: Entry;
  readonly given: readonly string[];
}

/** Called with a name and its place. */
export type SeeName = (name: Name, place: Place) => void;

/** Called with a call, or a word that may be one, and what it builds. */
export interface Seen {
  readonly name: SeeName;
  readonly call?: (call: Extract<Node, { kind: "call" }>, entry: Entry) => void;
}
