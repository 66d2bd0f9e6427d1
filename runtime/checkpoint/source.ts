// Named tensors that are read one by one, from a file or from memory: the input of imports. Of a file only the tensors of one
// model, by the keys of a layout (choose.ts).
import type { Shape } from "../../compiler/index.js";
import type { ElementName } from "../formats/elements.js";
import { openTensors } from "../formats/tensor-file.js";
import { vlmoError } from "../errors/vlmo-error.js";
import type { Tensor, Tensors } from "../tensor.js";
import { chooseTensors, type Choice } from "./choose.js";
import type { Layout } from "./layouts/index.js";

/** Reads each tensor when it is requested, since a file may be larger than memory. */
export interface TensorSource {
  /** The file, for messages. */
  readonly file: string;
  /** Shape by key. */
  readonly shapes: ReadonlyMap<string, Shape>;
  /** Element type by key. */
  readonly elements: ReadonlyMap<string, ElementName>;
  /** Other contents, by name, each with what it is: reported, never used. */
  readonly others: ReadonlyMap<string, string>;
  /** The prefix that was stripped from every key: names of dicts and of wrappers. */
  readonly prefix: string;
  /** The layout that the names fit best; undefined if none. */
  readonly layout: Layout | undefined;
  /** Unknown classes and functions of a pickle, and how many objects they would have made. None of them was run. */
  readonly unknown: ReadonlyMap<string, number>;
  read(key: string): Promise<Tensor>;
  close(): Promise<void>;
}

/** Opens a file or a folder of tensors. Throws V920, V921, V922, V924, V925, V938, V975. */
export async function openTensorFile(path: string, choice: Choice = {}): Promise<TensorSource> {
  const file = await openTensors(path);
  try {
    const { tensors, ...chosen } = chooseTensors(file, choice);
    return {
      ...{ file: file.path, ...chosen, unknown: file.unknown, close: () => file.close() },
      shapes: new Map([...tensors].map(([key, { shape }]) => [key, shape])),
      elements: new Map([...tensors].map(([key, { element }]) => [key, element])),
      read: (key) => tensors.get(key)?.read() ?? Promise.reject(absent(file.path, key)),
    };
  } catch (error) {
    await file.close();
    throw error;
  }
}

/** Every tensor of a file. Throws as `openTensorFile`. */
export async function readTensorFile(path: string, choice: Choice = {}): Promise<Map<string, Tensor>> {
  const source = await openTensorFile(path, choice);
  try {
    return await readSource(source);
  } finally {
    await source.close();
  }
}

/** Every tensor of a source. Throws what reading throws. */
export async function readSource(source: TensorSource): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>();
  for (const key of source.shapes.keys()) tensors.set(key, await source.read(key));
  return tensors;
}

/** Tensors in memory as a source; `file` names them in messages. */
export function memorySource(file: string, tensors: Tensors): TensorSource {
  return {
    ...{ file, others: new Map(), prefix: "", layout: undefined, unknown: new Map() },
    shapes: new Map([...tensors].map(([key, { shape }]) => [key, shape])),
    elements: new Map([...tensors].map(([key, { dtype }]) => [key, dtype === "int32" ? "I32" : "F32"])),
    read: (key) => {
      const tensor = tensors.get(key);
      return tensor === undefined ? Promise.reject(absent(file, key)) : Promise.resolve(tensor);
    },
    close: () => Promise.resolve(),
  };
}

function absent(file: string, key: string): Error {
  return vlmoError("V922", { file, tensor: key, reason: "the file does not hold it" });
}
