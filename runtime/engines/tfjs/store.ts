// The tensors behind an engine's handles.
import type { Tensor as TfTensor } from "@tensorflow/tfjs-core";
import type { HostDtype, HostType } from "../../../compiler/index.js";
import type { Tensor } from "../../tensor.js";
import type { Handle } from "../engine.js";
import { expectElements, keptFor } from "../held.js";
import type { Core } from "./backend.js";

/** TensorFlow.js has no uint8. */
const heldAs = { float32: "float32", int32: "int32", uint8: "int32" } as const satisfies Record<HostDtype, string>;

/** Handles and their tensors. */
export interface Store {
  hold(type: HostType, tensor: TfTensor): Handle;
  /** Replaces the tensor of a handle, freeing the old one. */
  replace(handle: Handle, tensor: TfTensor): void;
  tensorOf(handle: Handle): TfTensor;
  upload(tensor: Tensor): TfTensor;
}

/** Stores tensors in `held`, which the engine frees; `activate` makes its backend the current one of tfjs. */
export function createStore(core: Core, held: Map<Handle, TfTensor>, activate: () => void): Store {
  const tensorOf = (handle: Handle): TfTensor => keptFor(held, handle);
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
    upload: (tensor) => {
      expectElements(tensor);
      const { dtype, shape, data } = tensor;
      activate();
      return core.tensor(data instanceof Float64Array ? new Float32Array(data) : data, [...shape], heldAs[dtype]);
    },
  };
}
