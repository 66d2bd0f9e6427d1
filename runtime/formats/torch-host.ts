// What a PyTorch pickle may refer to: tensors, parameters, storages, sizes, dtypes and ordered dicts, and NumPy arrays
// (numpy-host.ts). Nothing else is known, and nothing runs code of the file. Reads no bytes of tensors.
import { sizeOf } from "../../compiler/index.js";
import { excerpt, quoted } from "../printable.js";
import { elements, type ElementName } from "./elements.js";
import { isNumpyArray, numpyHost } from "./numpy-host.js";
import {
  callable,
  damaged,
  isCallable,
  isCount,
  isShape,
  isKind,
  isOpaque,
  type Callable,
  type PickleDict,
  type PickleHost,
  type PickleObject,
  type PickleValue,
} from "./pickle-values.js";
import { isUnread, unread, type TorchTensor, type UnreadTensor } from "./torch-tensor.js";

interface Storage extends PickleObject {
  readonly kind: "storage";
  readonly key: string;
  readonly element: ElementName;
  readonly count: number;
}

interface StorageType extends PickleObject {
  readonly kind: "storage type";
  /** Undefined for complex numbers, which are not read. */
  readonly element: ElementName | undefined;
  /** Bytes of one element. */
  readonly bytes: number;
}

/** The tensor that a value is or holds: PyTorch's, or a NumPy array. */
export function tensorIn(value: PickleValue | undefined): TorchTensor | undefined {
  if (isKind<TorchTensor>(value, "tensor")) return value;
  return isNumpyArray(value) ? value.tensor : undefined;
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

/** Bytes of a complex number. */
const complexTypes: ReadonlyMap<string, number> = new Map([
  ["ComplexFloatStorage", 8],
  ["ComplexDoubleStorage", 16],
]);

/** dtypes as values (`torch.float32`): they become their names. */
const elementTypeNames = new Set(
  ["float64", "float32", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"].map(
    (name) => `torch.${name}`,
  ),
);

/** The most elements of a tensor that is larger than its storage (an expanded one). */
const expandedLimit = 1_000_000;

/**
 * The host for one file. `hasStorage` checks that the file has a storage KEY of at least that many bytes; `budget` is the most
 * elements that all tensors may have together (several may share a storage).
 */
export function torchHost(hasStorage: (key: string, bytes: number) => boolean, budget: number): PickleHost {
  let total = 0;
  const counted = (tensor: TorchTensor): TorchTensor => {
    total += sizeOf(tensor.shape);
    if (total > budget) throw damaged(`its tensors have more than ${budget} elements, far more than the file`);
    return tensor;
  };
  const rebuild = (parameters: readonly PickleValue[]): TorchTensor | UnreadTensor | undefined => {
    const tensor = tensorOf(parameters);
    return tensor === undefined || isUnread(tensor) ? tensor : counted(tensor);
  };
  const rebuilders = ["_rebuild_tensor_v2", "_rebuild_tensor"].map((name) => callable(`torch._utils.${name}`, rebuild));
  const numpy = numpyHost(counted);
  const all = [...rebuilders, ...callables, ...numpy.functions];
  const functions = new Map(all.map((each) => [each.name, each]));
  return {
    global(module, name) {
      const full = `${module}.${name}`;
      if (elementTypeNames.has(full)) return full;
      return (module === "torch" ? storageType(name) : undefined) ?? functions.get(full);
    },
    call: (callee, parameters) => (isCallable(callee) ? callee.call(parameters) : undefined),
    persistent: (id) => storageOf(id, hasStorage),
    // The `_metadata` of a module's state dict (versions of its classes) is set as state; it is not needed.
    build: (target, state) => (target instanceof Map && state instanceof Map) || numpy.build(target, state),
    describe,
  };
}

const callables: readonly Callable[] = [
  callable("collections.OrderedDict", dictOf),
  callable("collections.Counter", dictOf),
  // Its default factory does not matter, since the dict is only read.
  callable("collections.defaultdict", () => new Map()),
  ...["builtins.set", "__builtin__.set"].map((name) => callable(name, setOf)),
  // A trainable tensor: (data, requires_grad, hooks[, attributes]).
  ...["_rebuild_parameter", "_rebuild_parameter_with_state"].map((name) =>
    callable(`torch._utils.${name}`, ([data]) => (isUnread(data) ? data : tensorIn(data))),
  ),
  // An instance of a tensor subclass is made like a tensor: (function, class, arguments, attributes).
  ...["_rebuild_from_type", "_rebuild_from_type_v2"].map((name) =>
    callable(`torch._tensor.${name}`, ([rebuild, , parameters]) =>
      isCallable(rebuild) && Array.isArray(parameters) ? rebuild.call(parameters) : undefined,
    ),
  ),
  callable("torch.Size", ([sizes]) => (isShape(sizes) ? sizes : undefined)),
];

/** OrderedDict(), OrderedDict([[key, value], …]) or Counter({…}). */
function dictOf([items, ...others]: readonly PickleValue[]): PickleDict | undefined {
  if (items === undefined) return new Map();
  if (items instanceof Map && others.length === 0) return new Map(items);
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

function setOf([items]: readonly PickleValue[]): Set<PickleValue> | undefined {
  return items === undefined || Array.isArray(items) ? new Set(items) : undefined;
}

/** ("storage", type, key, location, elements[, view]), written by torch.save for every storage. Unknown types stay opaque. */
function storageOf(id: PickleValue, hasStorage: (key: string, bytes: number) => boolean): PickleValue | undefined {
  if (!Array.isArray(id) || id[0] !== "storage" || (id[5] ?? null) !== null) return undefined;
  const [, type, key, , count] = id;
  if (isOpaque(type)) return type;
  if (!isKind<StorageType>(type, "storage type") || typeof key !== "string" || !isCount(count)) return undefined;
  const bytes = count * type.bytes;
  if (!hasStorage(key, bytes)) throw damaged(`it has no record \`data/${key}\` of ${bytes} bytes`);
  if (type.element === undefined) return unread("complex numbers, which are not read");
  const storage: Storage = { kind: "storage", key, element: type.element, count };
  return storage;
}

/** (storage, offset, sizes, strides, requires_grad, hooks, metadata); throws if it exceeds its storage. */
function tensorOf(parameters: readonly PickleValue[]): TorchTensor | UnreadTensor | undefined {
  const [storage, offset, shape, strides, , , metadata] = parameters;
  if (isOpaque(storage)) return undefined;
  if (isUnread(storage)) return storage;
  if (!isKind<Storage>(storage, "storage") || !isCount(offset) || !isShape(shape) || !isShape(strides))
    throw damaged("a tensor of it is not described by storage, offset, sizes and strides");
  if (shape.length !== strides.length)
    throw damaged(`a tensor of it has ${shape.length} sizes and ${strides.length} strides`);
  const size = sizeOf(shape);
  const last = shape.reduce((sum, dimension, i) => sum + (dimension - 1) * (strides[i] ?? 0), offset);
  if (size > 0 && !(last < storage.count)) {
    const what = `[${shape.join(", ")}] with strides [${strides.join(", ")}] from element ${offset}`;
    throw damaged(`a tensor of it, ${what}, reaches out of its storage of ${storage.count} elements`);
  }
  if (!(size <= Math.max(storage.count, expandedLimit)))
    throw damaged(`a tensor of it, [${shape.join(", ")}], repeats a storage of ${storage.count} elements`);
  const { element, key } = storage;
  const marks = marksIn(metadata);
  const unknown = marks.find((mark) => mark !== "neg" || elements[element].host !== "float32");
  if (unknown !== undefined) return unread(`numbers marked ${quoted(unknown)}, which are not those stored`);
  // Copied, since the pickle still holds these lists and could change them after the checks.
  const tensor = { element, shape: [...shape], strides: [...strides], offset, storage: key };
  return { kind: "tensor", ...tensor, ...(marks.length > 0 && { isNegative: true }) };
}

/** How the values differ from those of the storage: `neg`, `conj`, or flags of a device. */
function marksIn(metadata: PickleValue | undefined): string[] {
  if (metadata === undefined || metadata === null) return [];
  if (!(metadata instanceof Map)) throw damaged("the metadata of a tensor of it are no dict");
  return [...metadata].flatMap(([mark, isSet]) => (isSet === false ? [] : [typeof mark === "string" ? mark : "?"]));
}

function describe(value: PickleValue): string {
  if (isCallable(value) || isOpaque(value)) return value.name;
  if (isKind<PickleObject>(value, "storage type")) return "torch.Storage";
  if (isUnread(value) || tensorIn(value) !== undefined) return "torch.Tensor";
  if (value === null || typeof value !== "object") return excerpt(String(value));
  return value instanceof Map ? "a dict" : Array.isArray(value) ? "a list" : "an object";
}

function isStorageName(name: string): name is keyof typeof storageTypes {
  return Object.hasOwn(storageTypes, name);
}

function storageType(name: string): StorageType | undefined {
  const complex = complexTypes.get(name);
  if (complex !== undefined) return { kind: "storage type", element: undefined, bytes: complex };
  if (!isStorageName(name)) return undefined;
  const element = storageTypes[name];
  return { kind: "storage type", element, bytes: elements[element].bytes };
}
