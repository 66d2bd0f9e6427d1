// Finds the tensors in the values of a pickle: nested dicts, lists, whole modules, objects of unknown classes. Everything else
// is described in a few words; a part without tensors as one entry.
import { excerpt, quoted } from "../printable.js";
import { isOpaque, type Opaque, type PickleValue } from "./pickle-values.js";
import { tensorIn } from "./torch-host.js";
import { isUnread, type TorchTensor } from "./torch-tensor.js";

/** The place of a value: the keys that lead to its dict, and its key there. */
export interface TreePath {
  readonly nest: readonly string[];
  readonly key: string;
}

/** A tensor and its path from the root. */
export interface PlacedTensor extends TreePath {
  readonly tensor: TorchTensor;
}

/** A value that is not a tensor, and what it is: `the number 3`. */
export interface PlacedOther extends TreePath {
  readonly what: string;
}

/** The contents of a file. */
export interface Tree {
  readonly tensors: readonly PlacedTensor[];
  readonly others: readonly PlacedOther[];
}

/** The deepest nesting that is searched, and the most other values that are listed per dict. */
const limits = { depth: 24, others: 200 };

/** All tensors below `root`, and everything else. */
export function treeOf(root: PickleValue): Tree {
  const tensors: PlacedTensor[] = [];
  const [nest, key] = [[], ""];
  const tensor = tensorIn(root);
  if (tensor !== undefined) return { tensors: [{ nest, key, tensor }], others: [] };
  const state: Walk = { tensors, found: 0, seen: new Map() };
  const others = walk(root, nest, state);
  return { tensors, others: state.found === 0 ? [{ nest, key, what: wordsFor(root) }] : others };
}

interface Walk {
  readonly tensors: PlacedTensor[];
  /** The number of tensors, including unsupported ones. */
  found: number;
  /** The first place of each container: pickles may contain one several times, or inside itself. */
  readonly seen: Map<PickleValue, string>;
}

/** Collects the tensors of a container and returns its other contents. */
function walk(container: PickleValue, nest: readonly string[], state: Walk): PlacedOther[] {
  const { tensors, seen } = state;
  const others: PlacedOther[] = [];
  let untold = 0;
  const note = (key: string, what: string): void => {
    if (others.length < limits.others) others.push({ nest, key, what });
    else untold += 1;
  };
  seen.set(container, nest.join("."));
  for (const [key, part] of partsOf(container)) {
    const tensor = tensorIn(part);
    const before = isContainer(part) ? seen.get(part) : undefined;
    if (tensor !== undefined || isUnread(part)) state.found += 1;
    if (tensor !== undefined) tensors.push({ nest, key: nameOf(key), tensor });
    else if (!isContainer(part)) note(nameOf(key), wordsFor(part));
    else if (before !== undefined) note(nameOf(key), `the same as ${quoted(before)}`);
    else if (nest.length > limits.depth) note(nameOf(key), "nested too deep to be looked at");
    else {
      const count = state.found;
      const inner = walk(part, [...nest, nameOf(key)], state);
      if (state.found > count) others.push(...inner);
      // A module without parameters, such as dropout, does not appear in a state dict either.
      else if (moduleOf(part) === null) note(nameOf(key), wordsFor(part));
    }
  }
  if (untold > 0) others.push({ nest, key: "…", what: `${untold} more values that are no tensors` });
  return others;
}

function isContainer(value: PickleValue): boolean {
  return value instanceof Map || Array.isArray(value) || isOpaque(value);
}

/** The values in a container, with their keys. */
function* partsOf(value: PickleValue): Generator<readonly [key: PickleValue, part: PickleValue]> {
  if (value instanceof Map) yield* value;
  if (Array.isArray(value)) yield* value.entries();
  if (!isOpaque(value)) return;
  const module = moduleOf(value);
  if (module !== null) return yield* module;
  for (const dict of [...(value.given ?? []), value.dict, value.state]) if (dict instanceof Map) yield* dict;
  if (value.list !== undefined) yield* value.list.entries();
}

/** The state dict of an nn.Module: its parameters and buffers by name, and its submodules; null for other values. */
function moduleOf(value: PickleValue): [key: PickleValue, part: PickleValue][] | null {
  const state = isOpaque(value) ? value.state : null;
  if (!(state instanceof Map)) return null;
  const [parameters, buffers, modules] = ["_parameters", "_buffers", "_modules"].map((name) => state.get(name));
  if (!(parameters instanceof Map && buffers instanceof Map && modules instanceof Map)) return null;
  return [...parameters, ...buffers, ...modules].filter(([, part]) => part !== null);
}

/** The name for a key, which may be any hashable value; values other than plain ones are only described. */
function nameOf(key: PickleValue): string {
  if (typeof key === "string") return key;
  return key === null || typeof key !== "object" ? excerpt(String(key)) : `(${wordsFor(key)})`;
}

/** A short description of a value that is not a tensor. */
function wordsFor(value: PickleValue): string {
  if (value === null) return "None";
  if (typeof value === "string") return "a text";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number" || typeof value === "bigint") return `the number ${excerpt(String(value), 24)}`;
  if (value instanceof Uint8Array) return `${value.length} bytes`;
  if (Array.isArray(value)) return `a list of ${value.length}`;
  if (value instanceof Map) return `a dict of ${value.size}`;
  if (value instanceof Set) return `a set of ${value.size}`;
  if (isUnread(value)) return value.what;
  return isOpaque(value) ? opaqueWords(value) : "an object";
}

function opaqueWords({ name, given }: Opaque): string {
  return given !== null ? `an object of ${quoted(name)}` : quoted(name);
}
