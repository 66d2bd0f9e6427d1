// A file of named tensors, whatever its format: what importing reads from. Unwraps the nesting of PyTorch checkpoints
// (facts.md §8) and accounts for what is in the file besides tensors. Knows no layout.
import type { Shape } from "../../compiler/index.js";
import { openFile, readExactly } from "../formats/bytes.js";
import { vlmoError } from "../vlmo-error.js";
import { openSafetensors } from "../formats/safetensors.js";
import { isTorchTensor, openTorch, type TorchTensor, type TorchValue } from "../formats/torch-pickle.js";
import type { Tensor, Tensors } from "../tensor.js";

/** Named tensors that are read one by one. */
export interface TensorSource {
  /** The file, for messages. */
  readonly file: string;
  /** Shape by key. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Keys that hold no tensor, with what they hold: told, never used. */
  readonly others: ReadonlyMap<string, string>;
  read(key: string): Promise<Tensor>;
  close(): Promise<void>;
}

/** Opens a .safetensors or .pt file, told apart by its first bytes. Throws V920, V921, V922, V924, V925. */
export async function openTensorFile(path: string): Promise<TensorSource> {
  return (await isTorch(path)) ? torchSource(path) : safetensorsSource(path);
}

async function isTorch(path: string): Promise<boolean> {
  const file = await openFile(path);
  const magic = new Uint8Array(9);
  try {
    await readExactly(file, magic.subarray(0, Math.min(9, file.size)), 0);
  } finally {
    await file.handle.close();
  }
  // The JSON of a safetensors file begins at byte 8, after a length whose bytes may be anything.
  if (magic[8] === 0x7b) return false;
  const isZip = magic[0] === 0x50 && magic[1] === 0x4b;
  const isPickle = magic[0] === 0x80 && (magic[1] ?? 0) <= 5;
  return isZip || isPickle || /\.(pt|pth|bin|ckpt)$/.test(path);
}

/** Every tensor of a .safetensors or .pt file. Throws as `openTensorFile`. */
export async function readTensorFile(path: string): Promise<Map<string, Tensor>> {
  const source = await openTensorFile(path);
  try {
    const tensors = new Map<string, Tensor>();
    for (const key of source.shapes.keys()) tensors.set(key, await source.read(key));
    return tensors;
  } finally {
    await source.close();
  }
}

/** Tensors in memory as a source; `file` names them in messages. */
export function memorySource(file: string, tensors: Tensors): TensorSource {
  return {
    file,
    shapes: new Map([...tensors].map(([key, { shape }]) => [key, shape])),
    others: new Map(),
    read: (key) => {
      const tensor = tensors.get(key);
      return tensor === undefined ? Promise.reject(absent(file, key)) : Promise.resolve(tensor);
    },
    close: () => Promise.resolve(),
  };
}

async function safetensorsSource(path: string): Promise<TensorSource> {
  const file = await openSafetensors(path);
  return {
    file: path,
    shapes: new Map([...file.entries].map(([key, { shape }]) => [key, shape])),
    others: new Map(),
    read: (key) => file.read(key),
    close: () => file.close(),
  };
}

async function torchSource(path: string): Promise<TensorSource> {
  const file = await openTorch(path);
  try {
    const { tensors, others } = unwrap(path, file.root);
    const read = (key: string): Promise<Tensor> => {
      const tensor = tensors.get(key);
      return tensor === undefined ? Promise.reject(absent(path, key)) : file.read(tensor, key);
    };
    const shapes = new Map([...tensors].map(([key, { shape }]) => [key, shape]));
    return { file: path, shapes, others, read, close: () => file.close() };
  } catch (error) {
    await file.close();
    throw error;
  }
}

interface Unwrapped {
  readonly tensors: ReadonlyMap<string, TorchTensor>;
  readonly others: ReadonlyMap<string, string>;
}

/** The dict of tensors: under the first of `state_dict`, `module`, `model` that the file holds, or the file itself. */
function unwrap(path: string, root: TorchValue): Unwrapped {
  if (!(root instanceof Map)) throw vlmoError("V924", { file: path, reason: "it holds no dict of tensors" });
  const nest = ["state_dict", "module", "model"].find((key) => root.get(key) instanceof Map);
  const inner = nest === undefined ? root : root.get(nest);
  if (!(inner instanceof Map)) throw new Error("internal: a nest that is no dict");
  const tensors = new Map<string, TorchTensor>();
  const others = new Map<string, string>();
  if (nest !== undefined) {
    for (const key of root.keys()) if (key !== nest) others.set(String(key), `it stands beside \`${nest}\``);
  }
  for (const [rawKey, value] of inner) {
    // DeepSpeed and DataParallel put the module's name in front of every key.
    const key = nest === "module" ? String(rawKey).replace(/^module\./, "") : String(rawKey);
    if (tensors.has(key)) throw vlmoError("V921", { file: path, reason: `it holds the key \`${key}\` twice` });
    if (isTorchTensor(value)) tensors.set(key, value);
    else others.set(key, "it is not a tensor");
  }
  return { tensors, others };
}

function absent(file: string, key: string): Error {
  return vlmoError("V922", { file, tensor: key, reason: "the file does not hold it" });
}
