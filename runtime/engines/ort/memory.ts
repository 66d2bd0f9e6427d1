// Where the tensors of an engine live: beside us, or on a GPU.
import { sizeOf, type HostType } from "../../../compiler/index.js";
import { arrays } from "../../tensor.js";
import type { HostArray, OrtArray } from "./ort-session.js";

/** What the engine needs of the place. Numbers are host arrays, by which they come and go. */
export interface Memory<A extends OrtArray> {
  /** Whether an operation may write its result over what it reads. */
  readonly overwrites: boolean;
  /** Room for a tensor, whose numbers are not set. */
  empty(type: HostType): A;
  /** A tensor of these numbers, whose array may be taken. */
  hold(numbers: HostArray): A;
  /** Replaces the numbers; their array must stay as it is until the next run ends. */
  write(array: A, numbers: HostArray): void;
  /** A copy of the numbers. */
  read(array: A): Promise<HostArray["data"]>;
  /** To be awaited before a run. What it is about to overwrite may be left as it is. */
  settle(overwritten: ReadonlySet<A>): Promise<void>;
  /** Frees what was made natively for an array that no run needs any more. */
  forget(array: A): void;
}

/** An array of zeros. */
export function zeros({ dtype, shape }: HostType): HostArray {
  return { dtype, shape, data: new arrays[dtype](sizeOf(shape)) } as HostArray; // the array of the type
}

/** Tensors are our own arrays, which ONNX Runtime reads and writes in place. */
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
