// PyTorch's .pt files, in the format of torch.save today and before torch 1.6. Reads tensors and plain data; runs nothing.
import type { Tensor } from "../tensor.js";
import { VlmoError, vlmoError } from "../errors/vlmo-error.js";
import { openFile, type OpenFile } from "./bytes.js";
import { assertLittleEndian } from "./elements.js";
import { unpickle } from "./pickle.js";
import { PickleError, type PickleValue } from "./pickle-values.js";
import { formatWords, recognise } from "./recognise.js";
import { systemCode, systemError } from "../errors/system-error.js";
import { readArchive } from "./torch-archive.js";
import { torchHost } from "./torch-host.js";
import { readLegacy } from "./torch-legacy.js";
import { readTorchTensor, type TorchTensor } from "./torch-tensor.js";
import type { ZipRecord } from "./zip.js";

/** An open .pt file: its tensors are described but not read. The caller closes it. */
export interface TorchFile {
  readonly path: string;
  /** Dicts as Maps, lists and tuples as arrays, numbers, texts, tensors that `read` reads, and unknown objects. */
  readonly root: PickleValue;
  /** Unknown classes and functions, and how many objects they would have made. None of them was run. */
  readonly unknown: ReadonlyMap<string, number>;
  /** Reads one tensor of `root`; `name` is for messages. Throws V920, V921, V922. */
  read(tensor: TorchTensor, name: string): Promise<Tensor>;
  close(): Promise<void>;
}

/**
 * Opens a .pt file and reads its pickle. Throws V920 (cannot be read), V924 (another format), V921 (damaged), V925 (refers to
 * something outside it).
 */
export async function openTorch(path: string): Promise<TorchFile> {
  const file = await openFile(path);
  try {
    const format = await recognise(file);
    if (format === "torch" || format === "pickle") return await torchFile(file, format);
    throw vlmoError(
      "V924",
      { file: path, reason: formatWords[format] },
      { help: "name a file that torch.save has written" },
    );
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

/** As `openTorch`, for an open file, which the caller closes if this throws. */
export async function torchFile(file: OpenFile, format: "torch" | "pickle"): Promise<TorchFile> {
  assertLittleEndian();
  try {
    const { root, unknown, storages } = format === "torch" ? await ofArchive(file) : await ofLegacy(file);
    return {
      ...{ path: file.path, root, unknown, close: () => file.handle.close() },
      read: (tensor, name) => readTorchTensor(file, { tensor, name, begin: beginOf(tensor, storages) }),
    };
  } catch (error) {
    throw withPlace(file, error);
  }
}

interface Contents {
  readonly root: PickleValue;
  readonly unknown: ReadonlyMap<string, number>;
  readonly storages: ReadonlyMap<string, ZipRecord>;
}

/** The most elements that all tensors of a file may have together; several may share a storage. */
const budgetOf = (file: OpenFile): number => 4 * file.size + 16_000_000;

async function ofArchive(file: OpenFile): Promise<Contents> {
  const { pickle, storages } = await readArchive(file);
  const host = torchHost((key, bytes) => (storages.get(key)?.size ?? -1) >= bytes, budgetOf(file));
  const { value, unknown } = unpickle(pickle, host);
  return { root: value, unknown, storages };
}

async function ofLegacy(file: OpenFile): Promise<Contents> {
  const { value, ...rest } = await readLegacy(file, (hasStorage) => torchHost(hasStorage, budgetOf(file)));
  return { root: value, ...rest };
}

function beginOf({ storage }: TorchTensor, storages: Contents["storages"]): number {
  if (typeof storage !== "string") return 0;
  const record = storages.get(storage);
  if (record === undefined) throw new Error("internal: a tensor of another file");
  return record.begin;
}

function withPlace(file: OpenFile, error: unknown): unknown {
  if (error instanceof PickleError && error.kind === "damaged")
    return vlmoError("V921", { file: file.path, reason: error.what }, { cause: error });
  if (error instanceof PickleError) return vlmoError("V925", { file: file.path, what: error.what }, { cause: error });
  if (error instanceof VlmoError || systemCode(error) === undefined) return error;
  return systemError("V920", file.path, error);
}
