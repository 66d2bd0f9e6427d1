// The tensors behind an engine's handles.
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import { sameShape, sizeOf, typeText, type TensorType } from "../../../compiler/index.js";
import type { Tensor } from "../../tensor.js";
import type { Handle } from "../engine.js";
import type { Core } from "./backend.js";

export interface Store {
  hold(type: TensorType, tensor: TfTensor): Handle;
  /** Gives a handle another tensor and frees the one it had. */
  replace(handle: Handle, tensor: TfTensor): void;
  tensorOf(handle: Handle): TfTensor;
  upload(tensor: Tensor): TfTensor;
}

export function createStore(core: Core, held: Map<Handle, TfTensor>, activate: () => void): Store {
  const tensorOf = (handle: Handle): TfTensor => {
    const tensor = held.get(handle);
    if (tensor === undefined) throw new Error(`internal: ${typeText(handle.type)} was released`);
    return tensor;
  };
  return {
    tensorOf,
    hold: (type, tensor) => {
      const handle: Handle = { type };
      held.set(handle, tensor);
      return handle;
    },
    replace: (handle, tensor) => {
      tensorOf(handle).dispose();
      held.set(handle, tensor);
    },
    upload: ({ dtype, shape, data }) => {
      if (data.length !== sizeOf(shape)) throw new Error(`internal: ${data.length} elements for [${shape.join(",")}]`);
      activate();
      return core.tensor(data instanceof Float64Array ? new Float32Array(data) : data, [...shape], dtype);
    },
  };
}

export function expectType(wanted: TensorType, given: TensorType): void {
  if (wanted.dtype === given.dtype && sameShape(wanted.shape, given.shape)) return;
  throw new Error(`internal: ${typeText(given)} given for ${typeText(wanted)}`);
}
