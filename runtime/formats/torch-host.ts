// What a PyTorch pickle may ask for: tensors, parameters, storages, sizes, element types and ordered dicts. The whole
// whitelist stands here; nothing on it runs code. Reads no bytes of tensors.
import { elements, type ElementName } from "./elements.js";
import { PickleError, type PickleDict, type PickleHost, type PickleObject, type PickleValue } from "./pickle.js";
import { sizeOf, type Shape } from "../../compiler/index.js";

/** A tensor of a .pt file that has been described but not read. Offsets and strides count elements of the storage. */
export interface TorchTensor extends PickleObject {
  readonly kind: "tensor";
  readonly element: ElementName;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** Name of the storage: the record `data/NAME` of the archive. */
  readonly storage: string;
}

interface Storage extends PickleObject {
  readonly kind: "storage";
  readonly key: string;
  readonly element: ElementName;
  readonly count: number;
}

interface StorageType extends PickleObject {
  readonly kind: "storage type";
  readonly element: ElementName;
}

interface Callable extends PickleObject {
  readonly kind: "function";
  readonly name: string;
  readonly call: (parameters: readonly PickleValue[]) => PickleValue | undefined;
}

export function isTorchTensor(value: PickleValue | undefined): value is TorchTensor {
  return isKind<TorchTensor>(value, "tensor");
}

const storageTypes = {
  DoubleStorage: "F64",
  FloatStorage: "F32",
  HalfStorage: "F16",
  BFloat16Storage: "BF16",
  LongStorage: "I64",
  IntStorage: "I32",
  ShortStorage: "I16",
  CharStorage: "I8",
  ByteStorage: "U8",
  BoolStorage: "BOOL",
} as const satisfies Readonly<Record<string, ElementName>>;

/** Element types as values (`torch.float32`): they become their names. */
const elementTypeNames = new Set(
  ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"].map(
    (name) => `torch.${name}`,
  ),
);

/** Most dimensions a tensor may have, as in PyTorch. */
const dimensionLimit = 64;

/** Largest tensor that may be larger than its storage (an expanded one), in elements. */
const expandedLimit = 1_000_000;

/**
 * The host of one file. `hasStorage` says whether the archive has `data/KEY` with at least so many bytes; `budget` is the
 * most elements that all tensors together may have (many may share one storage).
 */
export function torchHost(hasStorage: (key: string, bytes: number) => boolean, budget: number): PickleHost {
  let total = 0;
  const rebuild = (parameters: readonly PickleValue[]): TorchTensor => {
    const tensor = tensorOf(parameters);
    total += sizeOf(tensor.shape);
    if (total > budget)
      throw new PickleError("damaged", `its tensors have more than ${budget} elements, far more than the file`);
    return tensor;
  };
  const ordered = new WeakSet<PickleDict>();
  const orderedDict: Callable = {
    kind: "function",
    name: "collections.OrderedDict",
    call: (parameters) => {
      const dict = dictOf(parameters);
      if (dict !== undefined) ordered.add(dict);
      return dict;
    },
  };
  const tensors = ["_rebuild_tensor_v2", "_rebuild_tensor"].map((name): Callable => ({
    kind: "function",
    name: `torch._utils.${name}`,
    call: rebuild,
  }));
  const functions = new Map([orderedDict, ...tensors, ...callables].map((callable) => [callable.name, callable]));
  return {
    global(module, name) {
      const full = `${module}.${name}`;
      if (elementTypeNames.has(full)) return full;
      if (module === "torch" && isStorageName(name)) return storageType(storageTypes[name]);
      return functions.get(full);
    },
    call: (callee, parameters) => (isKind<Callable>(callee, "function") ? callee.call(parameters) : undefined),
    persistent: (id) => storageOf(id, hasStorage),
    // A state dict saved by a module carries `_metadata` with the versions of its classes; nothing reads it here.
    acceptsState: (target, state) => target instanceof Map && ordered.has(target) && state instanceof Map,
    describe,
  };
}

