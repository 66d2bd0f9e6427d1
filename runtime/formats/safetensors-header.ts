// The header of a safetensors file: eight bytes of length, then JSON with every tensor's type, shape and offsets. Validated
// before any tensor is read; written with sorted names and padded to 64 bytes. Reads no tensor.
import { sizeOf, type Shape } from "../../compiler/index.js";
import { readBytes, type OpenFile } from "./bytes.js";
import { elements, isElementName, type ElementName } from "./elements.js";
import { jsonMembers, jsonValue, type JsonMember } from "./json-members.js";
import { quoted } from "../printable.js";
import { vlmoError } from "../errors/vlmo-error.js";

/** A tensor of a file: `begin` and `end` are bytes from the start of the file. */
export interface TensorEntry {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** A validated header: its offsets lie within the file. */
export interface Header {
  readonly metadata: ReadonlyMap<string, string>;
  readonly entries: ReadonlyMap<string, TensorEntry>;
}

/** Largest header that is read, as in the format's reference implementation. */
const headerLimit = 100_000_000;

/** Reads and validates the header. Throws V924 (another format), V921 (inconsistent), V922 (unsupported type). */
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
  return checkHeader(file, await readBytes(file, 8, length), 8 + length);
}

/** The most tensors of a file; real files have far fewer. */
const tensorLimit = 500_000;

function checkHeader(file: OpenFile, json: Uint8Array, dataBegin: number): Header {
  const entries = new Map<string, TensorEntry>();
  let metadata: ReadonlyMap<string, string> = new Map();
  const read = (member: JsonMember): void => {
    if (member.key === "__metadata__") metadata = metadataOf(json, member);
    else if (entries.size === tensorLimit) throw new SyntaxError(`it names more than ${tensorLimit} tensors`);
    else entries.set(member.key, checkEntry(file, member.key, entryOf(json, member), dataBegin));
  };
  try {
    for (const member of jsonMembers(json)) read(member);
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    const reason = `its header is malformed: ${error.message}`;
    throw vlmoError("V921", { file: file.path, reason }, { cause: error });
  }
  checkPlaces(file, [...entries.values()], dataBegin);
  return { metadata, entries };
}

function metadataOf(json: Uint8Array, { begin, end }: JsonMember): Map<string, string> {
  const metadata = new Map<string, string>();
  for (const member of jsonMembers(json, begin, end)) {
    const value = jsonValue(json, member.begin, member.end);
    if (typeof value !== "string") throw new SyntaxError("its `__metadata__` is not a map of strings");
    metadata.set(member.key, value);
  }
  return metadata;
}

interface Described {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly offsets: readonly number[];
}

/** Longest description of a tensor that is read, in bytes. */
const entryLimit = 4096;

/** The description of a tensor; undefined if it is not exactly type, shape and offsets. */
function entryOf(json: Uint8Array, { begin, end }: JsonMember): Described | undefined {
  if (end - begin > entryLimit || json[begin] !== "{".charCodeAt(0)) return undefined;
  const parts = new Map<string, unknown>();
  for (const member of jsonMembers(json, begin, end)) parts.set(member.key, jsonValue(json, member.begin, member.end));
  const [dtype, shape, offsets] = ["dtype", "shape", "data_offsets"].map((key) => parts.get(key));
  if (parts.size !== 3 || typeof dtype !== "string" || !isCounts(shape) || !isCounts(offsets)) return undefined;
  return offsets.length === 2 ? { dtype, shape, offsets } : undefined;
}

function isCounts(value: unknown): value is number[] {
  return Array.isArray(value) && value.every((entry) => Number.isSafeInteger(entry) && entry >= 0);
}

/** Throws V921 unless the tensors cover the file from the header to its end, every byte once. */
function checkPlaces(file: OpenFile, entries: readonly TensorEntry[], dataBegin: number): void {
  const damaged = (reason: string): never => {
    throw vlmoError("V921", { file: file.path, reason });
  };
  let end = dataBegin;
  let before = "the header";
  for (const entry of entries.toSorted((a, b) => a.begin - b.begin || a.end - b.end)) {
    if (entry.begin < end) damaged(`the tensor ${quoted(entry.name)} overlaps ${before}`);
    if (entry.begin > end) damaged(`there are ${entry.begin - end} bytes of no tensor before ${quoted(entry.name)}`);
    ({ end } = entry);
    before = quoted(entry.name);
  }
  if (end > file.size) damaged(`it is cut off: the tensors end at byte ${end}, the file at ${file.size}`);
  if (end < file.size) damaged(`there are ${file.size - end} bytes after the last tensor`);
}

function checkEntry(file: OpenFile, name: string, entry: Described | undefined, dataBegin: number): TensorEntry {
  const damaged = (reason: string) =>
    vlmoError("V921", { file: file.path, reason: `the tensor ${quoted(name)} ${reason}` });
  if (entry === undefined) throw damaged("has no dtype, shape and data_offsets of the right form");
  const { dtype, shape } = entry;
  if (!isElementName(dtype)) {
    const known = Object.keys(elements).join(", ");
    const reason = `its element type is ${dtype}; read are ${known}`;
    throw vlmoError("V922", { file: file.path, tensor: name, reason });
  }
  const [begin = 0, end = 0] = entry.offsets;
  const wanted = sizeOf(shape) * elements[dtype].bytes;
  if (end < begin) throw damaged(`ends before it begins (bytes ${begin} to ${end})`);
  if (end - begin !== wanted)
    throw damaged(`is ${dtype} [${shape.join(", ")}], which is ${wanted} bytes, but takes ${end - begin}`);
  return { name, element: dtype, shape, begin: dataBegin + begin, end: dataBegin + end };
}

/**
 * The bytes of a header, with its length in front, for tensors in the order of `entries`; offsets are from the start of the
 * data.
 */
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
