// Tensors of .pt files: described by storage, sizes and strides; made contiguous when they are read.
import { sizeOf, type Shape } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { elementsIn, readElements, tensorOver, type OpenFile } from "./bytes.js";
import { elements, type ElementName, type HostArray } from "./elements.js";
import { isKind, type PickleBytes, type PickleObject, type PickleValue } from "./pickle-values.js";

/** A tensor that is described but not read. Offset and strides count elements of the storage. */
export interface TorchTensor extends PickleObject {
  readonly kind: "tensor";
  readonly element: ElementName;
  readonly shape: Shape;
  readonly strides: readonly number[];
  readonly offset: number;
  /** The key of a storage in the file, or the bytes of the elements if the pickle holds them. */
  readonly storage: string | PickleBytes;
  /** The tensor is the negative of what is stored (PyTorch's negative bit), e.g. the imaginary part of a conjugate. */
  readonly isNegative?: true;
}

/** A tensor whose elements are not supported, with what they are: `complex numbers, which are not read`. */
export interface UnreadTensor extends PickleObject {
  readonly kind: "unread";
  readonly what: string;
}

/** Makes an unsupported tensor; `what` its elements are is for messages. */
export function unread(what: string): UnreadTensor {
  return { kind: "unread", what };
}

/** Whether a value is an unsupported tensor. */
export function isUnread(value: PickleValue | undefined): value is UnreadTensor {
  return isKind<UnreadTensor>(value, "unread");
}

/** A tensor, its name for messages, and the position of its storage in the file. */
export interface TensorRequest {
  readonly tensor: TorchTensor;
  readonly name: string;
  readonly begin: number;
}

/** Reads the part of the storage that the tensor covers. Throws V920, V921, V922. */
export async function readTorchTensor(file: OpenFile, { tensor, name, begin }: TensorRequest): Promise<Tensor> {
  const { element, shape, strides, offset, storage, isNegative } = tensor;
  const span = sizeOf(shape) === 0 ? 0 : shape.reduce((sum, size, i) => sum + (size - 1) * (strides[i] ?? 0), 1);
  const run = { tensor: name, element, position: begin + offset * elements[element].bytes, count: span };
  const data = typeof storage === "string" ? await readElements(file, run) : elementsIn(file, run, storage);
  const numbers = isContiguous(tensor) ? data : gather(data, tensor);
  return tensorOver(shape, isNegative === true ? numbers.map((value) => -value) : numbers);
}

/** Whether the elements are contiguous in row-major order. */
function isContiguous({ shape, strides }: TorchTensor): boolean {
  let wanted = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const dimension = shape[i] ?? 1;
    if (dimension === 0) return true;
    if (dimension > 1 && strides[i] !== wanted) return false;
    wanted *= dimension;
  }
  return true;
}

function gather(data: HostArray, { shape, strides }: TorchTensor): HostArray {
  const size = sizeOf(shape);
  const into = data instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < size; i++) {
    into[i] = data[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      index[axis] = next;
      if (next < (shape[axis] ?? 1)) break;
      index[axis] = 0;
      from -= next * (strides[axis] ?? 0);
    }
  }
  return into;
}
