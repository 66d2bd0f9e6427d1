// PyTorch's .pt files (torch.save since 1.6): a zip, stored uncompressed, of one pickle and one record per storage.
// Reads tensors and plain data; runs nothing. Not for TorchScript archives, nor for the older format without a zip.
import yauzl, { type Entry, type ZipFile } from "yauzl";
import { sizeOf } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { openFile, readBytes, readElements, readExactly, tensorOver, type OpenFile } from "./bytes.js";
import { assertLittleEndian, elements, type HostArray } from "./elements.js";
import { systemCode, systemError } from "./system-error.js";
import { VlmoError, vlmoError } from "../vlmo-error.js";
import { PickleError, unpickle, type PickleValue } from "./pickle.js";
import { torchHost, type TorchTensor } from "./torch-host.js";

export type { PickleValue as TorchValue } from "./pickle.js";
export { isTorchTensor, type TorchTensor } from "./torch-host.js";

/** An open .pt file: its data with tensors described but not read. Close it when done. */
export interface TorchFile {
  readonly path: string;
  /** Dicts as Maps, lists and tuples as arrays, numbers, texts, and tensors that `read` reads. */
  readonly root: PickleValue;
  /** Reads one tensor of `root`; `name` is for messages. Throws V920, V921, V922. */
  read(tensor: TorchTensor, name: string): Promise<Tensor>;
  close(): Promise<void>;
}

/** Where a record of the archive lies, in bytes of the file. */
interface ZipRecord {
  readonly begin: number;
  readonly size: number;
}

/** Most entries of an archive, and the largest pickle; real files stay far below. */
const limits = { entries: 200_000, pickleBytes: 64 * 1024 * 1024 };

/**
 * Opens a .pt file and reads its pickle. Throws V920 (cannot be read), V924 (another or an older format), V921 (damaged),
 * V925 (asks for anything but tensors and plain data).
 */
export async function openTorch(path: string): Promise<TorchFile> {
  assertLittleEndian();
  const file = await openFile(path);
  try {
    await checkMagic(file);
    const records = await readDirectory(file);
    const { pickle, storages } = await chooseRecords(file, records);
    const root = readPickle(file, await readBytes(file, pickle.begin, pickle.size), storages);
    const read = (tensor: TorchTensor, name: string) => readTensor(file, storages, { tensor, name });
    return { path, root, read, close: () => file.handle.close() };
  } catch (error) {
    await file.handle.close();
    throw systemCode(error) === undefined ? error : systemError("V920", path, error);
  }
}

/** The first bytes tell the format: a zip, the format before torch 1.6 (a bare pickle), or something else. */
async function checkMagic(file: OpenFile): Promise<void> {
  const magic = new Uint8Array(4);
  await readExactly(file, magic.subarray(0, Math.min(4, file.size)), 0);
  if (magic[0] === 0x50 && magic[1] === 0x4b) return;
  const legacy = magic[0] === 0x80 && (magic[1] ?? 0) <= 5;
  const reason = legacy ? "it has the format that torch.save wrote before torch 1.6" : "it is not a zip archive";
  throw vlmoError("V924", { file: file.path, reason });
}

async function readDirectory(file: OpenFile): Promise<Map<string, ZipRecord>> {
  let zip: ZipFile | undefined;
  try {
    zip = await yauzl.fromFdPromise(file.handle.fd, { strictFileNames: true });
    const records = new Map<string, ZipRecord>();
    let total = 0;
    for await (const entry of zip.eachEntry()) {
      const record = await locate(file, zip, entry);
      if (records.has(entry.fileName))
        throw vlmoError("V921", { file: file.path, reason: `it holds \`${entry.fileName}\` twice` });
      records.set(entry.fileName, record);
      total += record.size;
      // Entries that overlap could otherwise stand for far more bytes than the file has.
      if (total > file.size)
        throw vlmoError("V921", { file: file.path, reason: "its records are larger than the file" });
      if (records.size > limits.entries)
        throw vlmoError("V921", { file: file.path, reason: `it holds more than ${limits.entries} records` });
    }
    return records;
  } catch (error) {
    if (error instanceof VlmoError || !(error instanceof Error) || "errno" in error) throw error;
    // yauzl reports everything odd about an archive as an Error of its own.
    throw vlmoError(
      "V921",
      { file: file.path, reason: `its zip archive is broken: ${error.message}` },
      { cause: error },
    );
  }
}

