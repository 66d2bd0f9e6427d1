// Reads ranges of a file: complete ranges or an error, in chunks (files may exceed 2 GiB), directly into host arrays. Knows
// element types, not file formats.
import type { FileHandle } from "node:fs/promises";
import type { Shape } from "../../compiler/index.js";
import { float32, int32, type Tensor } from "../tensor.js";
import { elements, type ElementName, type HostArray } from "./elements.js";
import { openRegular } from "./regular-file.js";
import { systemError } from "../errors/system-error.js";
import { excerpt, quoted } from "../printable.js";
import { messageOf, VlmoError, vlmoError } from "../errors/vlmo-error.js";

/** An open file, with its size in bytes at opening. */
export interface OpenFile {
  readonly path: string;
  readonly handle: FileHandle;
  readonly size: number;
}

/** Bytes per system call: below 2 GiB, the limit of such calls, and small enough for a conversion buffer. */
export const chunkBytes = 4 * 1024 * 1024;

/** Opens a regular file for reading. Throws V920. */
export async function openFile(path: string): Promise<OpenFile> {
  const handle = await openRegular(path, "V920");
  const { size } = await handle.stat();
  return { path, handle, size };
}

/** Fills `into` from byte `position` on. Throws V920 (device error), V921 (the file is too short). */
export async function readExactly(file: OpenFile, into: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < into.length) {
    const length = Math.min(into.length - done, 64 * chunkBytes);
    const { bytesRead } = await file.handle.read(into, done, length, position + done).catch((error: unknown) => {
      throw systemError("V920", file.path, error);
    });
    if (bytesRead === 0) throw vlmoError("V921", { file: file.path, reason: `it ends at byte ${position + done}` });
    done += bytesRead;
  }
}

/** The bytes of an array, not copied. */
export function bytesOf({ buffer, byteOffset, byteLength }: Float32Array): Uint8Array {
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** Bytes `position` to `position + length`. Throws V921 if the file is too short. */
export async function readBytes(file: OpenFile, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  if (position + length > file.size)
    throw vlmoError("V921", { file: file.path, reason: `it ends at byte ${file.size}` });
  const bytes = new Uint8Array(length);
  await readExactly(file, bytes, position);
  return bytes;
}

/** Consecutive elements in a file: the tensor's name for messages, type, position and count. */
export interface ElementRun {
  readonly tensor: string;
  readonly element: ElementName;
  /** Position of the first byte, from the start of the file. */
  readonly position: number;
  readonly count: number;
}

/**
 * Reads `run` into a new host array. `wide` keeps F64 as a Float64Array. Throws V922 for a value that does not fit, V921 if the
 * file is too short, V920 for a device error or insufficient memory.
 */
export async function readElements(file: OpenFile, run: ElementRun, wide = false): Promise<HostArray> {
  const { bytes, host } = elements[run.element];
  if (run.position + run.count * bytes > file.size) {
    throw vlmoError("V921", { file: file.path, reason: `it ends before the tensor ${quoted(run.tensor)}` });
  }
  const into = allocate(
    file.path,
    run.count,
    host === "int32" ? Int32Array : wide && bytes === 8 ? Float64Array : Float32Array,
  );
  if (bytes === into.BYTES_PER_ELEMENT && (run.element === "F32" || run.element === "I32" || run.element === "F64")) {
    await readExactly(file, new Uint8Array(into.buffer), run.position);
    return into;
  }
  const chunkElements = chunkBytes / bytes;
  const chunk = new Uint8Array(Math.min(run.count, chunkElements) * bytes);
  for (let at = 0; at < run.count; at += chunkElements) {
    const count = Math.min(chunkElements, run.count - at);
    await readExactly(file, chunk.subarray(0, count * bytes), run.position + at * bytes);
    const misfit = elements[run.element].convert(chunk.buffer, count, into, at);
    if (misfit >= 0) throw misfitError(file.path, run, { from: chunk.buffer, at: misfit, index: at + misfit });
  }
  return into;
}

/** Elements of a run in memory: `run.position` counts from the start of `bytes`. Throws V921, V922. */
export function elementsIn(file: OpenFile, run: ElementRun, bytes: Uint8Array<ArrayBuffer>): HostArray {
  const { bytes: width, host, convert } = elements[run.element];
  const stretch = bytes.slice(run.position, run.position + run.count * width);
  if (stretch.length < run.count * width)
    throw vlmoError("V921", { file: file.path, reason: `it ends before the tensor ${quoted(run.tensor)}` });
  const into = allocate(file.path, run.count, host === "int32" ? Int32Array : Float32Array);
  const misfit = convert(stretch.buffer, run.count, into, 0);
  if (misfit >= 0) throw misfitError(file.path, run, { from: stretch.buffer, at: misfit, index: misfit });
  return into;
}

/** The tensor of `shape` over `data`. */
export function tensorOver(shape: Shape, data: HostArray): Tensor {
  if (data instanceof Int32Array) return int32(shape, data);
  if (data instanceof Float32Array) return float32(shape, data);
  return { dtype: "float32", shape, data };
}

function allocate(path: string, count: number, array: new (count: number) => HostArray): HostArray {
  try {
    return new array(count);
  } catch (error) {
    throw systemError("V920", path, error);
  }
}

/** An element of `from`, at `index` in the tensor. */
interface Misfit {
  readonly from: ArrayBuffer;
  readonly at: number;
  readonly index: number;
}

/** V922 for a value that fits none of our types; `reason` is the part of its message about the tensor. */
export class MisfitError extends VlmoError {
  constructor(
    path: string,
    tensor: string,
    readonly reason: string,
  ) {
    super("V922", messageOf("V922", { file: path, tensor: excerpt(tensor), reason }), { file: path });
  }
}

function misfitError(path: string, run: ElementRun, { from, at, index }: Misfit): MisfitError {
  const isInteger = run.element === "I64";
  const value = isInteger ? new BigInt64Array(from, 0, at + 1)[at] : new Float64Array(from, 0, at + 1)[at];
  return new MisfitError(
    path,
    run.tensor,
    `element ${index}, ${value}, does not fit ${isInteger ? "int32" : "float32"}`,
  );
}
