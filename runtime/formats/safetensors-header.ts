// The header of a safetensors file: eight bytes of length, then JSON that names every tensor with type, shape and place.
// Checked in full before a tensor is read; written with sorted names and padded to 64 bytes. Reads no tensor.
import { z } from "zod";
import { sizeOf, type Shape } from "../../compiler/index.js";
import { readBytes, type OpenFile } from "./bytes.js";
import { elements, isElementName, type ElementName } from "./elements.js";
import { vlmoError } from "../vlmo-error.js";

/** One tensor of a file: `begin` and `end` are bytes from the start of the file. */
export interface TensorEntry {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** Largest header that is read, as in the format's reference implementation. */
const headerLimit = 100_000_000;

const byteCount = z.int().nonnegative();
const entrySchema = z.strictObject({
  dtype: z.string(),
  shape: z.array(byteCount),
  data_offsets: z.tuple([byteCount, byteCount]),
});
const metadataSchema = z.record(z.string(), z.string());

/** Reads and checks the header. Throws V924 (not such a file), V921 (contradicts itself), V922 (a type not read). */
export async function readHeader(file: OpenFile): Promise<Header> {
  if (file.size < 8)
    throw vlmoError("V924", {
      file: file.path,
      reason: `it has ${file.size} bytes; a safetensors file has at least 8`,
    });
  const prefix = await readBytes(file, 0, 8);
  const length = Number(new DataView(prefix.buffer).getBigUint64(0, true));
  if (length > headerLimit) {
    throw vlmoError("V924", {
      file: file.path,
      reason: `its first 8 bytes state a header of ${length} bytes (at most ${headerLimit})`,
    });
  }
  if (8 + length > file.size) {
    throw vlmoError("V921", {
      file: file.path,
      reason: `its header states ${length} bytes, but the file has ${file.size}`,
    });
  }
  return checkHeader(file, parseJson(file, await readBytes(file, 8, length)), 8 + length);
}

function parseJson(file: OpenFile, bytes: Uint8Array): Map<string, unknown> {
  try {
    const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    const value: unknown = JSON.parse(text);
    if (typeof value !== "object" || value === null || Array.isArray(value))
      throw new SyntaxError("it is not an object");
    const twice = duplicateKey(text);
    if (twice !== undefined) throw new SyntaxError(`the key \`${twice}\` stands in it twice`);
    return new Map(Object.entries(value));
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw vlmoError(
      "V921",
      { file: file.path, reason: `its header is not as it should be: ${error.message}` },
      { cause: error },
    );
  }
}

/** A key that one object of (valid) JSON holds twice; JSON.parse would keep the last one silently. */
function duplicateKey(json: string): string | undefined {
  const keys: Set<string>[] = [];
  for (const [token, colon] of json.matchAll(/"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?|[{}]/gs)) {
    if (token === "{") keys.push(new Set());
    else if (token === "}") keys.pop();
    else if (colon !== undefined) {
      const key = String(JSON.parse(token.slice(0, token.lastIndexOf('"') + 1)));
      if (keys.at(-1)?.has(key)) return key;
      keys.at(-1)?.add(key);
    }
  }
  return undefined;
}

function checkHeader(file: OpenFile, json: Map<string, unknown>, dataBegin: number): Header {
  const damaged = (reason: string): never => {
    throw vlmoError("V921", { file: file.path, reason });
  };
  const metadata = metadataSchema.safeParse(json.get("__metadata__") ?? {});
  if (!metadata.success) return damaged("its `__metadata__` is not a map of strings");
  json.delete("__metadata__");
  const entries = [...json].map(([name, value]) => checkEntry(file, name, value, dataBegin));
  let end = dataBegin;
  let before = "the header";
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < end) damaged(`the tensor \`${entry.name}\` overlaps ${before}`);
    if (entry.begin > end) damaged(`there are ${entry.begin - end} bytes of no tensor before \`${entry.name}\``);
    ({ end } = entry);
    before = `\`${entry.name}\``;
  }
  if (end > file.size) damaged(`it is cut off: the tensors end at byte ${end}, the file at ${file.size}`);
  if (end < file.size) damaged(`there are ${file.size - end} bytes after the last tensor`);
  return {
    metadata: new Map(Object.entries(metadata.data)),
    entries: new Map(entries.map((entry) => [entry.name, entry])),
  };
}

function checkEntry(file: OpenFile, name: string, value: unknown, dataBegin: number): TensorEntry {
  const damaged = (reason: string) =>
    vlmoError("V921", { file: file.path, reason: `the tensor \`${name}\` ${reason}` });
  const parsed = entrySchema.safeParse(value);
  if (!parsed.success) throw damaged("has no dtype, shape and data_offsets of the right form");
  const { dtype, shape, data_offsets: offsets } = parsed.data;
  if (!isElementName(dtype)) {
    const known = Object.keys(elements).join(", ");
    throw vlmoError("V922", {
      file: file.path,
      tensor: name,
      reason: `its element type is ${dtype}; read are ${known}`,
    });
  }
  const [begin, end] = offsets;
  const wanted = sizeOf(shape) * elements[dtype].bytes;
  if (end < begin) throw damaged(`ends before it begins (bytes ${begin} to ${end})`);
  if (end - begin !== wanted) {
    throw damaged(`is ${dtype} [${shape.join(", ")}], which is ${wanted} bytes, but takes ${end - begin}`);
  }
  return { name, element: dtype, shape, begin: dataBegin + begin, end: dataBegin + end };
}

/** The bytes of a header (with its length in front) for tensors in the order of `entries`, offsets from the data's start. */
export function headerBytes(entries: readonly TensorEntry[], metadata: ReadonlyMap<string, string>): Uint8Array {
  const json: Record<string, unknown> = Object.create(null);
  if (metadata.size > 0) json["__metadata__"] = Object.fromEntries(metadata);
  for (const { name, element, shape, begin, end } of entries) {
    json[name] = { dtype: element, shape, data_offsets: [begin, end] };
  }
  const text = new TextEncoder().encode(JSON.stringify(json));
  const length = Math.ceil((8 + text.length) / 64) * 64 - 8;
  const bytes = new Uint8Array(8 + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(text, 8);
  return bytes;
}
