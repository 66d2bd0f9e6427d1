// Safetensors files: read tensor by tensor, written as a stream and atomically. Not a port of the reference library: only what
// is needed here, with every bound checked.
import { createHash } from "node:crypto";
import type { FileHandle } from "node:fs/promises";
import type { Tensor, Tensors } from "../tensor.js";
import { writeAtomically } from "./atomic.js";
import { openFile, chunkBytes, readElements, tensorOver, type ElementRun, type OpenFile } from "./bytes.js";
import { assertLittleEndian, elements, type ElementName } from "./elements.js";
import { formatWords, recognise } from "./recognise.js";
import { systemError } from "../errors/system-error.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { headerBytes, readHeader, type Header, type TensorEntry } from "./safetensors-header.js";

/** An open file with a validated header. Tensors are read on request; the caller closes it. */
export interface SafetensorsFile extends Header {
  readonly path: string;
  /** Reads one tensor (F16, BF16, F32, F64 as float32; other types as int32). Throws V920, V921, V922. */
  read(name: string): Promise<Tensor>;
  close(): Promise<void>;
}

/** How elements are converted. */
export interface ReadOptions {
  /** Keep F64 as Float64Array instead of rounding to float32. */
  readonly wide?: boolean;
}

/** Opens a safetensors file. Throws V920 (cannot be read), V924 (another format), V921 (damaged), V922 (unsupported type). */
export async function openSafetensors(path: string, { wide = false }: ReadOptions = {}): Promise<SafetensorsFile> {
  const file = await openFile(path);
  try {
    const format = await recognise(file);
    if (format === "safetensors") return await safetensorsFile(file, { wide });
    throw vlmoError("V924", { file: path, reason: formatWords[format] }, { help: "name a .safetensors file" });
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

/** As `openSafetensors`, for an open file, which the caller closes if this throws. */
export async function safetensorsFile(file: OpenFile, { wide = false }: ReadOptions = {}): Promise<SafetensorsFile> {
  assertLittleEndian();
  const { path } = file;
  const header = await readHeader(file);
  const read = async (name: string): Promise<Tensor> => {
    const entry = header.entries.get(name);
    if (entry === undefined) throw vlmoError("V922", { file: path, tensor: name, reason: "the file does not hold it" });
    return tensorOver(entry.shape, await readElements(file, runOf(entry), wide));
  };
  return { path, ...header, read, close: () => file.handle.close() };
}

/** Reads every tensor of a file, sorted by name. Throws as `openSafetensors`. */
export async function readSafetensors(path: string, options: ReadOptions = {}): Promise<Map<string, Tensor>> {
  const file = await openSafetensors(path, options);
  try {
    const tensors = new Map<string, Tensor>();
    for (const name of [...file.entries.keys()].sort()) tensors.set(name, await file.read(name));
    return tensors;
  } finally {
    await file.close();
  }
}

function runOf({ name, element, begin, end }: TensorEntry): ElementRun {
  return { tensor: name, element, position: begin, count: (end - begin) / elements[element].bytes };
}

/** The size of a written file, and the SHA-256 of its content in hexadecimal. */
export interface Written {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes `tensors` atomically, sorted by name (wider elements first, to keep each aligned); float32 tensors in a Float64Array
 * are written as F64. Throws V923, leaving what was at `path` untouched.
 */
export async function writeSafetensors(
  path: string,
  tensors: Tensors,
  metadata: ReadonlyMap<string, string> = new Map(),
): Promise<Written> {
  assertLittleEndian();
  if (tensors.has("__metadata__")) throw new Error("internal: a tensor named `__metadata__` cannot be written");
  const entries = layOut(tensors);
  const hash = createHash("sha256");
  let bytes = 0;
  await writeAtomically(path, async (handle) => {
    const write = async (chunk: Uint8Array): Promise<void> => {
      hash.update(chunk);
      await writeWhole(handle, chunk);
      bytes += chunk.length;
    };
    await write(headerBytes(entries, metadata));
    for (const { name } of entries) {
      const { data } = present(tensors.get(name));
      for (let at = 0; at < data.byteLength; at += chunkBytes) {
        await write(new Uint8Array(data.buffer, data.byteOffset + at, Math.min(chunkBytes, data.byteLength - at)));
      }
    }
  });
  return { bytes, sha256: hash.digest("hex") };
}

function layOut(tensors: Tensors): TensorEntry[] {
  const named = [...tensors].map(([name, tensor]) => ({ name, tensor, element: elementOf(tensor) }));
  const width = (element: ElementName) => elements[element].bytes;
  named.sort((a, b) => width(b.element) - width(a.element) || (a.name < b.name ? -1 : 1));
  let begin = 0;
  return named.map(({ name, tensor, element }) => {
    const end = begin + tensor.data.byteLength;
    const entry = { name, element, shape: tensor.shape, begin, end };
    begin = end;
    return entry;
  });
}

function elementOf({ data }: Tensor): ElementName {
  if (data instanceof Float64Array) return "F64";
  return data instanceof Int32Array ? "I32" : "F32";
}

/** A write may take fewer bytes than given, e.g. shortly before the disk is full. */
async function writeWhole(handle: FileHandle, chunk: Uint8Array): Promise<void> {
  let done = 0;
  while (done < chunk.length) {
    const { bytesWritten } = await handle.write(chunk, done, chunk.length - done);
    done += bytesWritten;
  }
}

function present<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error("internal: a tensor went missing while it was written");
  return value;
}

/** SHA-256 of a file's content in hexadecimal, and its size. Throws V920. */
export async function hashFile(path: string): Promise<Written> {
  const file = await openFile(path);
  try {
    const hash = createHash("sha256");
    const chunk = new Uint8Array(chunkBytes);
    for (let position = 0; ;) {
      const { bytesRead } = await file.handle.read(chunk, 0, chunk.length, position);
      if (bytesRead === 0) return { bytes: position, sha256: hash.digest("hex") };
      hash.update(chunk.subarray(0, bytesRead));
      position += bytesRead;
    }
  } catch (error) {
    throw systemError("V920", path, error);
  } finally {
    await file.handle.close();
  }
}