async function locate(file: OpenFile, zip: ZipFile, entry: Entry): Promise<ZipRecord> {
  const bad = (reason: string) =>
    vlmoError("V924", { file: file.path, reason: `its record \`${entry.fileName}\` is ${reason}` });
  if (entry.isEncrypted()) throw bad("encrypted");
  if (entry.compressionMethod !== 0) throw bad("compressed, which torch.save never does");
  const { fileDataStart: begin } = await zip.readLocalFileHeaderPromise(entry, { minimal: true });
  if (entry.compressedSize !== entry.uncompressedSize || begin + entry.compressedSize > file.size) {
    throw vlmoError("V921", {
      file: file.path,
      reason: `its record \`${entry.fileName}\` does not lie within the file`,
    });
  }
  return { begin, size: entry.compressedSize };
}

interface Records {
  readonly pickle: ZipRecord;
  /** By key: `data/KEY`. */
  readonly storages: ReadonlyMap<string, ZipRecord>;
}

async function chooseRecords(file: OpenFile, records: ReadonlyMap<string, ZipRecord>): Promise<Records> {
  const name = [...records.keys()].find((key) => /^[^/]+\/data\.pkl$/.test(key));
  const pickle = name === undefined ? undefined : records.get(name);
  if (name === undefined || pickle === undefined) {
    throw vlmoError("V924", { file: file.path, reason: "it is a zip archive without the data.pkl of torch.save" });
  }
  const folder = name.slice(0, -"data.pkl".length);
  if (records.has(`${folder}constants.pkl`))
    throw vlmoError("V924", { file: file.path, reason: "it is a TorchScript archive" });
  if (pickle.size > limits.pickleBytes) {
    throw vlmoError("V921", {
      file: file.path,
      reason: `its data.pkl has ${pickle.size} bytes (at most ${limits.pickleBytes})`,
    });
  }
  const order = records.get(`${folder}byteorder`);
  if (order !== undefined) {
    const text = new TextDecoder().decode(await readBytes(file, order.begin, Math.min(order.size, 16)));
    if (text !== "little")
      throw vlmoError("V924", { file: file.path, reason: `its byte order is \`${text}\`, not little` });
  }
  const prefix = `${folder}data/`;
  const stored = [...records].filter(([key]) => key.startsWith(prefix));
  return { pickle, storages: new Map(stored.map(([key, record]) => [key.slice(prefix.length), record])) };
}

function readPickle(file: OpenFile, bytes: Uint8Array, storages: Records["storages"]): PickleValue {
  try {
    return unpickle(
      bytes,
      torchHost((key, size) => (storages.get(key)?.size ?? -1) >= size, 4 * file.size + 16_000_000),
    );
  } catch (error) {
    if (!(error instanceof PickleError)) throw error;
    if (error.kind === "damaged") throw vlmoError("V921", { file: file.path, reason: error.what }, { cause: error });
    throw vlmoError("V925", { file: file.path, what: error.what }, { cause: error });
  }
}

interface Wanted {
  readonly tensor: TorchTensor;
  readonly name: string;
}

/** Reads the stretch of the storage that the tensor touches, and lays it out row by row. */
async function readTensor(file: OpenFile, storages: Records["storages"], { tensor, name }: Wanted): Promise<Tensor> {
  const record = storages.get(tensor.storage);
  if (record === undefined) throw new Error(`internal: the tensor \`${name}\` is of another file`);
  const { element, shape, strides, offset } = tensor;
  const size = sizeOf(shape);
  const span = size === 0 ? 0 : shape.reduce((sum, dimension, i) => sum + (dimension - 1) * (strides[i] ?? 0), 1);
  const position = record.begin + offset * elements[element].bytes;
  const data = await readElements(file, { tensor: name, element, position, count: span });
  return tensorOver(shape, isContiguous(tensor) ? data : gather(data, tensor));
}

/** Whether the elements lie one after the other, the last dimension fastest. */
function isContiguous({ shape, strides }: TorchTensor): boolean {
  let wanted = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const dimension = shape[i] ?? 1;
    if (dimension === 0) return true;
    if (dimension > 1 && strides[i] !== wanted) return false;
    wanted *= dimension;
  }
  return true;
}

function gather(data: HostArray, { shape, strides }: TorchTensor): HostArray {
  const size = sizeOf(shape);
  const into = data instanceof Int32Array ? new Int32Array(size) : new Float32Array(size);
  const index = shape.map(() => 0);
  let from = 0;
  for (let i = 0; i < size; i++) {
    into[i] = data[from] ?? 0;
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      const next = (index[axis] ?? 0) + 1;
      from += strides[axis] ?? 0;
      index[axis] = next;
      if (next < (shape[axis] ?? 1)) break;
      index[axis] = 0;
      from -= next * (strides[axis] ?? 0);
    }
  }
  return into;
}
