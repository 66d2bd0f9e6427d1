// The memory of an engine's tensors: host arrays, or a GPU.
import { sizeOf, type HostType } from "../../../compiler/index.js";
import { arrays } from "../../tensor.js";
import type { HostArray, OrtArray } from "./ort-session.js";

/** What the engine needs of it. Numbers are passed as host arrays. */
export interface Memory<A extends OrtArray> {
  /** Whether an operation may write its result over its input. */
  readonly overwrites: boolean;
  /** An uninitialised tensor. */
  empty(type: HostType): A;
  /** A tensor of these numbers; may take the array over. */
  hold(numbers: HostArray): A;
  /** Replaces the numbers. Their array must not change until the next run ends. */
  write(array: A, numbers: HostArray): void;
  /** A copy of the numbers. */
  read(array: A): Promise<HostArray["data"]>;
  /** Must be awaited before a run: writes pending numbers, except to tensors that the run overwrites. */
  settle(overwritten: ReadonlySet<A>): Promise<void>;
  /** Frees the native value of an array that no run uses any more. */
  forget(array: A): void;
}

/** Zeros of that type. */
export function zeros({ dtype, shape }: HostType): HostArray {
  return { dtype, shape, data: new arrays[dtype](sizeOf(shape)) } as HostArray; // the array of that type
}

/** Tensors as host arrays, which ONNX Runtime reads and writes in place. */
export function hostMemory(forget: (array: HostArray) => void): Memory<HostArray> {
  return {
    overwrites: true,
    empty: zeros,
    hold: (numbers) => numbers,
    write: (array, { data }) => array.data.set(data),
    read: async ({ data }) => data.slice(),
    settle: async () => undefined,
    forget,
  };
}
