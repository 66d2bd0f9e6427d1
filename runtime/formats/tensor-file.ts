// Opens any tensor file by its content: safetensors, torch.save's, the index of a sharded checkpoint, or a folder of one.
// Tensors keep their names in the file; checkpoint/choose.ts selects those of a model.
import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import type { Shape } from "../../compiler/index.js";
import type { Tensor } from "../tensor.js";
import { quoted } from "../printable.js";
import { vlmoError } from "../errors/vlmo-error.js";
import { openFile, type OpenFile } from "./bytes.js";
import type { ElementName } from "./elements.js";
import { recognise, type TensorFormat } from "./recognise.js";
import { isFolder } from "./regular-file.js";
import { safetensorsFile } from "./safetensors.js";
import { readShards, type Shard } from "./shards.js";
import { systemError } from "../errors/system-error.js";
import { torchFile } from "./torch-pickle.js";
import { treeOf, type TreePath, type PlacedOther } from "./torch-tree.js";

/** A tensor that is described but not read. */
export interface FileTensor extends TreePath {
  readonly shape: Shape;
  readonly element: ElementName;
  /** Reads the tensor. Throws V920, V921, V922. */
  read(): Promise<Tensor>;
}

/** An open file, which the caller closes. */
export interface TensorFile {
  /** The file that was opened; for a folder, the file found in it. */
  readonly path: string;
  readonly format: TensorFormat;
  readonly tensors: readonly FileTensor[];
  /** Contents that are not tensors. */
  readonly others: readonly PlacedOther[];
  /** Unknown classes and functions in a pickle, and how many objects they would have made. */
  readonly unknown: ReadonlyMap<string, number>;
  /** The files that an index names; otherwise empty. */
  readonly shards: readonly string[];
  close(): Promise<void>;
}

/** The full name of a path: `model.encoder.weight`. */
export function fullName({ nest, key }: TreePath): string {
  return [...nest, key].join(".");
}

/** Opens a file or a folder. Throws V920, V921, V922, V924, V925, V975. */
export async function openTensors(path: string): Promise<TensorFile> {
  const file = await openFile((await isFolder(path)) ? await weightsIn(path) : path);
  try {
    const format = await recognise(file);
    return await openers[format](file);
  } catch (error) {
    await file.handle.close();
    throw error;
  }
}

type Opener = (file: OpenFile) => Promise<TensorFile>;

const openers: Readonly<Record<TensorFormat, Opener>> = {
  safetensors: ofSafetensors,
  torch: (file) => ofTorch(file, "torch"),
  pickle: (file) => ofTorch(file, "pickle"),
  index: ofShards,
};

async function ofSafetensors(file: OpenFile): Promise<TensorFile> {
  const { path, entries, read, close } = await safetensorsFile(file);
  const tensors = [...entries.values()].map(({ name, shape, element }) => ({
    ...{ nest: [], key: name, shape, element },
    read: () => read(name),
  }));
  return { path, format: "safetensors", tensors, others: [], unknown: new Map(), shards: [], close };
}

async function ofTorch(file: OpenFile, format: "torch" | "pickle"): Promise<TensorFile> {
  const { path, root, unknown, read, close } = await torchFile(file, format);
  const { tensors, others } = treeOf(root);
  return {
    ...{ path, format, others, unknown, shards: [], close },
    tensors: tensors.map(({ tensor, ...place }) => ({
      ...{ ...place, shape: tensor.shape, element: tensor.element },
      read: () => read(tensor, fullName(place)),
    })),
  };
}

async function ofShards(file: OpenFile): Promise<TensorFile> {
  const shards = await readShards(file);
  const opened: { shard: Shard; held: TensorFile }[] = [];
  const close = async (): Promise<void> => {
    for (const { held } of opened) await held.close();
    await file.handle.close();
  };
  try {
    for (const shard of shards) opened.push({ shard, held: await openShard(file, shard) });
    const parts = opened.map(({ shard, held }) => partOf(file, shard, held));
    return {
      ...{ path: file.path, format: "index", shards: shards.map(({ name }) => name), close },
      tensors: parts.flatMap(({ tensors }) => tensors),
      others: parts.flatMap(({ others }) => others),
      unknown: added(opened.map(({ held }) => held.unknown)),
    };
  } catch (error) {
    // The index itself is closed by the caller.
    for (const { held } of opened) await held.close();
    throw error;
  }
}

async function openShard(file: OpenFile, { name, path }: Shard): Promise<TensorFile> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  );
  if (!isThere) throw vlmoError("V975", { file: file.path, reason: `its part ${quoted(name)} is not there` });
  const shard = await openFile(path);
  try {
    const format = await recognise(shard);
    if (format === "index")
      throw vlmoError("V975", { file: file.path, reason: `its part ${quoted(name)} is an index itself` });
    return await openers[format](shard);
  } catch (error) {
    await shard.handle.close();
    throw error;
  }
}

/** The tensors of a shard that the index names, which must be there; others are reported as left out. */
function partOf(file: OpenFile, { name, keys }: Shard, held: TensorFile): Pick<TensorFile, "tensors" | "others"> {
  const isNamed = (place: TreePath): boolean => keys.has(fullName(place));
  const tensors = held.tensors.filter(isNamed);
  const there = new Set(tensors.map(fullName));
  const [lost, ...more] = [...keys].filter((key) => !there.has(key));
  if (lost !== undefined) {
    const others = more.length === 0 ? "" : ` and ${more.length} more tensors`;
    const reason = `its part ${quoted(name)} lacks ${quoted(lost)}${others}, which should be there`;
    throw vlmoError("V975", { file: file.path, reason });
  }
  const unnamed = held.tensors.filter((tensor) => !isNamed(tensor));
  const left = unnamed.map(({ nest, key }) => ({
    nest,
    key,
    what: `a tensor of ${quoted(name)} that the index does not name`,
  }));
  return { tensors, others: [...held.others, ...left] };
}

function added(counts: readonly ReadonlyMap<string, number>[]): Map<string, number> {
  const sum = new Map<string, number>();
  for (const [name, count] of counts.flatMap((each) => [...each])) sum.set(name, (sum.get(name) ?? 0) + count);
  return sum;
}

/** Usual names of weights in a folder, the preferred first. */
const usualNames = [
  "model.safetensors",
  "model.safetensors.index.json",
  "pytorch_model.bin",
  "pytorch_model.bin.index.json",
  "parameters.safetensors",
];

/** The file with the weights of a folder. Throws V924 if there is none, or if several are possible. */
async function weightsIn(folder: string): Promise<string> {
  const names = await readdir(folder).catch((error: unknown) => {
    throw systemError("V920", folder, error);
  });
  const usual = usualNames.find((name) => names.includes(name));
  if (usual !== undefined) return join(folder, usual);
  const likely = names.filter((name) => /\.(safetensors|pt|pth|bin|ckpt|index\.json)$/.test(name)).sort();
  const [only, second] = likely;
  if (only !== undefined && second === undefined) return join(folder, only);
  const shown = [...likely.slice(0, 5), ...(likely.length > 5 ? [`${likely.length - 5} more`] : [])].join(", ");
  const reason = only === undefined ? "it is a folder without a file of weights" : `it is a folder that holds ${shown}`;
  const help = only === undefined ? "name the file of weights" : `name one of them, such as ${join(folder, only)}`;
  throw vlmoError("V924", { file: folder, reason }, { help });
}
