// Tensors in GPU memory. Numbers are uploaded when a run needs them and downloaded when a caller reads them; what a run writes
// for the next run stays on the device.
import { encodeModel, type HostDtype, type HostType, type Shape } from "../../../compiler/index.js";
import type { Pointer } from "./c-api.js";
import {
  afterTurns,
  createOptions,
  expectNoRefusal,
  inTurn,
  openRuntime,
  watchGpu,
  type Runtime,
} from "./koffi-runtime.js";
import { zeros, type Memory } from "./memory.js";
import type { DeviceArray, HostArray, OrtArray, SessionOptions } from "./ort-session.js";
import { elementType } from "./values.js";

/** OrtDeviceAllocator, the first device, OrtMemTypeDefault. */
const deviceMemory = ["WebGPU_Buffer", 0, 0, 0] as const;

/** Creates and releases tensors on the device, for the lifetime of the process. */
interface Device {
  readonly shared: Runtime;
  readonly allocator: Pointer;
}

let opened: Promise<Device> | undefined;

/** The memory of the GPU that ONNX Runtime finds. Rejects with OrtError `engine/model-rejected`, `engine/run-failed`. */
export async function openDeviceMemory(options: SessionOptions): Promise<Memory<LazyArray>> {
  opened ??= openDevice(options);
  return createMemory(await opened);
}

/** Creating a session makes ONNX Runtime open the device, and gives access to its allocator. */
async function openDevice(settings: SessionOptions): Promise<Device> {
  const shared = openRuntime();
  const { api, environment } = shared;
  watchGpu(shared);
  const options = createOptions(api, settings);
  const session = new BigUint64Array(1);
  try {
    await api.callAsync("CreateSessionFromArray", environment, identity, identity.byteLength, options, session);
  } finally {
    api.release("ReleaseSessionOptions", options);
  }
  const info = api.out("CreateMemoryInfo", ...deviceMemory);
  return { shared, allocator: api.out("CreateAllocator", session[0] ?? 0n, info) };
}

const one = { dtype: "float32", shape: [1] } as const;
const identity = encodeModel({
  opsets: [{ domain: "", version: 20 }],
  graph: {
    name: "identity",
    nodes: [{ op: "Identity", inputs: ["x"], outputs: ["y"] }],
    inputs: [{ name: "x", ...one }],
    outputs: [{ name: "y", ...one }],
    initializers: [],
  },
});

/** A tensor that is allocated at its first use, once it is known whether the program fits. */
class LazyArray implements DeviceArray {
  readonly dtype: HostDtype;
  readonly shape: Shape;
  #value: Pointer | null = null;

  constructor(
    { dtype, shape }: HostType,
    private readonly device: Device,
  ) {
    this.dtype = dtype;
    this.shape = shape;
  }

  get value(): Pointer {
    if (this.#value !== null) return this.#value;
    const { shared, allocator } = this.device;
    const dimensions = BigInt64Array.from(this.shape.length === 0 ? [0] : this.shape, BigInt);
    const call = [allocator, dimensions, this.shape.length, elementType[this.dtype]];
    this.#value = shared.api.out("CreateTensorAsOrtValue", ...call);
    expectNoRefusal();
    return this.#value;
  }

  /** Takes effect after all earlier calls to the device. */
  release(): void {
    const value = this.#value;
    if (value !== null) afterTurns(() => this.device.shared.api.release("ReleaseValue", value));
  }
}

function createMemory(device: Device): Memory<LazyArray> {
  const { api, environment, values } = device.shared;
  /** Numbers not yet uploaded. */
  const waiting = new Map<LazyArray, HostArray>();
  const copy = async (pairs: readonly (readonly [from: OrtArray, to: OrtArray])[]): Promise<void> => {
    const moved = pairs.filter(([{ shape }]) => !shape.includes(0));
    if (moved.length === 0) return;
    const from = BigUint64Array.from(moved, ([array]) => values.of(array));
    const to = BigUint64Array.from(moved, ([, array]) => values.of(array));
    await inTurn(() => api.callAsync("CopyTensors", environment, from, to, null, moved.length));
  };
  return {
    overwrites: false,
    empty: (type) => new LazyArray(type, device),
    hold: (numbers) => {
      const array = new LazyArray(numbers, device);
      waiting.set(array, numbers);
      return array;
    },
    write: (array, numbers) => void waiting.set(array, numbers),
    read: async (array) => {
      const here = waiting.get(array);
      if (here !== undefined) return here.data.slice();
      const result = zeros(array);
      await copy([[array, result]]);
      values.forget(result);
      return result.data;
    },
    settle: async (overwritten) => {
      const sent = [...waiting].filter(([array]) => !overwritten.has(array));
      waiting.clear();
      await copy(sent.map(([array, numbers]) => [numbers, array]));
      sent.forEach(([, numbers]) => values.forget(numbers));
    },
    forget: (array) => {
      waiting.delete(array);
      array.release();
    },
  };
}
