// NumPy arrays and scalars in pickles, whose bytes are in the pickle itself. Arrays become tensors, scalars numbers; arrays of
// objects, of texts and in big-endian order are not read.
import { sizeOf, type Shape } from "../../compiler/index.js";
import { elements, type ElementName } from "./elements.js";
import {
  callable,
  damaged,
  isCallable,
  isCount,
  isKind,
  isShape,
  type Callable,
  type PickleObject,
  type PickleValue,
} from "./pickle-values.js";
import type { TorchTensor } from "./torch-tensor.js";

/** An array; it gets its tensor when the pickle sets its state. */
export interface NumpyArray extends PickleObject {
  readonly kind: "array";
  tensor?: TorchTensor;
}

/** A dtype; the pickle sets its byte order later. */
interface NumpyType extends PickleObject {
  readonly kind: "dtype";
  element: ElementName | undefined;
}

/** The part of a pickle's host for NumPy. */
export interface NumpyHost {
  readonly functions: readonly Callable[];
  /** Sets the state of an array or dtype; false if `target` is neither. */
  build(target: PickleValue, state: PickleValue): boolean;
}

/** Whether a value is a NumPy array. */
export function isNumpyArray(value: PickleValue | undefined): value is NumpyArray {
  return isKind<NumpyArray>(value, "array");
}

const typeNames: Readonly<Record<string, ElementName>> = {
  f8: "F64",
  f4: "F32",
  f2: "F16",
  i8: "I64",
  i4: "I32",
  i2: "I16",
  i1: "I8",
  u1: "U8",
  b1: "BOOL",
};

/** Shape, dtype, whether the order is Fortran's (the first dimension is contiguous), bytes. */
type Parts = readonly (PickleValue | undefined)[];

/** `counted` accounts for a tensor before it is used. */
export function numpyHost(counted: (tensor: TorchTensor) => TorchTensor): NumpyHost {
  const filled = (array: NumpyArray, parts: Parts): NumpyArray => {
    const tensor = tensorOf(parts);
    if (tensor !== undefined) array.tensor = counted(tensor);
    return array;
  };
  const calls: Readonly<Record<string, Callable["call"]>> = {
    "numpy.ndarray": () => undefined,
    "numpy.dtype": typeOf,
    "_codecs.encode": encoded,
    // NumPy 2 renamed `core` to `_core`.
    ...bothCores("multiarray._reconstruct", ([type]) =>
      isCallable(type) && type.name === "numpy.ndarray" ? newArray() : undefined,
    ),
    ...bothCores("multiarray.scalar", numberOf),
    ...bothCores("numeric._frombuffer", ([bytes, type, shape, order]) =>
      filled(newArray(), [shape, type, order === "F", bytes]),
    ),
  };
  return {
    functions: Object.entries(calls).map(([name, call]) => callable(name, call)),
    build(target, state) {
      const isType = isKind<NumpyType>(target, "dtype");
      if (!Array.isArray(state) || !(isType || isNumpyArray(target))) return false;
      // The states: (version, byte order, …) for dtypes; (version, …) followed by the parts for arrays.
      if (!isType) filled(target, state.slice(1, 5));
      else if (state[1] === ">") target.element = undefined;
      return true;
    },
  };
}

function bothCores(name: string, call: Callable["call"]): Record<string, Callable["call"]> {
  return { [`numpy.core.${name}`]: call, [`numpy._core.${name}`]: call };
}

function newArray(): NumpyArray {
  return { kind: "array" };
}

function typeOf([name]: readonly PickleValue[]): NumpyType | undefined {
  const element = typeof name === "string" ? typeNames[name.replace(/^[<|=]/, "")] : undefined;
  return element === undefined ? undefined : { kind: "dtype", element };
}

/** Bytes as protocol 2 writes them: as latin1 text. */
function encoded([text, encoding]: readonly PickleValue[]): PickleValue | undefined {
  if (typeof text !== "string" || encoding !== "latin1") return undefined;
  return new Uint8Array(Buffer.from(text, "latin1"));
}

function numberOf([type, bytes]: readonly PickleValue[]): number | undefined {
  if (!isKind<NumpyType>(type, "dtype") || type.element === undefined || !(bytes instanceof Uint8Array))
    return undefined;
  const { bytes: width, convert } = elements[type.element];
  const into = new Float64Array(1);
  const fits = bytes.length === width && convert(bytes.slice().buffer, 1, into, 0) < 0;
  return fits ? into[0] : undefined;
}

/** Undefined for unsupported element types. */
function tensorOf([shape, type, isFortran, bytes]: Parts): TorchTensor | undefined {
  const element = isKind<NumpyType>(type, "dtype") ? type.element : undefined;
  if (element === undefined || !(bytes instanceof Uint8Array)) return undefined;
  if (!isShape(shape) || !isCount(sizeOf(shape))) throw damaged("an array of NumPy in it has no shape");
  const wanted = sizeOf(shape) * elements[element].bytes;
  if (bytes.length !== wanted)
    throw damaged(`an array of NumPy in it, [${shape.join(", ")}], has ${bytes.length} bytes instead of ${wanted}`);
  const strides = stridesOf(shape, isFortran === true);
  return { kind: "tensor", element, shape: [...shape], strides, offset: 0, storage: bytes };
}

/** Row-major, or column-major with `isFortran`. */
function stridesOf(shape: Shape, isFortran: boolean): number[] {
  const strides = shape.map(() => 1);
  const order = isFortran ? [...shape.keys()] : [...shape.keys()].reverse();
  let step = 1;
  for (const axis of order) {
    strides[axis] = step;
    step *= shape[axis] ?? 1;
  }
  return strides;
}
