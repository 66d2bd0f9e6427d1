// Fills the inputs of a program that are neither parameters nor state: derived from the batch, counted, drawn, or at their
// default.
import {
  sizeOf,
  type Count,
  type Derivation,
  type Distribution,
  type Gathering,
  type Input,
  type Program,
  type Shape,
} from "../../compiler/index.js";
import { stream, type Label, type RandomStream } from "../random.js";
import { float32, int32, pickRows, scalar, type Tensor, type Tensors } from "../tensor.js";

/** Flat positions of the elements that are not `ignore`. */
export function maskedPositions({ data }: Tensor, ignore: number): number[] {
  const positions: number[] = [];
  data.forEach((value, position) => {
    if (value !== ignore) positions.push(position);
  });
  return positions;
}

/** What a batch contributes to the denominator of a mean; `ranks`: processes that each have a batch of as many items. */
export function countOf(count: Count, batch: Tensors, items: number, ranks = 1): number {
  switch (count.kind) {
    case "items":
      return items;
    case "flags":
      return count.of.reduce((sum, name) => sum + onesIn(batch.get(name)), items);
    case "pairs": {
      const all = items * ranks;
      return items + negativesIn(count.matches === null ? undefined : batch.get(count.matches), all) / ranks;
    }
    case "masked": {
      const from = batch.get(count.from);
      return from === undefined ? 0 : maskedPositions(from, count.ignore).length;
    }
  }
}

function onesIn(flags: Tensor | undefined): number {
  return flags?.data.filter((flag) => flag !== 0).length ?? 0;
}

/** At least 1, so that a mean over nothing is 0 instead of 0 / 0. */
export function denominator(count: number): number {
  return Math.max(1, count);
}

/**
 * Rows and columns of `matches` [B, B] that have a negative: a 0 off the diagonal. Without `matches` all others are negatives.
 */
function negativesIn(matches: Tensor | undefined, items: number): number {
  if (matches === undefined) return items > 1 ? 2 * items : 0;
  const [images, texts] = [new Set<number>(), new Set<number>()];
  matches.data.forEach((match, i) => {
    const [image, text] = [Math.floor(i / items), i % items];
    if (match !== 0 || image === text) return;
    images.add(image);
    texts.add(text);
  });
  return images.size + texts.size;
}

/** The first columns of a batch tensor, for a program that leaves out columns which are padding in every row. */
function cut(tensor: Tensor, [rows, columns]: Shape): Tensor {
  const [height, width = 0] = tensor.shape;
  if (tensor.shape.length !== 2 || height !== rows || columns === undefined || columns >= width) return tensor;
  const data = tensor.data.filter((_, i) => i % width < columns);
  return { ...tensor, shape: [rows, columns], data } as Tensor; // the same kind of array as before
}

