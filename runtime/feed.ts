// Fills the inputs of a program that are neither parameters nor state: what is worked out from the batch, what is
// counted, what is drawn, and what falls back to its default.
import {
  sizeOf,
  type Count,
  type Derivation,
  type Distribution,
  type Input,
  type Program,
  type Shape,
} from "../compiler/index.js";
import { stream, type Label } from "./random.js";
import { float32, int32, scalar, type Tensor, type Tensors } from "./tensor.js";

/** Elements of `from` that are not `ignore`, as flat positions. */
export function maskedPositions({ data }: Tensor, ignore: number): number[] {
  const positions: number[] = [];
  data.forEach((value, position) => {
    if (value !== ignore) positions.push(position);
  });
  return positions;
}

/** How many of what a mean is over a batch holds. */
export function countOf(count: Count, batch: Tensors, items: number): number {
  if (count.kind === "items") return count.times * items;
  const from = batch.get(count.from);
  return from === undefined ? 0 : maskedPositions(from, count.ignore).length;
}

/** The front of every row, where a program leaves out what is padding in all of them. */
function cut(tensor: Tensor, [rows, columns]: Shape): Tensor {
  const [height, width = 0] = tensor.shape;
  if (tensor.shape.length !== 2 || height !== rows || columns === undefined || columns >= width) return tensor;
  const data = tensor.data.filter((_, i) => i % width < columns);
  return { ...tensor, shape: [rows, columns], data } as Tensor; // the same kind of array as before
}

/** What a derived input holds, or undefined where the batch lacks the tensor it is worked out from. */
export function derive({ kind, from, fromType, ignore, type }: Derivation, batch: Tensors): Tensor | undefined {
  const whole = batch.get(from);
  if (whole === undefined) return undefined;
  const source = cut(whole, fromType.shape);
  const positions = maskedPositions(source, ignore);
  const room = sizeOf(type.shape);
  if (positions.length > room)
    throw new Error(`internal: ${positions.length} masked positions in a program for ${room}`);
  if (kind === "valid") return float32([room], new Float32Array(room).fill(1, 0, positions.length));
  const values = kind === "positions" ? positions : positions.map((position) => source.data[position] ?? 0);
  const data = new Int32Array(room);
  data.set(values);
  return int32([room], data);
}

/** A draw of `distribution`; the labels name the stream, so that the same step draws the same numbers. */
export function draw(distribution: Distribution, seed: number, labels: readonly Label[]): Tensor {
  const random = stream(seed, ...labels);
  const { shape } = distribution;
  const data = new Float32Array(sizeOf(shape));
  if (distribution.kind === "gumbel") return float32(shape, random.fillGumbel(data));
  random.fillUniform(data);
  const { keep } = distribution;
  const row = data.length / keep.length;
  for (let i = 0; i < data.length; i++) {
    const p = keep[Math.floor(i / row)] ?? 1;
    data[i] = (data[i] ?? 1) < p ? 1 / p : 0;
  }
  return float32(shape, data);
}

/** An input's default everywhere; null where it has none. */
export function fallbackOf({ value, fallback }: Input): Tensor | null {
  if (fallback === null) return null;
  const { dtype, shape } = value.type;
  const size = sizeOf(shape);
  return dtype === "int32"
    ? int32(shape, new Int32Array(size).fill(fallback))
    : float32(shape, new Float32Array(size).fill(fallback));
}

export interface FeedOptions {
  readonly batch: Tensors;
  /** Items of the batch. */
  readonly items: number;
  /** Scalars by name; counts that are not given are taken from this batch. */
  readonly scalars: ReadonlyMap<string, number>;
  /** Draws noise from this seed and these labels; null leaves every noise input at its default. */
  readonly noise: { readonly seed: number; readonly labels: readonly Label[] } | null;
}

/** Every input of a program but parameters and state. Names that nothing supplies are in `missing`. */
export function feed(program: Program, options: FeedOptions): { tensors: Map<string, Tensor>; missing: Input[] } {
  const tensors = new Map<string, Tensor>();
  const missing: Input[] = [];
  for (const entry of program.graph.inputs) {
    if (entry.role === "parameter" || entry.role === "state") continue;
    const tensor = supplied(program, entry, options);
    if (tensor === null) missing.push(entry);
    else tensors.set(entry.name, tensor);
  }
  return { tensors, missing };
}

function supplied(program: Program, entry: Input, { batch, items, scalars, noise }: FeedOptions): Tensor | null {
  const { name } = entry;
  const given = batch.get(name);
  if (given !== undefined) return cut(given, entry.value.type.shape);
  const number = scalars.get(name);
  if (number !== undefined) return scalar(number);
  const derivation = program.derivations.get(name);
  const derivedTensor = derivation === undefined ? undefined : derive(derivation, batch);
  if (derivedTensor !== undefined) return derivedTensor;
  const count = program.counts.get(name);
  if (count !== undefined) return scalar(countOf(count, batch, items));
  const distribution = program.noise.get(name);
  if (distribution !== undefined && noise !== null) return draw(distribution, noise.seed, [...noise.labels, name]);
  return fallbackOf(entry);
}

/**
 * Room for masked positions: the smallest bucket that holds `needed` of `all`, starting at the share the mask asks for.
 * Few buckets, since a program is compiled for each.
 */
export function capacityFor(needed: number, all: number, share: number): number {
  for (const factor of [1, 1.5, 2.5, 5]) {
    const bucket = Math.min(all, Math.ceil((all * share * factor) / 8) * 8);
    if (needed <= bucket) return bucket;
  }
  return all;
}
