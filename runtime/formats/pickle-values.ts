// What a pickle describes, and what the machine that reads it (pickle.ts) asks of its host.

/** Plain data, and functions of ours under the names that pickles know; nothing of the file's own runs. */
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

/** Python's bytes; never changed. */
export type PickleBytes = Uint8Array<ArrayBuffer>;

/** A Python dict; keys are compared as a Map does. */
export type PickleDict = Map<PickleValue, PickleValue>;

/** What a host puts in: discriminated by `kind`. */
export interface PickleObject {
  readonly kind: string;
}

/**
 * A class, a function or an object that the host does not know. Nothing of it was run: what Python would make of its parts
 * is not known here, the parts are.
 */
export interface Opaque extends PickleObject {
  readonly kind: "opaque";
  /** The global that it is, or that it would be made by: `argparse.Namespace`. */
  readonly name: string;
  /** What that would be called with; null where it is the global itself. */
  readonly given: readonly PickleValue[] | null;
  /** What it would be filled with: items of a list or set, items of a dict, attributes. */
  list?: PickleValue[];
  dict?: PickleDict;
  state?: PickleValue;
}

/** Whether it represents an object of a class that is not known here. */
export function isOpaque(value: PickleValue | undefined): value is Opaque {
  return isKind<Opaque>(value, "opaque");
}

/** Something that a pickle may call. */
export interface Callable extends PickleObject {
  readonly kind: "function";
  readonly name: string;
  /** Undefined where it makes nothing of these. */
  readonly call: (parameters: readonly PickleValue[]) => PickleValue | undefined;
}

/** A function of ours under the name that pickles know it by. */
export function callable(name: string, call: Callable["call"]): Callable {
  return { kind: "function", name, call };
}

/** Whether it is a function of ours. */
export function isCallable(value: PickleValue | undefined): value is Callable {
  return isKind<Callable>(value, "function");
}

/** A whole number, 0 among them, that counts exactly. */
export function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

/** Most dimensions that a tensor may have, as in PyTorch. */
const dimensionLimit = 64;

/** The sizes or strides of a tensor. */
export function isShape(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.length <= dimensionLimit && value.every(isCount);
}

/** Narrows a pickle's objects by `kind`. */
export function isKind<Kind extends PickleObject>(value: PickleValue | undefined, kind: Kind["kind"]): value is Kind {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

/** Gives a meaning to what a pickle asks for. Each function returns undefined where it knows none. */
export interface PickleHost {
  /** The value of `module.name`. */
  global(module: string, name: string): PickleValue | undefined;
  /** The result of calling what `global` gave. */
  call(callee: PickleValue, parameters: readonly PickleValue[]): PickleValue | undefined;
  /** The object of a persistent id. */
  persistent(id: PickleValue): PickleValue | undefined;
  /** Whether `target` has taken `state`, or does as well without it. */
  build(target: PickleValue, state: PickleValue): boolean;
  /** How to name a value in a message. */
  describe(value: PickleValue): string;
}

/** `damaged`: not a pickle, cut off, or beyond all bounds. `refused`: it asks for what is not in the pickle. */
export class PickleError extends Error {
  override readonly name = "PickleError";

  constructor(
    readonly kind: "damaged" | "refused",
    readonly what: string,
  ) {
    super(`${kind}: ${what}`);
  }
}

/** The error of a pickle that is cut off or makes no sense. */
export function damaged(what: string): PickleError {
  return new PickleError("damaged", what);
}