const callables: readonly Callable[] = [
  // A parameter is a tensor that is trained; (data, requires_grad, hooks).
  {
    kind: "function",
    name: "torch._utils._rebuild_parameter",
    call: ([data]) => (isTorchTensor(data) ? data : undefined),
  },
  { kind: "function", name: "torch.Size", call: ([sizes]) => (isIntegers(sizes) ? sizes : undefined) },
];

/** OrderedDict() or OrderedDict([[key, value], …]). */
function dictOf([items, ...others]: readonly PickleValue[]): PickleDict | undefined {
  if (items === undefined) return new Map();
  if (others.length > 0 || !Array.isArray(items)) return undefined;
  const dict: PickleDict = new Map();
  for (const item of items) {
    if (!Array.isArray(item) || item.length !== 2) return undefined;
    const [key, value] = item;
    if (key === undefined || value === undefined) return undefined;
    dict.set(key, value);
  }
  return dict;
}

/** ("storage", type, key, location, elements), written by torch.save for every storage. */
function storageOf(id: PickleValue, hasStorage: (key: string, bytes: number) => boolean): Storage | undefined {
  if (!Array.isArray(id) || id.length !== 5 || id[0] !== "storage") return undefined;
  const [, type, key, , count] = id;
  if (!isKind<StorageType>(type, "storage type") || typeof key !== "string" || !isCount(count)) return undefined;
  const bytes = count * elements[type.element].bytes;
  if (!hasStorage(key, bytes)) throw new PickleError("damaged", `it has no record \`data/${key}\` of ${bytes} bytes`);
  return { kind: "storage", key, element: type.element, count };
}

/** (storage, offset, sizes, strides, …): refused where it reaches out of its storage. */
function tensorOf(parameters: readonly PickleValue[]): TorchTensor {
  const [storage, offset, shape, strides] = parameters;
  if (!isKind<Storage>(storage, "storage") || !isCount(offset) || !isIntegers(shape) || !isIntegers(strides)) {
    throw new PickleError("damaged", "a tensor of it is not described by storage, offset, sizes and strides");
  }
  if (shape.length !== strides.length || shape.length > dimensionLimit) {
    throw new PickleError("damaged", `a tensor of it has ${shape.length} sizes and ${strides.length} strides`);
  }
  const size = sizeOf(shape);
  const last = shape.reduce((sum, dimension, i) => sum + (dimension - 1) * (strides[i] ?? 0), offset);
  if (size > 0 && !(last < storage.count)) {
    const what = `[${shape.join(", ")}] with strides [${strides.join(", ")}] from element ${offset}`;
    throw new PickleError(
      "damaged",
      `a tensor of it, ${what}, reaches out of its storage of ${storage.count} elements`,
    );
  }
  if (!(size <= Math.max(storage.count, expandedLimit))) {
    throw new PickleError(
      "damaged",
      `a tensor of it, [${shape.join(", ")}], repeats a storage of ${storage.count} elements`,
    );
  }
  // Copied: the pickle still holds these lists and could change them after they were checked.
  return {
    kind: "tensor",
    element: storage.element,
    shape: [...shape],
    strides: [...strides],
    offset,
    storage: storage.key,
  };
}

function describe(value: PickleValue): string {
  if (isKind<Callable>(value, "function")) return value.name;
  if (isKind<PickleObject>(value, "storage type")) return "torch.Storage";
  if (isTorchTensor(value)) return "torch.Tensor";
  if (value === null || typeof value !== "object") return String(value).slice(0, 80);
  return value instanceof Map ? "dict" : Array.isArray(value) ? "a list" : "an object";
}

function isStorageName(name: string): name is keyof typeof storageTypes {
  return Object.hasOwn(storageTypes, name);
}

function storageType(element: ElementName): StorageType {
  return { kind: "storage type", element };
}

function isKind<Kind extends PickleObject>(value: PickleValue | undefined, kind: Kind["kind"]): value is Kind {
  return typeof value === "object" && value !== null && "kind" in value && value.kind === kind;
}

function isCount(value: PickleValue | undefined): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function isIntegers(value: PickleValue | undefined): value is number[] {
  return Array.isArray(value) && value.every(isCount);
}
