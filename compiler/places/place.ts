// What a name in a file is, by where it stands: a declaration's own, one that is imported, a key, an argument, a constructor, a
// value, a step of a path.
import type { ImportDeclaration, Name, Node } from "../../grammar/index.js";
import type { Entry, Key } from "../reference/language.js";
import type { Named } from "../resolve/module.js";
import type { Slot } from "./slot.js";

/** A block by what may stand in it. */
export interface Holder {
  /** What the reference calls it: `stage`, `attention`. */
  readonly owner: string;
  readonly keys: readonly Key[];
  /** Where keys are free: what they name, and what their values may be. */
  readonly free: { readonly names: "experts" | "parts"; readonly value: Slot } | null;
  /** Blocks under keys whose section the schema leaves open, as `with`. */
  readonly inner: ReadonlyMap<string, Holder>;
  /** What may stand without a key. */
  readonly items: Slot | null;
}

/** Where a name stands, and what it may be there. */
export type Place =
  /** The name of a declaration where it is declared. */
  | { readonly kind: "declaration"; readonly node: Named }
  | { readonly kind: "imported"; readonly node: ImportDeclaration }
  /** `key` is null where there is none of that name. */
  | { readonly kind: "key"; readonly holder: Holder; readonly key: Key | null; readonly given: readonly string[] }
  /** The name of an argument of a call. */
  | { readonly kind: "argument"; readonly entry: Entry; readonly key: Key | null }
  /** What is called. */
  | { readonly kind: "constructor"; readonly entry: Entry; readonly slot: Slot }
  /** A word or a name as a value; with the block or the call where a key or an argument's name could stand as well. */
  | {
      readonly kind: "value";
      readonly slot: Slot;
      readonly block: BlockAround | null;
      readonly call: CallAround | null;
    }
  /** A later step of a path: `vision` of `experts.vision`. */
  | { readonly kind: "step"; readonly slot: Slot; readonly before: string };

/** A block with the keys that stand in it. */
export interface BlockAround {
  readonly holder: Holder;
  readonly given: readonly string[];
}

/** A call with the arguments that are given by name. */
export interface CallAround {
  readonly entry: Entry;
  readonly given: readonly string[];
}

/** Takes a name with its place. */
export type SeeName = (name: Name, place: Place) => void;

/** Takes a call, or a word that may be one, with what it builds. */
export interface Seen {
  readonly name: SeeName;
  readonly call?: (call: Extract<Node, { kind: "call" }>, entry: Entry) => void;
}
