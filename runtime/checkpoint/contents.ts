// The contents of a tensor file without a model to compare it with: its probable layout, the sizes that follow from the shapes,
// every tensor, and on request statistics of their values.
import { sizeOf, type Shape } from "../../compiler/index.js";
import { MisfitError } from "../formats/bytes.js";
import { elements, type ElementName } from "../formats/elements.js";
import { fullName, type FileTensor, type TensorFile } from "../formats/tensor-file.js";
import type { Tensor } from "../tensor.js";
import { nonFiniteIn } from "./finite.js";
import { bestFit, keyBehind, rivalsOf } from "./layouts/fit.js";
import type { Layout } from "./layouts/index.js";
import { sizesOf, type Sizes } from "./layouts/sizes.js";

/** Statistics of the finite values; null if there are none. */
export interface Values {
  readonly min: number | null;
  readonly max: number | null;
  readonly mean: number | null;
  readonly nan: number;
  readonly infinite: number;
}

/** A tensor as the header describes it. */
export interface TensorEntry {
  readonly name: string;
  readonly element: ElementName;
  readonly shape: Shape;
  readonly bytes: number;
  /** Absent if not requested. */
  readonly values?: Values;
  /** Why values cannot be computed, if requested. */
  readonly misfit?: string;
}

/** The layout that fits the most names. */
export interface LayoutGuess {
  readonly layout: Layout["name"];
  readonly whose: string;
  /** The prefix of its keys. */
  readonly prefix: string;
  /** How many tensors under the prefix have a name of the layout, and how many there are. */
  readonly known: number;
  readonly behind: number;
  readonly sizes: Sizes;
  /** Other prefixes with the same names: other sets of the same weights. */
  readonly others: readonly string[];
}

/** All tensors, and the probable layout. */
export interface TensorsFound {
  readonly tensors: readonly TensorEntry[];
  readonly elements: number;
  readonly bytes: number;
  readonly guess: LayoutGuess | null;
}

/** What is read of a file. */
export interface LookOptions {
  /** Read every tensor to compute statistics of its values. */
  readonly values?: boolean;
}

/** Describes the tensors of a file. Throws what reading them throws, if values are requested. */
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
  // Any Transformer may have a name such as `layers.0.norm1.weight`.
  if (2 * count < behind.length) return null;
  const shapes = new Map(behind.map(({ name, shape }) => [keyBehind(prefix, name), shape]));
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

/** Values that fit none of our types are reported in `misfit`, so that the other tensors are still shown. Throws V920, V921. */
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
