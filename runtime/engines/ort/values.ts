// OrtValues over host arrays: made once per HostArray, reused in every run, released when the array is forgotten or
// garbage-collected. An OrtValue owns no data; it points into the array's memory, which never moves.
import type { HostDtype } from "../../../compiler/index.js";
import type { CApi, Pointer } from "./c-api.js";
import type { HostArray, OrtArray } from "./ort-session.js";

/** ONNXTensorElementDataType. */
export const elementType = { float32: 1, uint8: 2, int32: 6 } as const satisfies Record<HostDtype, number>;
const deviceAllocator = 0;
const defaultMemory = 0;

/** The native values of host arrays. */
export interface Values {
  /** The OrtValue of an array. The caller must keep the array referenced while native code may use the value. */
  of(array: OrtArray): Pointer;
  /** Releases the value of an array that no run uses any more, earlier than garbage collection would. */
  forget(array: HostArray): void;
}

/** The values of one loaded library, for the lifetime of the thread. */
export function createValues(api: CApi): Values {
  const memory = api.out("CreateCpuMemoryInfo", deviceAllocator, defaultMemory);
  const known = new WeakMap<HostArray, Pointer>();
  const collected = new FinalizationRegistry<Pointer>((value) => api.release("ReleaseValue", value));
  const make = (array: HostArray): Pointer => {
    const cached = known.get(array);
    if (cached !== undefined) return cached;
    const { shape, dtype } = array;
    const data = settled(array.data);
    const dimensions = BigInt64Array.from(shape, BigInt);
    const value = api.out(
      "CreateTensorWithDataAsOrtValue",
      ...[memory, data, array.data.byteLength, settled(dimensions), shape.length, elementType[dtype]],
    );
    known.set(array, value);
    collected.register(array, value, array);
    return value;
  };
  return {
    of: (array) => ("value" in array ? array.value : make(array)),
    forget: (array) => {
      const value = known.get(array);
      if (value === undefined) return;
      known.delete(array);
      collected.unregister(array);
      api.release("ReleaseValue", value);
    },
  };
}

/** The address of tensors without elements: ONNX Runtime requires one. */
const nothing = new Int32Array(1);

/** V8 moves short typed arrays until their `buffer` is accessed; from then on their memory is stable. */
function settled<A extends HostArray["data"] | BigInt64Array>(array: A): A | Int32Array {
  return array.buffer.byteLength === 0 ? nothing : array;
}
