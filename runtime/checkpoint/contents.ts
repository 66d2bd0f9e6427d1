// What is in a set of tensors, without a model to compare it with: the layout that the names look like, the sizes that
// follow from the shapes, every tensor; on request what their values are.
import { sizeOf, type Shape } from "../../compiler/index.js";
import { MisfitError } from "../formats/bytes.js";
import { elements, type ElementName } from "../formats/elements.js";
import { fullName, type FileTensor, type TensorFile } from "../formats/tensor-file.js";
import type { Tensor } from "../tensor.js";
import { nonFiniteIn } from "./finite.js";
import { bestFit, rivalsOf } from "./layouts/fit.js";
import type { Layout } from "./layouts/index.js";
import { sizesOf, type Sizes } from "./layouts/sizes.js";

/** Of the finite values; null where there are none. */
export interface Values {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly nan: number;
  readonly infinite: number;
}

/** A tensor as a header describes it. */
export interface TensorEntry {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: Shape;
  readonly bytes: number;
  /** Where values were asked for. */
  readonly values?: Values;
  /** Why they are not known, where they were asked for. */
  readonly misfit?: string;
}

/** The layout that most names fit, and what it says of them. */
export interface LayoutGuess {
  readonly layout: Layout["name"];
  readonly whose: string;
  /** The prefix of its keys. */
  readonly prefix: string;
  /** How many of the tensors under the prefix have a name of it, and how many there are. */
  readonly known: number;
  readonly behind: number;
  readonly sizes: Sizes;
  /** Other prefixes under which the file has the same names: other sets of the same weights. */
  readonly others: readonly string[];
}

/** What there is, and what it seems to be. */
export interface TensorsFound {
  readonly tensors: readonly TensorEntry[];
  readonly elements: number;
  readonly bytes: number;
  readonly guess: LayoutGuess | null;
}

/** What of a file is read. */
export interface LookOptions {
  /** Read every tensor for its values. */
  readonly values?: boolean;
}

/** What a file's tensors are. Throws what reading them throws, where values are asked for. */
export async function tensorsFound(file: TensorFile, { values = false }: LookOptions = {}): Promise<TensorsFound> {
  const tensors: TensorEntry[] = [];
  for (const tensor of file.tensors) tensors.push({ ...entryOf(tensor), ...(values && (await valuesIn(tensor))) });
  return {
    tensors,
    elements: tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0),
    bytes: tensors.reduce((sum, { bytes }) => sum + bytes, 0),
    guess: guessOf(tensors),
  };
}

function entryOf(tensor: FileTensor): TensorEntry {
  const { shape, element } = tensor;
  return { name: fullName(tensor), element, shape, bytes: sizeOf(shape) * elements[element].bytes };
}

function guessOf(tensors: readonly TensorEntry[]): LayoutGuess | null {
  const names = tensors.map(({ name }) => name);
  const fit = bestFit(names);
  if (fit === undefined) return null;
  const { layout, prefix, count } = fit;
  const behind = tensors.filter(({ name }) => name.startsWith(prefix));
  // A name such as `layers.0.norm1.weight` has any Transformer.
  if (2 * count < behind.length) return null;
  const shapes = new Map(behind.map(({ name, shape }) => [name.slice(prefix.length), shape]));
  return {
    ...{
      layout: layout.name,
      whose: layout.whose,
      prefix,
      known: count,
      behind: behind.length,
      sizes: sizesOf(layout, shapes),
    },
    others: rivalsOf(names, fit).map((rival) => rival.prefix),
  };
}

/** A value that fits none of our types is no reason to show nothing of the others. Throws V920, V921. */
async function valuesIn(tensor: FileTensor): Promise<Pick<TensorEntry, "values" | "misfit">> {
  try {
    return { values: valuesOf(await tensor.read()) };
  } catch (error) {
    if (error instanceof MisfitError) return { misfit: error.reason };
    throw error;
  }
}

function valuesOf(tensor: Tensor): Values {
  const { nan, infinite } = nonFiniteIn(tensor);
  let [min, max, sum] = [Infinity, -Infinity, 0];
  for (const value of tensor.data) {
    if (!Number.isFinite(value)) continue;
    if (value < min) min = value;
    if (value > max) max = value;
    sum += value;
  }
  const count = tensor.data.length - nan - infinite;
  const some = (value: number): number | null => (count === 0 ? null : value);
  return { min: some(min), max: some(max), mean: some(sum / count), nan, infinite };
}
