// The values of a pickle, and the interface between the machine that reads it (pickle.ts) and its host.

/** Plain data, and our own functions under the names that pickles use; nothing of the file runs. */
export type PickleValue =
  | null
  | boolean
  | number
  | bigint
  | string
  | PickleBytes
  | PickleValue[]
  | PickleDict
  | Set<PickleValue>
  | PickleObject;

/** Python's bytes; never modified. */
export type PickleBytes = Uint8Array<ArrayBuffer>;

/** A Python dict; keys are compared as in a Map. */
export type PickleDict = Map<PickleValue, PickleValue>;

/** Values that a host adds, distinguished by `kind`. */
export interface PickleObject {
  readonly kind: string;
}

/**
 * A class, function or object that the host does not know. None of it was run: what Python would make of its parts is unknown,
 * but the parts are kept.
 */
export interface Opaque extends PickleObject {
  readonly kind: "opaque";
  /** The global that it is, or that would make it: `argparse.Namespace`. */
  readonly name: string;
  /** The arguments of that call; null for the global itself. */
  readonly given: readonly PickleValue[] | null;
  /** What it would be filled with: items of a list or set, items of a dict, attributes. */
  list?: PickleValue[];
  dict?: PickleDict;
  state?: PickleValue;
}

/** Whether a value is of a class that the host does not know. */
export function isOpaque(value: PickleValue | undefined): value is Opaque {
  return isKind<Opaque>(value, "opaque");
}

/** A function that a pickle may call. */
export interface Callable extends PickleObject {
  readonly kind: "function";
  readonly name: string;
  /** Undefined for arguments it does not support. */
  readonly call: (parameters: readonly PickleValue[]) => PickleValue | undefined;
}

/** One of our functions, under the name that pickles use. */
export function callable(name: string, call: Callable["call"]): Callable {
  return { kind: "function", name, call };
}

/** Whether a value is one of our functions. */
export function isCallable(value: PickleValue | undefined): value is Callable {
  return isKind<Callable>(value, "function");
}

/** A safe non-negative integer. */
export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** The most dimensions of a tensor, as in PyTorch. */
const dimensionLimit = 64;

/** Whether a value can be the sizes or strides of a tensor. */
export function isShape(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= dimensionLimit && value.every(isCount);
}

/** Narrows the type of an object by its `kind`. */
export function isKind<Kind extends PickleObject>(value: PickleValue | undefined, kind: Kind["kind"]): value is Kind {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** Resolves what a pickle refers to. Each function returns undefined for what it does not know. */
export interface PickleHost {
  /** The value of `module.name`. */
  global(module: string, name: string): PickleValue | undefined;
  /** The result of calling `callee`, a result of `global`. */
  call(callee: PickleValue, parameters: readonly PickleValue[]): PickleValue | undefined;
  /** The object for a persistent id. */
  persistent(id: PickleValue): PickleValue | undefined;
  /** Whether `target` has taken `state`, or does not need it. */
  build(target: PickleValue, state: PickleValue): boolean;
  /** A value's name in messages. */
  describe(value: PickleValue): string;
}

/** `damaged`: not a pickle, cut off, or too large. `refused`: refers to something outside the pickle. */
export class PickleError extends Error {
  override readonly name = "PickleError";

  constructor(
    readonly kind: "damaged" | "refused",
    readonly what: string,
  ) {
    super(`${kind}: ${what}`);
  }
}

/** The error for a pickle that is cut off or invalid. */
export function damaged(what: string): PickleError {
  return new PickleError("damaged", what);
}
