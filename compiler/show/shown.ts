// A declaration with everything it inherits, and the origin of each value: plain data, ready for JSON.
import type { NamedKind } from "../resolve/module.js";

/** A location in a file. */
export interface Origin {
  readonly file: string;
  readonly line: number;
  /** The name of the enclosing declaration. */
  readonly declaration: string;
}

/** A param in a value, and its own value. */
export interface ParamUse {
  readonly name: string;
  readonly value: string;
  readonly place: Origin;
  /** The value in the file, if `--set` overrides it. */
  readonly over: string | null;
}

/** A value that was overridden. */
export interface Overridden {
  readonly key: string;
  readonly value: string;
  readonly place: Origin;
}

/** A value with its origin. */
export interface ShownValue {
  readonly kind: "value";
  /** Null for an item of an `evaluate`. */
  readonly key: string | null;
  readonly value: string;
  /** Null for a default. */
  readonly place: Origin | null;
  /** For an expert moved by a bare `on …`: the location of its call. */
  readonly call: Origin | null;
  readonly params: readonly ParamUse[];
  /** Arguments that were changed separately, `optimizer.lr: 5e-5`. */
  readonly changed: readonly { readonly name: string; readonly place: Origin }[];
  /** The values that it overrides, the nearest first. */
  readonly over: readonly Overridden[];
  /** Arguments of its constructor that are left at their defaults. */
  readonly defaults: readonly { readonly name: string; readonly value: string }[];
}

/** A section, entry by entry. */
export interface ShownBlock {
  readonly kind: "block";
  readonly key: string;
  readonly entries: readonly ShownEntry[];
}

/** A line of what is shown. */
export type ShownEntry = ShownValue | ShownBlock;

/** A part of the first line of a declaration: `from vision`, `: contrastive(…)`, `on coco`. */
export interface Clause {
  readonly text: string;
  readonly place: Origin;
  readonly over: readonly Overridden[];
}

/** A whole declaration. */
export interface Shown {
  readonly kind: NamedKind;
  /** Its keyword; `stage` may also be `finetune`. */
  readonly word: string;
  readonly name: string;
  readonly doc: string | null;
  readonly place: Origin;
  /** The declarations it extends, the nearest first. */
  readonly extends: readonly { readonly name: string; readonly place: Origin }[];
  readonly clauses: readonly Clause[];
  /** Null for a param. */
  readonly body: readonly ShownEntry[] | null;
  /** The declaration as plain JSON; null for a param. */
  readonly plain: JsonObject | null;
  /** A param's declared type, if any, and its value. */
  readonly param: { readonly type: string | null; readonly value: ShownValue } | null;
}

/** A JSON value, read-only. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

/** A JSON object, read-only. */
export interface JsonObject {
  readonly [key: string]: Json;
}