/** The value of a derived input; undefined if the batch lacks the tensor that it is derived from. */
function derive({ kind, from, fromType, ignore, type }: Derivation, batch: Tensors): Tensor | undefined {
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

/** The seed and labels of a batch's random streams; `numbers`: the positions of its items in the optimizer batch. */
export interface Naming {
  readonly seed: number;
  readonly labels: readonly Label[];
  readonly numbers: readonly number[];
}

interface Drawing {
  readonly noise: Naming;
  readonly items: number;
  readonly batch: Tensors;
}

/** A sample of `distribution` for `items` items, each from streams of its own: it does not depend on the micro-batch size. */
function draw(distribution: Distribution, name: string, { noise, items, batch }: Drawing): Tensor {
  const { seed, labels, numbers } = noise;
  const { shape, items: axis } = distribution;
  const of = distribution.kind === "keep" ? distribution.of : undefined;
  const rowsOf = of === undefined ? undefined : batch.get(of.rows)?.data;
  const data = new Float32Array(sizeOf(shape));
  const [rows, inner] = [shape[axis] ?? 0, sizeOf(shape.slice(axis + 1))];
  const own = new Float32Array(rows === 0 ? 0 : data.length / rows);
  for (let row = 0; row < rows; row++) {
    const item = (rowsOf === undefined ? numbers[row % items] : rowsOf[row]) ?? 0;
    const random = stream(seed, ...labels, of?.name ?? name, Math.floor(row / items), item);
    fillItem(own, distribution, random);
    for (let from = 0, outer = 0; from < own.length; from += inner, outer++)
      data.set(own.subarray(from, from + inner), (outer * rows + row) * inner);
  }
  return float32(shape, data);
}

/**
 * The sample of one item, in row-major order without the batch axis, so that the sample for a longer text begins with that for
 * a shorter one.
 */
function fillItem(own: Float32Array, distribution: Distribution, random: RandomStream): void {
  if (distribution.kind === "gumbel") {
    random.fillGumbel(own);
    return;
  }
  random.fillUniform(own);
  const { keep } = distribution;
  const share = own.length / keep.length;
  for (let i = 0; i < own.length; i++) {
    const p = keep[Math.floor(i / share)] ?? 1;
    own[i] = (own[i] ?? 1) < p ? 1 / p : 0;
  }
}

/** An input filled with its default; null if it has none. */
export function fallbackOf({ value, fallback }: Input): Tensor | null {
  if (fallback === null) return null;
  const { dtype, shape } = value.type;
  const size = sizeOf(shape);
  return dtype === "int32"
    ? int32(shape, new Int32Array(size).fill(fallback))
    : float32(shape, new Float32Array(size).fill(fallback));
}

/** What inputs are derived from. */
export interface FeedOptions {
  readonly batch: Tensors;
  /** Items of the batch. */
  readonly items: number;
  /** The whole optimizer batch, if `batch` is a micro-batch that reads rows of others. */
  readonly whole?: Tensors;
  /** Scalars by name; counts that are not given are taken from this batch. */
  readonly scalars: ReadonlyMap<string, number>;
  /** The random streams of noise; null leaves every noise input at its default. */
  readonly noise: Naming | null;
}

/** All inputs of a program except parameters and state; `missing` are those that nothing supplies. */
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

function gatheredRows({ from, rows }: Gathering, { batch, whole }: FeedOptions): Tensor | undefined {
  const [source, numbers] = [whole?.get(from), batch.get(rows)];
  if (source === undefined || numbers === undefined) return undefined;
  return pickRows(source, numbers.data);
}

function supplied(program: Program, entry: Input, options: FeedOptions): Tensor | null {
  const { batch, items, scalars, noise } = options;
  const { name } = entry;
  const given = batch.get(name);
  if (given !== undefined) return cut(given, entry.value.type.shape);
  const number = scalars.get(name);
  if (number !== undefined) return scalar(number);
  const gathering = program.gatherings.get(name);
  const rows = gathering === undefined ? undefined : gatheredRows(gathering, options);
  if (rows !== undefined) return cut(rows, entry.value.type.shape);
  const derivation = program.derivations.get(name);
  const derivedTensor = derivation === undefined ? undefined : derive(derivation, batch);
  if (derivedTensor !== undefined) return derivedTensor;
  const count = program.counts.get(name);
  if (count !== undefined) return scalar(denominator(countOf(count, batch, items)));
  const distribution = program.noise.get(name);
  if (distribution !== undefined && noise !== null) return draw(distribution, name, { noise, items, batch });
  return fallbackOf(entry);
}

/**
 * Capacity for masked positions: the smallest bucket that holds `needed` of `all`, starting at the share that the mask asks
 * for. There are few buckets, since a program is compiled for each.
 */
export function capacityFor(needed: number, all: number, share: number): number {
  return capacities(all, share).find((bucket) => needed <= bucket) ?? all;
}

/** All values of `capacityFor`, ascending. */
export function capacities(all: number, share: number): number[] {
  const buckets = [1, 1.5, 2.5, 5].map((factor) => Math.min(all, Math.ceil((all * share * factor) / 8) * 8));
  return [...new Set([...buckets, all])];
}
